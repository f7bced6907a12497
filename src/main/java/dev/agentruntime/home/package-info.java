/**
 * Where a node lives: its data directory, its open journal, what vouches for that from outside.
 * Called by {@code runtime} and the program. It knows no process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.home;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
