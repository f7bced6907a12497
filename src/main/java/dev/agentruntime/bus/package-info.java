/**
 * What nodes say to each other: every address in one file, every message sealed and written as
 * versioned JSON text. Called by what sends and what receives. It never decides anything and is
 * never the record: what must survive is in a journal.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
