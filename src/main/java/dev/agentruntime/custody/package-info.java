/**
 * Keeps the secrets of a process while it is up, and does with them what an operator says. Called
 * by the rooms above, on the process's context. No value of a secret leaves it but to a tool.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.custody;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
