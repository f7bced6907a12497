/**
 * Where operators see budget, health and mission of a process, and leave messages for it. Called by
 * the rooms above, on the process's context. What is done there is journaled; it asks no rule.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.desk;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
