package dev.agentruntime.source;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.trigger.ListSink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A cron trigger {@code tick} on a clock wound by hand, and what its process was offered. */
final class CronBench {

  final ManualTimers timers;
  final ListSink sink = new ListSink();
  private final String zone;
  private @Nullable CronTrigger trigger;

  CronBench(String start, String zone) {
    this.timers = new ManualTimers(Instant.parse(start));
    this.zone = zone;
  }

  static CronPolicy misfire(Misfire misfire, Duration window, int max) {
    CronPolicy usual = CronPolicy.DEFAULT;
    return new CronPolicy(
        misfire, window, max, usual.jitter(), usual.bootDelay(), usual.minInterval());
  }

  static CronPolicy late(Misfire misfire, Duration jitter, Duration bootDelay) {
    CronPolicy usual = CronPolicy.DEFAULT;
    return new CronPolicy(
        misfire, usual.window(), usual.max(), jitter, bootDelay, usual.minInterval());
  }

  @CanIgnoreReturnValue
  CronBench start(String expression, CronPolicy policy) {
    CronTrigger started = new CronTrigger(
        CronSchedule.of(
            new TriggerConfig.Cron("tick", expression, zone, policy, Rules.NONE),
            new ProcessName("clock")),
        timers,
        Ids.seeded(timers, new Random(1)));
    assertTrue(started.start(sink).succeeded());
    trigger = started;
    return this;
  }

  /** The node goes, cleanly or not: the trigger writes nothing when it stops. */
  @CanIgnoreReturnValue
  CronBench down(Duration length) {
    assertTrue(Objects.requireNonNull(trigger).stop().succeeded());
    timers.advance(length);
    return this;
  }

  @CanIgnoreReturnValue
  CronBench pass(Duration time) {
    timers.advance(time);
    return this;
  }

  /** The nominal instants of what was accepted, as {@code dd HH:mm:ss}. */
  List<String> fires() {
    List<String> out = new ArrayList<>();
    for (TriggerEvent event : sink.events()) {
      String at = String.valueOf(event.payload().object().get("scheduled_time"));
      out.add(at.substring(8, 10) + " " + at.substring(11, 19));
    }
    return out;
  }

  /** The metadata of the newest event. */
  Map<String, @Nullable Object> newest() {
    List<TriggerEvent> events = sink.events();
    return events.get(events.size() - 1).metadata().object();
  }

  Map<String, @Nullable Object> cursor() {
    return Objects.requireNonNull(sink.cursor("tick")).object();
  }

  /** The rows of what was missed, each as {@code count from..to why}. */
  List<String> rows() {
    List<String> out = new ArrayList<>();
    if (cursor().get(CronCursor.ROWS) instanceof List<?> rows) {
      for (Object each : rows) {
        Map<?, ?> row = (Map<?, ?>) Objects.requireNonNull(each);
        out.add(row.get("count") + " " + clock(row.get("from")) + ".." + clock(row.get("to")) + " "
            + row.get("why"));
      }
    }
    return out;
  }

  private static String clock(@Nullable Object at) {
    return String.valueOf(at).substring(8, 16).replace('T', ' ');
  }
}
