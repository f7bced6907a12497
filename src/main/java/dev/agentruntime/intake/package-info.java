/**
 * Takes the events of a process in: its triggers while it listens, and the inbox that journals each
 * event before it is acknowledged. Called by the process, on its context. It starts no run.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.intake;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
