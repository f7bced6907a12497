package dev.agentruntime.source;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.CronExpression;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * When a cron trigger fires, and what it does about instants that were passed by. Pure.
 *
 * <p>The newest instant passed is <i>late</i> when it is at most {@link #GRACE} old, and fires
 * whatever the policy. Every other instant passed was <i>missed</i>.
 *
 * @param id of the trigger
 * @param owner the process; with the id it decides the jitter
 */
public record CronSchedule(
    String id, ProcessName owner, CronExpression cron, ZoneId zone, CronPolicy policy) {

  /** How old the newest instant may be and still be late rather than missed. */
  static final Duration GRACE = Duration.ofMinutes(5);

  static CronSchedule of(TriggerConfig.Cron cron, ProcessName owner) {
    return new CronSchedule(
        cron.id(),
        owner,
        CronExpression.parse(cron.expression()),
        CronExpression.zone(cron.zone()),
        cron.policy());
  }

  /** What defines the schedule; a cursor of another one is worth nothing. */
  String text() {
    return cron + "|" + zone;
  }

  Instant next(Instant after) {
    return cron.next(after, zone);
  }

  /** What makes a fire the same fire. */
  String key(Instant nominal) {
    return id + "@" + nominal;
  }

  /** When an instant's time has come: the same jitter whenever it is asked for. */
  Instant due(Instant nominal) {
    long jitter = policy.jitter().toMillis();
    if (jitter == 0) {
      return nominal;
    }
    CRC32C crc = new CRC32C();
    crc.update((owner + "/" + key(nominal)).getBytes(StandardCharsets.UTF_8));
    return nominal.plusMillis((crc.getValue() * jitter) >>> 32);
  }

  /**
   * What to do next about the instants passed by.
   *
   * @param fire the next one to fire, null when none does
   * @param missed whether it was missed and is made up for
   * @param skipped those that will not fire, all older than {@code fire}; null when there is none
   */
  record Plan(
      @Nullable Instant fire, boolean missed, @Nullable Gap skipped) {
    static final Plan NOTHING = new Plan(null, false, null);

    /** For how many missed instants the fire stands. */
    long standsFor() {
      return (skipped == null ? 0 : skipped.count()) + (missed ? 1 : 0);
    }
  }

  /** A row of instants of the schedule. */
  record Gap(Instant from, Instant to, long count) {}

  /**
   * An instant whose offer was refused for now.
   *
   * @param missed whether it was missed when it was first offered
   * @param pause until the next try
   */
  record Trying(Instant nominal, boolean missed, Duration pause) {}

  /**
   * Plans.
   *
   * @param counted everything up to here is settled
   * @param trying what was refused last; it stays late until the next instant comes
   */
  Plan plan(Instant counted, Instant now, @Nullable Trying trying) {
    Instant until = now;
    long total = cron.count(counted, until, zone);
    Instant newest = total == 0 ? null : cron.newest(1, counted, until, zone);
    if (newest != null && due(newest).isAfter(now)) {
      until = newest.minusSeconds(1);
      total--;
      newest = total == 0 ? null : cron.newest(1, counted, until, zone);
    }
    if (newest == null) {
      return Plan.NOTHING;
    }
    Trying tried = trying != null && trying.nominal().equals(newest) ? trying : null;
    boolean late = !due(newest).isBefore(now.minus(GRACE));
    long kept = kept(counted, now, until);
    if (kept == 0 && (late || tried != null)) {
      kept = 1;
    }
    if (kept == 0) {
      return new Plan(null, false, gap(counted, until, total, 0));
    }
    Instant fire = cron.newest(kept, counted, until, zone);
    boolean onTime = late && fire.equals(newest);
    Trying again = kept == 1 ? tried : null;
    boolean missed = again == null ? !onTime : again.missed();
    return new Plan(fire, missed, gap(counted, until, total, kept));
  }

  /** How many of the newest instants the policy makes up for. */
  private long kept(Instant counted, Instant now, Instant until) {
    if (policy.misfire() == Misfire.SKIP) {
      return 0;
    }
    Instant oldest = now.minus(policy.window()).minusNanos(1);
    long inWindow = cron.count(oldest.isAfter(counted) ? oldest : counted, until, zone);
    return Math.min(inWindow, policy.misfire() == Misfire.ONCE ? 1 : policy.max());
  }

  private @Nullable Gap gap(Instant counted, Instant until, long total, long kept) {
    return total == kept
        ? null
        : new Gap(next(counted), cron.newest(kept + 1, counted, until, zone), total - kept);
  }
}
