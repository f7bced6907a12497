/** The simulated world: what the running system stands on, made deterministic by a seed. */
@NullMarked
package dev.agentruntime.sim;

import org.jspecify.annotations.NullMarked;
