package dev.agentruntime.hook;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** Where one hook runs: threads that may be blocked, and nobody else's. */
public interface HookWorkers {

  /** Runs a task; what it throws fails the future. */
  <T> Future<T> run(Callable<T> task);

  /** Takes no more. */
  Future<Void> close();

  /**
   * Threads of a Vert.x, made when they are needed.
   *
   * @param threads of one hook
   * @return makes those of a hook, by a name of its own
   */
  static Function<String, HookWorkers> of(Vertx vertx, int threads) {
    return name -> {
      WorkerExecutor executor = vertx.createSharedWorkerExecutor(name, threads);
      return new HookWorkers() {
        @Override
        public <T> Future<T> run(Callable<T> task) {
          return executor.executeBlocking(task, false);
        }

        @Override
        public Future<Void> close() {
          return executor.close();
        }
      };
    };
  }
}
