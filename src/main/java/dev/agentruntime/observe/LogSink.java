package dev.agentruntime.observe;

import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;

/** Writes events to the log of the node, one line of JSON each, on a worker: a log may be full. */
final class LogSink implements Sink {

  private final BiConsumer<System.Logger.Level, String> log;
  private final WorkerExecutor workers;

  LogSink(WorkerExecutor workers) {
    this(System.getLogger("dev.agentruntime.events")::log, workers);
  }

  LogSink(BiConsumer<System.Logger.Level, String> log, WorkerExecutor workers) {
    this.log = log;
    this.workers = workers;
  }

  @Override
  public String kind() {
    return "log";
  }

  @Override
  public Future<Void> take(OperationalEvent event) {
    System.Logger.Level level = switch (event.severity()) {
      case INFO -> System.Logger.Level.INFO;
      case WARNING -> System.Logger.Level.WARNING;
      case ERROR, CRITICAL -> System.Logger.Level.ERROR;
    };
    return workers
        .executeBlocking(
            Executors.callable(() -> log.accept(level, event.json().toString())), false)
        .mapEmpty();
  }
}
