/**
 * The command line: composes the whole runtime, one class per command, and talks to running nodes
 * through their API. Nobody calls it, but for the load generator, which the benchmarks use too. It
 * never reaches into a process, and it alone writes to the terminal.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.cli;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
