/**
 * One run of an agent inside its process: the pump that starts it, and steps that are recorded,
 * handed back or waited for. Called by the process, on its context. It moves no process through its
 * life.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.run;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
