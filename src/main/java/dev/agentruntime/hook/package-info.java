/**
 * Lifecycle hooks: code of people who run a node, asked or told at fixed points in the life of a
 * process. Called by {@code oversight} and {@code runtime}. What comes of a hook's word is decided
 * and journaled by who asked; a hook that is broken, slow or wedged holds up nobody for long.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.hook;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
