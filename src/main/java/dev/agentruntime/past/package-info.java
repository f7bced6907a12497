/**
 * What is done with the past of a process that is up: replayed, taken back, run again as a copy.
 * Called by {@code process}, on the process's context. It decides nothing about the present.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.past;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
