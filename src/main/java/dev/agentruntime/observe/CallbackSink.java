package dev.agentruntime.observe;

import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Tells Java code, on a worker: it may take its time. */
final class CallbackSink implements Sink {

  private final Consumer<OperationalEvent> callback;
  private final WorkerExecutor workers;

  CallbackSink(Consumer<OperationalEvent> callback, WorkerExecutor workers) {
    this.callback = callback;
    this.workers = workers;
  }

  @Override
  public String kind() {
    return "callback";
  }

  @Override
  public Future<Void> take(OperationalEvent event) {
    return workers
        .executeBlocking(Executors.callable(() -> callback.accept(event)), false)
        .mapEmpty();
  }
}
