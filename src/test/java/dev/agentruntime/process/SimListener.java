package dev.agentruntime.process;

import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.util.function.Consumer;

/** A trigger that says whether it listens. */
record SimListener(Consumer<Boolean> told) implements Trigger {

  @Override
  public String id() {
    return "daily";
  }

  @Override
  public String type() {
    return "cron";
  }

  @Override
  public Future<Void> start(TriggerSink sink) {
    told.accept(true);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> stop() {
    told.accept(false);
    return Future.succeededFuture();
  }
}
