package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bucket of tokens that holds a minute's worth and is refilled evenly. It is kept as the one
 * instant at which it would be full again, so several listeners share it without a lock. Safe on
 * every thread.
 */
final class RateLimit {

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final Timers timers;
  private final long start;
  private final long perMinute;
  private final AtomicLong fullAt = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  /**
   * A full bucket.
   *
   * @param perMinute 0 = no limit
   */
  RateLimit(Timers timers, int perMinute) {
    this.timers = timers;
    this.start = timers.nanos();
    this.perMinute = perMinute;
  }

  /** How many requests it refused. */
  long refused() {
    return refused.get();
  }

  /** Takes a token; throws RATE_LIMITED, which says when there will be one. */
  void take() {
    if (perMinute == 0) {
      return;
    }
    long now = timers.nanos() - start;
    long each = MINUTE / perMinute;
    while (true) {
      long before = fullAt.get();
      long after = Math.max(before, now) + each;
      long early = after - now - each * perMinute;
      if (early > 0) {
        refused.incrementAndGet();
        throw new RuntimeFault(
            ErrorCode.RATE_LIMITED,
            "rate, expected=at most " + perMinute + " requests a minute",
            Duration.ofSeconds((early + 999_999_999) / 1_000_000_000));
      }
      if (fullAt.compareAndSet(before, after)) {
        return;
      }
    }
  }
}
