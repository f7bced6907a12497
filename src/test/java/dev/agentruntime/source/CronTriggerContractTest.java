package dev.agentruntime.source;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Nobody waits for a schedule's answer: what it holds for taken or missed is in its cursor. */
final class CronTriggerContractTest extends TriggerContract {

  private static final Instant START = Instant.parse("2026-03-01T09:00:00Z");
  private static final Duration APART = Duration.ofHours(1);

  @Override
  protected Source source() {
    return new Schedule();
  }

  private final class Schedule implements Source {

    private final ManualTimers timers = new ManualTimers(START);

    @Override
    public Trigger trigger() {
      return Sources.cron(
          new TriggerConfig.Cron("hourly", "0 * * * *", "UTC"),
          new TriggerDeps(
              new ProcessName("agent"),
              Runnable::run,
              timers,
              Ids.seeded(timers, new Random(1)),
              String::valueOf,
              null,
              new Subscriptions()));
    }

    private Instant due(int firing) {
      return START.plus(APART.multipliedBy(firing));
    }

    @Override
    public void fire(int firing) {
      Duration left = Duration.between(timers.now(), due(firing));
      if (!left.isNegative()) {
        timers.advance(left);
      }
    }

    @Override
    public int firing(TriggerEvent event) {
      String at = String.valueOf(event.payload().object().get("scheduled_time"));
      return (int) Duration.between(START, Instant.parse(at)).dividedBy(APART);
    }

    @Override
    public boolean isAcknowledged(int firing) {
      return reached("last", firing);
    }

    @Override
    public boolean isRefused(int firing) {
      return reached("missed_last", firing);
    }

    private boolean reached(String key, int firing) {
      Json cursor = sink.cursor("hourly");
      @Nullable Object at = cursor == null ? null : cursor.object().get(key);
      return at != null && !Instant.parse(at.toString()).isBefore(due(firing));
    }

    @Override
    public void pass() {
      timers.advance(Duration.ofSeconds(1));
    }

    @Override
    public int held() {
      return timers.pending();
    }
  }
}
