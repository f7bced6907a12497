package dev.agentruntime.process;

import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.util.function.Consumer;

/**
 * A trigger that fires when the simulation says so.
 *
 * @param listening told whether it listens
 */
record SimTrigger(Consumer<Boolean> listening) implements Trigger {
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
    listening.accept(true);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> stop() {
    listening.accept(false);
    return Future.succeededFuture();
  }
}
