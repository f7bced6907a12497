/**
 * What wakes a process: the port for triggers and those that exist. Called by the process that owns
 * them. A source never reaches into a process; it offers an event to its sink and answers only what
 * the sink answered.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.trigger;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
