/**
 * Triggers that look by themselves: at the clock and at files. Called by whoever makes a process's
 * triggers. Files are known by name, size and time, and never opened.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.source;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
