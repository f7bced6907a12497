package dev.agentruntime.trigger;

import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.CronExpression;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fires at wall-clock times. Each nominal instant has one dedup key, so it never fires twice, also
 * when the clock goes back or after a restart. It re-arms from the wall clock after each fire, and
 * at least once an hour, so that a jump is noticed.
 *
 * <p>An instant that was passed by while the trigger was running (the clock jumped, the machine
 * slept) fires late when the timer was armed for it or when it is at most {@link #GRACE} old. All
 * others, and those of a longer time without the trigger, are skipped, counted and remembered in
 * the trigger's cursor; the log names their number.
 *
 * <p>A fire that is refused and may be tried again is, with growing pauses, until the next nominal
 * instant; then it counts as missed.
 *
 * <p>Owned by: the process's context.
 */
final class CronTrigger implements Trigger {

  /** How late an instant still fires without a timer that was armed for it. */
  static final Duration GRACE = Duration.ofMinutes(1);

  /** Longest wait for one timer; a jump of the wall clock is noticed within it. */
  static final Duration WAIT_MAX = Duration.ofHours(1);

  /** Missed instants are counted one by one up to here; a longer gap counts as this many. */
  static final int COUNT_MAX = 10_000;

  /**
   * How far the clock may go back and still be waited for. Beyond it the clock was wrong before,
   * and only the dedup keys guard against a second fire.
   */
  static final Duration AHEAD_MAX = Duration.ofDays(1);

  private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofMinutes(1);
  private static final System.Logger LOG = System.getLogger(CronTrigger.class.getName());

  /** When to fire, and under which id. */
  record Schedule(String id, CronExpression cron, ZoneId zone) {
    Instant next(Instant after) {
      return cron.next(after, zone);
    }

    String text() {
      return cron + "|" + zone;
    }
  }

  private final Schedule schedule;
  private final Timers timers;
  private final Ids ids;
  private @Nullable TriggerSink sink;
  private Timers.@Nullable Armed armed;
  private Timers.@Nullable Armed retry;
  private CronCursor cursor = CronCursor.fresh(Instant.EPOCH);

  /** Offered or given up up to here; never goes back, whatever the clock does. */
  private Instant done = Instant.EPOCH;

  CronTrigger(Schedule schedule, Timers timers, Ids ids) {
    this.schedule = schedule;
    this.timers = timers;
    this.ids = ids;
  }

  @Override
  public String id() {
    return schedule.id();
  }

  @Override
  public String type() {
    return "cron";
  }

  @Override
  public Future<Void> start(TriggerSink sink) {
    this.sink = sink;
    Instant now = timers.now();
    CronCursor known = CronCursor.of(sink.cursor(id()), schedule.text());
    if (known == null) {
      cursor = CronCursor.fresh(now);
      done = now;
      save();
    } else {
      cursor = known;
      Instant last = known.last();
      done = last != null && last.isAfter(known.counted()) ? last : known.counted();
      catchUp(now);
    }
    arm();
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> stop() {
    sink = null;
    if (armed != null) {
      armed.cancel();
      armed = null;
    }
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
    return Future.succeededFuture();
  }

  private void arm() {
    Instant now = timers.now();
    if (done.isAfter(now.plus(AHEAD_MAX))) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cron {0}: fired up to {1}, but it is {2}: the clock was wrong, going on from now",
          id(),
          done,
          now);
      done = now;
    }
    Instant due = schedule.next(done.isAfter(now) ? done : now);
    Duration wait = Duration.between(now, due);
    armed = timers.after(wait.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : wait, () -> wake(due));
  }

  private void wake(Instant due) {
    if (sink == null) {
      return;
    }
    Instant now = timers.now();
    if (!now.isBefore(due)) {
      fire(due);
      catchUp(now);
    }
    arm();
  }

  /** Fires what was passed by lately, counts the rest. */
  private void catchUp(Instant now) {
    Instant since = now.minus(GRACE);
    Instant newest = null;
    int missed = 0;
    Instant next = schedule.next(done);
    while (!next.isAfter(now)) {
      if (!next.isBefore(since)) {
        fire(next);
      } else if (++missed < COUNT_MAX) {
        newest = next;
      } else {
        newest = next;
        done = since.minusNanos(1);
      }
      done = next.isAfter(done) ? next : done;
      next = schedule.next(done);
    }
    if (newest != null) {
      missed(missed, newest, "not running or the clock jumped");
    }
  }

  private void missed(int count, Instant newest, String why) {
    cursor = cursor.missed(count, newest).counted(newest);
    LOG.log(
        System.Logger.Level.WARNING,
        "cron {0}: {1} fires missed, the last of {2}: {3}",
        id(),
        count,
        newest,
        why);
    save();
  }

  private void fire(Instant nominal) {
    done = nominal;
    Duration late = Duration.between(nominal, timers.now());
    Json payload = object(
        "scheduled_time", nominal.toString(),
        "cron_expression", schedule.cron().toString(),
        "timezone", schedule.zone().getId());
    offer(
        new TriggerEvent(
            ids.next(),
            id(),
            type(),
            timers.now(),
            payload,
            object("late_ms", late.toMillis()),
            id() + "@" + nominal,
            true),
        nominal,
        RETRY_FIRST);
  }

  private void offer(TriggerEvent event, Instant nominal, Duration pause) {
    TriggerSink open = sink;
    if (open == null) {
      return;
    }
    open.offer(event).onComplete(accepted -> {
      if (accepted.succeeded()) {
        cursor = cursor.fired(nominal).counted(nominal);
        save();
      } else {
        refused(event, nominal, pause, Failure.of(accepted.cause()));
      }
    });
  }

  private void refused(TriggerEvent event, Instant nominal, Duration pause, Failure failure) {
    Instant again = timers.now().plus(pause);
    if (sink == null) {
      return;
    }
    if (!failure.code().retryable() || !again.isBefore(schedule.next(nominal))) {
      missed(1, nominal, failure.toString());
      return;
    }
    Duration doubled = pause.multipliedBy(2);
    Duration next = doubled.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : doubled;
    retry = timers.after(pause, () -> offer(event, nominal, next));
  }

  private void save() {
    if (sink != null) {
      sink.saveCursor(id(), cursor.toJson(schedule.text()))
          .onFailure(e -> LOG.log(
              System.Logger.Level.WARNING,
              "cron {0}: its cursor was not kept: {1}",
              id(),
              Failure.of(e)));
    }
  }

  private static Json object(Object... namesAndValues) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      out.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return Json.of(out);
  }
}
