/**
 * The ordered, hash-chained, durable log of entries: the only truth. Called by processes, which
 * encode and append, and by recovery, which reads. It never interprets what an entry says beyond
 * its kind and its place.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.journal;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
