/**
 * Checks on requests that know no route: bounded bodies, the hosts and origins served here. Called
 * by the control API and the command line. It knows neither routes nor processes.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
