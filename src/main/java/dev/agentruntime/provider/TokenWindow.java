package dev.agentruntime.provider;

/**
 * What was asked of a provider in the last minute, in tokens, second by second. A provider may
 * refill its allowance evenly or once a minute; that no more than so much lies in any minute is
 * right for both. Owned by: one gate.
 */
final class TokenWindow {

  private static final int SECONDS = 60;
  private static final long NANOS = 1_000_000_000L;

  private final long limit;
  private final long[] tokens = new long[SECONDS];
  private final long[] seconds = new long[SECONDS];

  /** A window; {@code limit} 0 = only counts. */
  TokenWindow(long limit) {
    this.limit = limit;
    java.util.Arrays.fill(seconds, Long.MIN_VALUE);
  }

  /** How long so many tokens must wait, in nanoseconds; what alone is too much waits for a lull. */
  long wait(long wanted, long nanos) {
    long over = used(nanos) + wanted - limit;
    if (limit == 0 || over <= 0) {
      return 0;
    }
    long now = Math.floorDiv(nanos, NANOS);
    for (long second = now - SECONDS + 1; second <= now; second++) {
      int slot = slot(second);
      if (seconds[slot] == second) {
        over -= tokens[slot];
        if (over <= 0 || second == now) {
          return (second + SECONDS) * NANOS - nanos;
        }
      }
    }
    return 0; // Nothing is in the window.
  }

  /** Counts tokens; a negative number takes back what was counted too much. */
  void add(long count, long nanos, long since) {
    long now = Math.floorDiv(nanos, NANOS);
    long second = Math.floorDiv(since, NANOS);
    if (now - second >= SECONDS) {
      return;
    }
    int slot = slot(second);
    if (seconds[slot] != second) {
      seconds[slot] = second;
      tokens[slot] = 0;
    }
    tokens[slot] = Math.max(0, tokens[slot] + count);
  }

  /** In the last minute. */
  long used(long nanos) {
    long now = Math.floorDiv(nanos, NANOS);
    long sum = 0;
    for (int slot = 0; slot < SECONDS; slot++) {
      if (seconds[slot] > now - SECONDS && seconds[slot] <= now) {
        sum += tokens[slot];
      }
    }
    return sum;
  }

  private static int slot(long second) {
    return (int) Math.floorMod(second, (long) SECONDS);
  }
}
