/**
 * The secrets of a process: where they come from, what keeps them in memory, who was given one.
 * Called by whoever is about to act for a process. It calls nothing outside and journals nothing
 * itself.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.secret;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
