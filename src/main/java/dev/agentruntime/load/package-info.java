/**
 * The load generator behind {@code bench}: an open or closed model over HTTP, latency from the time
 * a request was due. Called by the command line and the benchmarks. It knows no runtime.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.load;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
