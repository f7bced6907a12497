/**
 * Judges what comes from outside: signatures, source addresses. Every package above may call it;
 * it decides over values only. It never opens a socket, never asks a name server and never logs
 * what it was shown.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.guard;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
