package dev.agentruntime.load;

import dev.agentruntime.load.LoadReport.Percentiles;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Counts one load run. Owned by: the event loop of that run. */
final class LoadTally {

  private static final long SHORTEST_NANOS = 1_000;
  private static final long LONGEST_NANOS = 3_600_000_000_000L;
  private static final int DIGITS = 3;

  private final Histogram latency = new Histogram(SHORTEST_NANOS, LONGEST_NANOS, DIGITS);
  private final Histogram lag = new Histogram(SHORTEST_NANOS, LONGEST_NANOS, DIGITS);
  private final Map<String, Long> other = new TreeMap<>();
  private final Map<String, Long> failed = new TreeMap<>();
  private long sent;
  private long accepted;
  private long refused;
  private long unanswered;
  private long lastAnswerNanos;

  /** A request leaves, so much after it was owed. */
  void sent(long lagNanos) {
    sent++;
    lag.recordValue(clamped(lagNanos));
  }

  /** An answer is complete. */
  void answered(int status, long nowNanos, long latencyNanos) {
    lastAnswerNanos = nowNanos;
    if (status == 202) {
      accepted++;
      latency.recordValue(clamped(latencyNanos));
    } else if (status == 503) {
      refused++;
    } else {
      other.merge("status " + status, 1L, Long::sum);
    }
  }

  /** A request or a connection broke. */
  void failed(Throwable cause) {
    String text =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    failed.merge(text.lines().findFirst().orElse(""), 1L, Long::sum);
  }

  /** A request was owed or under way when the run gave up: its wait so far enters the latencies. */
  void unanswered(long waitedNanos) {
    unanswered++;
    latency.recordValue(clamped(waitedNanos));
  }

  LoadGenerator.Progress progress(long nowNanos) {
    return new LoadGenerator.Progress(
        nowNanos, sent, accepted, refused, total(other), total(failed));
  }

  LoadReport report(LoadPlan plan, long nowNanos) {
    return new LoadReport(
        plan,
        lastAnswerNanos > 0 ? lastAnswerNanos : nowNanos,
        new LoadReport.Counts(sent, accepted, refused, unanswered, other, failed),
        Percentiles.of(latency),
        Percentiles.of(lag));
  }

  private static long clamped(long nanos) {
    return Math.min(LONGEST_NANOS, Math.max(0, nanos));
  }

  private static long total(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
