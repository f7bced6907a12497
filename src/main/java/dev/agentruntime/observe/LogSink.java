package dev.agentruntime.observe;

import io.vertx.core.Future;
import java.util.function.BiConsumer;

/** Writes events to the log of the node, one line of JSON each. */
final class LogSink implements Sink {

  private final BiConsumer<System.Logger.Level, String> log;

  LogSink() {
    this(System.getLogger("dev.agentruntime.events")::log);
  }

  LogSink(BiConsumer<System.Logger.Level, String> log) {
    this.log = log;
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
    log.accept(level, event.json().toString());
    return Future.succeededFuture();
  }
}
