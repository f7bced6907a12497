/**
 * A process and its past, by its journal alone: folded again and compared, taken back, or run again
 * as a what-if. Called by the process. It writes to no journal and reaches nothing outside but the
 * model of a fork, and the read-only tools of one that was allowed to.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.replay;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
