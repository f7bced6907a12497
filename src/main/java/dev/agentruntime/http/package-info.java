/**
 * Checks on requests that know no route, bounded bodies, hosts and origins, and the problems that
 * refusals are told as. Called by webhook triggers, the ingress, the control API and the command
 * line. It knows neither routes nor processes.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
