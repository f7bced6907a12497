/**
 * What a process did, as lists and pages show it: invocations, steps, entries of its journal.
 * Called by processes for their readers, and for those who wait for the end of an event. It reads
 * images and journals and changes nothing.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.history;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
