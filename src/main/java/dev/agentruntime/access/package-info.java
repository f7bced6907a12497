/**
 * Who may ask a node for what: tokens, their scopes, and the file that keeps their digests. Called
 * by the control API for every request and by the command that makes tokens. It never keeps or
 * shows a token itself, and decides nothing about a process.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.access;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
