/**
 * Watches over the runs of a process: asks the values of {@code governance} before something is
 * done and journals what comes of it. Called by the rooms above, on the process's context. It never
 * calls a model or a tool.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.oversight;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
