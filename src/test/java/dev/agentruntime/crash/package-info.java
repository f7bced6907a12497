/**
 * The real jar, killed: a harness that starts it under load, ends it with SIGKILL at failpoints and
 * at random instants, and holds what was promised against a ledger of effects kept by a process of
 * its own.
 */
@NullMarked
package dev.agentruntime.crash;

import org.jspecify.annotations.NullMarked;
