/**
 * Judges what comes from outside: signatures, sources, URLs, arguments. Every package above may
 * call it; it decides over values only. It opens no socket, asks no name server and logs nothing.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.guard;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
