/**
 * The words everything else is said in: names, ids, JSON values, trigger events, messages, journal
 * entries and failures. Every package may use it; it is data only, and never touches a clock, a
 * file, a thread or a library beyond the JSON tokenizer.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.core;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
