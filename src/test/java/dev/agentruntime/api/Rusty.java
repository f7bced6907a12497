package dev.agentruntime.api;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerContext;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerType;
import io.vertx.core.Future;

/** A type of triggers that cannot stop. */
record Rusty() implements TriggerType {
  @Override
  public String name() {
    return "rusty";
  }

  @Override
  public Trigger create(TriggerConfig.Custom config, TriggerContext context) {
    return new Trigger() {
      @Override
      public String id() {
        return config.id();
      }

      @Override
      public String type() {
        return name();
      }

      @Override
      public Future<Void> start(TriggerSink sink) {
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> stop() {
        return Future.failedFuture("rusty");
      }
    };
  }
}
