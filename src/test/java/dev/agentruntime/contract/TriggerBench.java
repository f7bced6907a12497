package dev.agentruntime.contract;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerType;
import dev.agentruntime.trigger.TriggerTypes;
import dev.agentruntime.trigger.Triggers;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The process's side of a trigger of a registered type, wound by hand: time passes, and the
 * trigger's own thread works, only in {@link #pass}. Triggers are made as a runtime makes them. For
 * one thread.
 */
public final class TriggerBench {

  private static final Duration STEP = Duration.ofMillis(100);

  private final ManualTimers timers = new ManualTimers(Instant.parse("2026-03-01T09:00:00Z"));
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final TriggerTypes types = new TriggerTypes(tasks::add);
  private final Map<String, String> secrets = new ConcurrentHashMap<>();

  /** A bench with one type of trigger. */
  public TriggerBench(TriggerType type) {
    types.register(type, false);
  }

  /** Gives a secret a value, by its reference: {@code env:TOKEN}. */
  public TriggerBench secret(String reference, String value) {
    secrets.put(reference, value);
    return this;
  }

  /** A trigger as a start of the process makes it. */
  public Trigger trigger(TriggerConfig config) {
    return Triggers.create(
        config,
        new TriggerDeps(
            new ProcessName("bench"),
            tasks::add,
            timers,
            Ids.seeded(timers, new Random(1)),
            reference -> {
              String kind = reference.kind().name().toLowerCase(Locale.ROOT);
              String value = secrets.get(kind + ":" + reference.value());
              if (value == null) {
                throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "no such secret: " + reference);
              }
              return value;
            },
            null,
            new Subscriptions(),
            types,
            null));
  }

  /** Lets time pass in small steps; everything that waits is done after each. */
  public void pass(Duration by) {
    run();
    for (Duration left = by; left.compareTo(Duration.ZERO) > 0; left = left.minus(STEP)) {
      timers.advance(STEP);
      run();
    }
  }

  private void run() {
    for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
      next.run();
    }
  }

  /** Timers that are armed. */
  public int armed() {
    return timers.pending();
  }
}
