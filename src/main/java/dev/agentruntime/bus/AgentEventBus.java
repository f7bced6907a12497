package dev.agentruntime.bus;

import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Listening;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Topics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events of a node, for Java code. What is emitted here is as durable as what an agent emits.
 * Who subscribes here is not: it hears what becomes durable on this node while it listens, and
 * nothing else; what must not be missed belongs to a process with a trigger. Safe on every thread.
 */
public final class AgentEventBus {

  private final Outlet outlet;
  private final Executor context;
  private final LiveEars ears = new LiveEars();
  private final EventHistory history = new EventHistory();

  /**
   * The events of one table.
   *
   * @param context one thread at a time; history is kept and handlers are called there
   */
  public AgentEventBus(Subscriptions table, Outlet outlet, Executor context) {
    this.outlet = outlet;
    this.context = context;
    table.onSaid(arrival -> {
      if (arrival.emission().kind() == Emission.Kind.EVENT) {
        context.execute(() -> {
          history.add(arrival);
          ears.hear(arrival);
        });
      }
    });
  }

  /** Emits an event as {@code java}; the id, when it is durable. */
  public Future<String> emit(String type, Json data) {
    return emit(type, data, "java", null).map(Receipt::id);
  }

  /**
   * Emits an event.
   *
   * @param type segments with dots between, no wildcards
   * @param source for subscribers that ask who said it; not the name of a process
   * @param key the same key emits once for 7 days, null = always
   * @return when it is durable; fails with INVALID_REQUEST, PAYLOAD_TOO_LARGE, KEY_REUSED,
   *     OVERLOADED, or KILLED while all work of the node is ended
   */
  public Future<Receipt> emit(String type, Json data, String source, @Nullable String key) {
    try {
      return outlet.say(Emissions.event(type, data), source, key);
    } catch (RuntimeFault refusal) {
      return Future.failedFuture(refusal);
    }
  }

  /**
   * Hears events live, on the bus's context; a handler must not block.
   *
   * @throws RuntimeFault INVALID_REQUEST when the pattern is none
   */
  public Listening subscribe(String pattern, Consumer<Arrival> handler) {
    return ears.add("event_type", pattern, handler);
  }

  /**
   * The newest events of the types that a pattern covers, newest first: at most 100 of each type,
   * since the node started.
   */
  public Future<List<Arrival>> history(String pattern, int limit) {
    String problem = Topics.problemOfPattern(pattern);
    if (problem != null) {
      return Future.failedFuture(new RuntimeFault(ErrorCode.INVALID_REQUEST, "type, " + problem));
    }
    Promise<List<Arrival>> answer = Promise.promise();
    context.execute(() -> answer.complete(history.of(pattern, limit)));
    return answer.future();
  }
}
