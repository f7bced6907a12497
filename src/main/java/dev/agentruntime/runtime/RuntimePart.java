package dev.agentruntime.runtime;

import io.vertx.core.Future;

/**
 * Something that lives and dies with a runtime: the control API, the cluster.
 *
 * <p>An implementation MUST bind what it binds in {@link #bind} (nothing is journaled yet), answer
 * "not ready" until {@link #start}, release everything in {@link #stop}, also after a failed start.
 */
public interface RuntimePart {

  /** Takes ports and locks, before anything is journaled. */
  default Future<Void> bind() {
    return Future.succeededFuture();
  }

  /**
   * Brings what processes may need; the journal is recovered, and none of them goes on before. One
   * part after the other, in the order added.
   */
  default Future<Void> prepare(AgentRuntime runtime) {
    return Future.succeededFuture();
  }

  /** Begins to serve; the runtime is recovered and its processes are running. */
  Future<Void> start(AgentRuntime runtime);

  /** The runtime takes no new work any more: answer so. */
  default void drain() {}

  /** Ends serving. */
  Future<Void> stop();
}
