/**
 * The state of a process as a fold over its entries: image, open runs, dedup window, and the table
 * of lifecycle moves. Called by whoever runs a process and by whoever only replays one. Pure: no
 * clock, no thread, no file; nothing changes an image but {@code ProcessImage.apply}.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.fold;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
