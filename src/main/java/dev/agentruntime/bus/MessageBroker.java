package dev.agentruntime.bus;

import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Listening;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a node, for Java code. What is published here is as durable as what an agent
 * publishes; who subscribes here hears what becomes durable on this node while it listens, and is
 * owed nothing. Safe on every thread.
 */
public final class MessageBroker {

  private final Outlet outlet;
  private final LiveEars ears = new LiveEars();

  /**
   * The messages of one table.
   *
   * @param context one thread at a time; handlers are called there
   */
  public MessageBroker(Subscriptions table, Outlet outlet, Executor context) {
    this.outlet = outlet;
    table.onSaid(arrival -> {
      if (arrival.emission().kind() == Emission.Kind.MESSAGE) {
        context.execute(() -> ears.hear(arrival));
      }
    });
  }

  /** Publishes a message as {@code java}; the id, when it is durable. */
  public Future<String> publish(String topic, Json content) {
    return publish(topic, content, Emission.Options.NONE, "java", null).map(Receipt::id);
  }

  /**
   * Publishes a message. One that nobody is subscribed to is a dead letter of the node.
   *
   * @param topic segments with dots between, no wildcards
   * @param options as {@link Emissions#options} makes them
   * @param source for subscribers that ask who sent it; not the name of a process
   * @param key the same key publishes once for 7 days, null = always
   * @return when it is durable; fails with INVALID_REQUEST, PAYLOAD_TOO_LARGE, KEY_REUSED,
   *     OVERLOADED, or KILLED while all work of the node is ended
   */
  public Future<Receipt> publish(
      String topic, Json content, Emission.Options options, String source, @Nullable String key) {
    try {
      return outlet.say(Emissions.message(topic, content, options), source, key);
    } catch (RuntimeFault refusal) {
      return Future.failedFuture(refusal);
    }
  }

  /**
   * Hears messages live, on the bus's context; a handler must not block.
   *
   * @throws RuntimeFault INVALID_REQUEST when the pattern is none
   */
  public Listening subscribe(String pattern, Consumer<Arrival> handler) {
    return ears.add("topic", pattern, handler);
  }
}
