/**
 * The commands that speak to a running node or to files, a class per command, and what they print
 * with. Composed by {@code cli}; calls the control API over HTTP. It never runs a node.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.command;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
