package dev.agentruntime.source;

import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.source.CronSchedule.Gap;
import dev.agentruntime.source.CronSchedule.Plan;
import dev.agentruntime.source.CronSchedule.Trying;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fires at wall-clock times. Each nominal instant has one dedup key, so it never fires twice, also
 * when the clock goes back or after a restart.
 *
 * <p>It works through the instants in their order, one offer at a time, and keeps in its cursor up
 * to where they are settled. Whatever passed since then, whether the node was down, the clock
 * jumped, the machine slept or the inbox refused, is asked for anew at each step; {@link
 * CronSchedule#plan} says what fires and what was missed. What was missed is counted, listed with
 * the reason and logged, whatever the policy.
 *
 * <p>A fire that is refused and may be tried again is, with growing pauses, until the next nominal
 * instant; then it counts as missed.
 *
 * <p>Owned by: the process's context.
 */
public final class CronTrigger implements Trigger {

  /** Longest wait for one timer; a jump of the wall clock is noticed within it. */
  static final Duration WAIT_MAX = Duration.ofMinutes(1);

  /**
   * How far the clock may go back and still be waited for. Beyond it the clock was wrong before,
   * and only the dedup keys guard against a second fire.
   */
  static final Duration AHEAD_MAX = Duration.ofDays(1);

  private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofMinutes(1);
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final System.Logger LOG = System.getLogger(CronTrigger.class.getName());

  private final CronSchedule schedule;
  private final Timers timers;
  private final Ids ids;
  private @Nullable TriggerSink sink;
  private Timers.@Nullable Armed armed;
  private CronCursor cursor = CronCursor.fresh(Instant.EPOCH);
  private @Nullable Trying trying;

  /** Why instants are missed that are found passed by now. */
  private String why = "";

  private boolean offering;
  private boolean stepping;

  CronTrigger(CronSchedule schedule, Timers timers, Ids ids) {
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
    CronCursor known = CronCursor.of(sink.cursor(id()), schedule.text());
    if (known == null) {
      cursor = CronCursor.fresh(timers.now());
      save();
    } else {
      cursor = known;
      passKnown(sink);
    }
    Duration delay = schedule.policy().bootDelay();
    why = delay.isZero() ? "not running" : "not running, or within the boot delay";
    if (delay.isZero()) {
      step();
    } else {
      arm(delay);
    }
    return Future.succeededFuture();
  }

  /** What was accepted just before a crash fired, though no cursor says so. */
  private void passKnown(TriggerSink sink) {
    Instant now = timers.now();
    Instant next = schedule.next(cursor.counted());
    while (!next.isAfter(now) && sink.knows(event(next, 0))) {
      cursor = cursor.fired(next);
      next = schedule.next(next);
    }
  }

  @Override
  public Future<Void> stop() {
    sink = null;
    disarm();
    return Future.succeededFuture();
  }

  private void disarm() {
    if (armed != null) {
      armed.cancel();
      armed = null;
    }
  }

  private void arm(Duration wait) {
    disarm();
    armed = timers.after(wait, this::step);
  }

  /** Settles what has passed, until nothing has or an answer is awaited; then waits. */
  private void step() {
    if (stepping) {
      return; // The loop below goes on.
    }
    stepping = true;
    disarm();
    while (sink != null && !offering && armed == null) {
      Instant now = timers.now();
      if (cursor.counted().isAfter(now.plus(AHEAD_MAX))) {
        goBack(now);
      }
      Plan plan = schedule.plan(cursor.counted(), now, trying);
      if (plan.fire() != null) {
        offer(plan.fire(), plan, sink);
      } else if (plan.skipped() != null) {
        missed(plan.skipped(), why);
        save();
      } else {
        await(now);
      }
    }
    stepping = false;
  }

  private void goBack(Instant now) {
    LOG.log(
        System.Logger.Level.WARNING,
        "cron {0}: settled up to {1}, but it is {2}: the clock was wrong, going on from now",
        id(),
        cursor.counted(),
        now);
    cursor = cursor.from(now);
  }

  /** Waits for the next instant, but never long: the wall clock may jump meanwhile. */
  private void await(Instant now) {
    trying = null;
    why = "the clock jumped, the machine slept or the fire before took long";
    Duration wait = Duration.between(now, schedule.due(schedule.next(cursor.counted())));
    // Whole seconds of a clock all triggers share: they look together, not each for itself.
    arm(wait.compareTo(WAIT_MAX) > 0 ? WAIT_MAX.minusNanos(timers.nanos() % SECOND) : wait);
  }

  private void offer(Instant nominal, Plan plan, TriggerSink to) {
    offering = true;
    long standsFor = schedule.policy().misfire() == Misfire.ONCE ? plan.standsFor() : 0;
    to.offer(event(nominal, standsFor)).onComplete(answer -> {
      offering = false;
      if (sink != to) {
        return;
      }
      if (answer.succeeded()) {
        settle(nominal, plan);
      } else {
        refused(nominal, plan, Failure.of(answer.cause()));
      }
      step();
    });
  }

  private void settle(Instant nominal, Plan plan) {
    if (plan.skipped() != null) {
      missed(plan.skipped(), why);
    }
    if (plan.missed()) {
      missed(new Gap(nominal, nominal, 1), why);
      cursor = cursor.madeUp(nominal);
    } else {
      cursor = cursor.fired(nominal);
    }
    trying = null;
    save();
  }

  private void missed(Gap gap, String reason) {
    CronCursor.Tally tally = cursor.tally();
    boolean follows = tally.last() != null && schedule.next(tally.last()).equals(gap.from());
    cursor = cursor.missed(gap, reason, follows);
    LOG.log(
        System.Logger.Level.WARNING,
        "cron {0}: {1} missed from {2} to {3}: {4}",
        id(),
        gap.count(),
        gap.from(),
        gap.to(),
        reason);
  }

  private void refused(Instant nominal, Plan plan, Failure failure) {
    LOG.log(System.Logger.Level.DEBUG, "cron {0}: {1} was refused: {2}", id(), nominal, failure);
    if (!failure.code().retryable()) {
      if (plan.skipped() != null) {
        missed(plan.skipped(), why);
      }
      missed(new Gap(nominal, nominal, 1), "refused: " + failure.code());
      trying = null;
      save();
      return;
    }
    boolean again = trying != null && trying.nominal().equals(nominal);
    Duration pause = again && trying != null ? trying.pause().multipliedBy(2) : RETRY_FIRST;
    pause = pause.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : pause;
    trying = new Trying(nominal, plan.missed(), pause);
    if (!plan.missed()) {
      // What passes from now on is missed for this reason.
      why = "refused: " + failure.code();
    }
    Instant now = timers.now();
    Instant newest = nominal.isAfter(now) ? nominal : now;
    Duration next = Duration.between(now, schedule.due(schedule.next(newest)));
    arm(next.compareTo(pause) < 0 ? next : pause);
  }

  private TriggerEvent event(Instant nominal, long standsFor) {
    Instant now = timers.now();
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("scheduled_time", nominal.toString());
    payload.put("cron_expression", schedule.cron().toString());
    payload.put("timezone", schedule.zone().getId());
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("late_ms", Duration.between(schedule.due(nominal), now).toMillis());
    if (standsFor > 0) {
      metadata.put("missed", standsFor);
    }
    return new TriggerEvent(
        ids.next(),
        id(),
        type(),
        now,
        Json.of(payload),
        Json.of(metadata),
        schedule.key(nominal),
        true);
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
}
