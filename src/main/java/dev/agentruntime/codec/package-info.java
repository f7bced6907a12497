/**
 * The journal's lines: how an entry looks on disk, how it is linked to the one before, and what a
 * line found there says. Called by whoever writes or reads journals and checkpoints. Knows no
 * directory, no segment and no thread.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.codec;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
