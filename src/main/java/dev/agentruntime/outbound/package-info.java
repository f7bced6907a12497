/**
 * Requests that leave for where a manifest says: HTTP tools, behind the guard of URLs. Called by
 * whoever makes the tools of a process. It connects to no address that the guard did not admit.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.outbound;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
