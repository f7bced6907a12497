/**
 * Several nodes as one: forms the Hazelcast cluster under Vert.x, lists its members and decides
 * which node may deploy a name. Called by what composes a node, through the runtime's ports. It
 * touches no process's state, and membership is a hint here, never the truth about ownership.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.cluster;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
