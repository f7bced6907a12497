package dev.agentruntime.observe;

import dev.agentruntime.core.Json;
import io.vertx.core.Future;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;

/**
 * Says events on the bus of the node, where its agents can hear them. A process that hears them is
 * told nothing about itself, or its own run would wake it again, for ever.
 */
final class BusSink implements Sink {

  private final String topic;
  private final Bus bus;

  /**
   * The bus.
   *
   * @param hears whether a process, by name, is told what is said under a topic
   * @param say says something under a topic
   */
  record Bus(
      BiPredicate<String, OperationalEvent> hears, BiFunction<String, Json, Future<?>> say) {}

  BusSink(String topic, Bus bus) {
    this.topic = topic;
    this.bus = bus;
  }

  @Override
  public String kind() {
    return "bus";
  }

  @Override
  public Future<Void> take(OperationalEvent event) {
    return bus.hears().test(topic, event)
        ? Future.succeededFuture()
        : bus.say().apply(topic, event.json()).mapEmpty();
  }
}
