package dev.agentruntime.replay;

import io.vertx.core.Future;

/** Where what takes long is done, off the event loop; its future completes on the caller's. */
@FunctionalInterface
public interface Worker {

  /** Runs a task; the future fails with what it throws. */
  Future<Void> run(Runnable task);
}
