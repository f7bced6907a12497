package dev.agentruntime.access;

import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts wrong tokens by address, so that guessing is slow and noisy. Bounded: the address that was
 * quiet longest is forgotten first. Owned by: the server's context.
 */
final class FailedLogins {

  private static final int ADDRESSES_MAX = 1_000;
  private static final int FAILURES_MAX = 10;
  private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

  private final Timers timers;
  private final Map<String, Failures> byAddress = new LinkedHashMap<>();

  /**
   * What an address did.
   *
   * @param since {@code Timers.nanos} of the first wrong token in this window
   */
  private record Failures(long since, int count) {}

  FailedLogins(Timers timers) {
    this.timers = timers;
  }

  /** How long the address has to wait before its next token is looked at; zero = not at all. */
  Duration wait(String address) {
    Failures failures = byAddress.get(address);
    if (failures == null || failures.count < FAILURES_MAX) {
      return Duration.ZERO;
    }
    long left = WINDOW_NANOS - (timers.nanos() - failures.since);
    if (left <= 0) {
      byAddress.remove(address);
      return Duration.ZERO;
    }
    return Duration.ofNanos(left);
  }

  void failed(String address) {
    long now = timers.nanos();
    Failures before = byAddress.remove(address);
    byAddress.put(
        address,
        before == null || now - before.since >= WINDOW_NANOS
            ? new Failures(now, 1)
            : new Failures(before.since, before.count + 1));
    if (byAddress.size() > ADDRESSES_MAX) {
      Iterator<String> oldest = byAddress.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
