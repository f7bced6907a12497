/**
 * The control API: a class per resource, requests checked on the way in, answers and problems on
 * the way out. Composed by {@code cli}; calls the runtime's handles. It decides nothing about a
 * process and keeps no state of one.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.api;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
