/**
 * What a process has while it is up on this node: the journal's one door, the gate every step
 * passes, its live runs. Called by the rooms above, on the process's context. It starts no run and
 * decides nothing about one.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.live;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
