package dev.agentruntime.trigger;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A sender that owes what it has said and says it again until it was acknowledged. */
final class BusSource implements TriggerContract.Source {

  private static final Instant START = Instant.parse("2026-03-01T09:00:00Z");
  private static final ProcessName LISTENER = new ProcessName("agent");

  private final Emission.Kind kind;
  private final TriggerConfig config;
  private final Subscriptions bus = new Subscriptions(new NodeId("n"));
  private final ManualTimers timers = new ManualTimers(START);
  private final Deque<Runnable> context = new ArrayDeque<>();
  private final Map<Integer, Future<Void>> answers = new TreeMap<>();

  BusSource(Emission.Kind kind, TriggerConfig config) {
    this.kind = kind;
    this.config = config;
  }

  @Override
  public Trigger trigger() {
    return Triggers.create(
        config,
        new TriggerDeps(
            LISTENER,
            context::add,
            timers,
            Ids.seeded(timers, new Random(1)),
            String::valueOf,
            null,
            bus));
  }

  private Future<Void> deliver(int firing) {
    Emission emission = new Emission(kind, "a.b", Json.of((long) firing), Emission.Options.NONE);
    return bus.deliver(
        new Due(bus.node(), LISTENER, config.id(), null),
        new Arrival("item-" + firing, emission, "sender", START.plusSeconds(firing), 1));
  }

  @Override
  public void fire(int firing) {
    answers.put(firing, deliver(firing));
  }

  @Override
  public boolean fireAgain(int firing) {
    fire(firing);
    return true;
  }

  @Override
  public int firing(TriggerEvent event) {
    Map<String, ?> payload = event.payload().object();
    Object said = payload.containsKey("data") ? payload.get("data") : payload.get("content");
    return Integer.parseInt(String.valueOf(said));
  }

  @Override
  public boolean isAcknowledged(int firing) {
    Future<Void> answer = answers.get(firing);
    return answer != null && answer.succeeded();
  }

  @Override
  public boolean isRefused(int firing) {
    Future<Void> answer = answers.get(firing);
    return answer != null && answer.failed();
  }

  @Override
  public void pass() {
    for (Runnable next = context.poll(); next != null; next = context.poll()) {
      next.run();
    }
    timers.advance(Duration.ofSeconds(1));
    answers.replaceAll((firing, answer) -> answer.failed() ? deliver(firing) : answer);
  }

  @Override
  public int held() {
    // Whoever listens would hear on its context; this one is not let.
    boolean listens = !deliver(0).failed();
    if (listens) {
      context.removeLast();
    }
    return (listens ? 1 : 0) + timers.pending();
  }
}
