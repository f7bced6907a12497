/**
 * What commands have in common: the client of a node's control API, the terminal, how to name a
 * process. Called by the commands. It is no command itself.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.console;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
