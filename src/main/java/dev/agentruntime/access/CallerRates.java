package dev.agentruntime.access;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets each caller make so many requests a minute: a bucket that holds a minute's worth and fills
 * evenly, kept as the instant at which it would be full again. Bounded: the caller that was quiet
 * longest is forgotten first, whose bucket is the fullest. Owned by: the server's context.
 */
final class CallerRates {

  private static final int CALLERS_MAX = 10_000;
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final Timers timers;
  private final int perMinute;
  private final Map<String, Long> fullAt = new LinkedHashMap<>();

  /**
   * Full buckets.
   *
   * @param perMinute 0 = no limit, and nothing is kept
   */
  CallerRates(Timers timers, int perMinute) {
    this.timers = timers;
    this.perMinute = perMinute;
  }

  /** Counts a request; throws RATE_LIMITED, which says when there will be room. */
  void take(String caller) {
    if (perMinute == 0) {
      return;
    }
    long now = timers.nanos();
    long each = MINUTE / perMinute;
    Long before = fullAt.remove(caller);
    long start = before == null ? now : Math.max(before, now);
    long early = start + each - now - each * perMinute;
    fullAt.put(caller, early > 0 ? start : start + each);
    if (fullAt.size() > CALLERS_MAX) {
      Iterator<String> oldest = fullAt.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    if (early > 0) {
      throw new RuntimeFault(
          ErrorCode.RATE_LIMITED,
          "requests of " + caller + ", expected=at most " + perMinute + " a minute",
          Duration.ofNanos(early));
    }
  }

  int size() {
    return fullAt.size();
  }
}
