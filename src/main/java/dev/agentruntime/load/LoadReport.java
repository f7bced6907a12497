package dev.agentruntime.load;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a load run found.
 *
 * @param plan what was asked for
 * @param elapsedNanos from the start to the last answer
 * @param counts what became of the requests
 * @param latency from the send time (closed model) or the intended send time (open model) to the
 *     end of the 202; what was never answered enters with the time it had waited
 * @param lag from the intended to the real send time: what the generator itself, or a lack of free
 *     connections, adds to the latency
 */
public record LoadReport(
    LoadPlan plan, long elapsedNanos, Counts counts, Percentiles latency, Percentiles lag) {

  /**
   * What became of the requests.
   *
   * @param sent requests that left
   * @param accepted answered 202
   * @param refused answered 503
   * @param unanswered owed or under way when the run gave up, 5 s after its end
   * @param other status to number of such answers
   * @param failed error to number of requests or connections it broke
   */
  public record Counts(
      long sent,
      long accepted,
      long refused,
      long unanswered,
      Map<String, Long> other,
      Map<String, Long> failed) {
    /** Keeps sorted, unmodifiable copies. */
    public Counts {
      other = Collections.unmodifiableMap(new TreeMap<>(other));
      failed = Collections.unmodifiableMap(new TreeMap<>(failed));
    }
  }

  /** Accepted requests a second, from the start to the last answer. */
  public double acceptedPerSecond() {
    return elapsedNanos == 0 ? 0 : counts.accepted() * 1e9 / elapsedNanos;
  }

  /** Whether every request was accepted. */
  public boolean clean() {
    return counts.accepted() > 0
        && counts.refused() == 0
        && counts.unanswered() == 0
        && counts.other().isEmpty()
        && counts.failed().isEmpty();
  }

  /** As one reads it, one line each. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line("target", plan.target().toString()));
    lines.add(line(
        "load",
        plan.pace().text() + ", " + plan.bodyBytes() + " B, "
            + (plan.secret() == null ? "unsigned" : "signed") + ", " + seconds(elapsedNanos)));
    lines.add(line("sent", number(counts.sent())));
    lines.add(line(
        "accepted",
        number(counts.accepted()) + "  (" + number(Math.round(acceptedPerSecond())) + "/s)"));
    lines.add(line("503", number(counts.refused())));
    lines.add(line("unanswered", number(counts.unanswered())));
    counts
        .other()
        .forEach((status, times) -> lines.add(line("other", number(times) + "  " + status)));
    counts
        .failed()
        .forEach((error, times) -> lines.add(line("failed", number(times) + "  " + error)));
    lines.add(line("latency", text(latency)));
    if (plan.pace() instanceof LoadPlan.Open) {
      lines.add(line("send lag", text(lag)));
    }
    return lines;
  }

  /** As a program reads it; times in nanoseconds, null where there were too few samples. */
  public JsonObject json() {
    JsonObject load = new JsonObject()
        .put("url", plan.target().toString())
        .put("model", plan.pace() instanceof LoadPlan.Open ? "open" : "closed")
        .put("connections", plan.pace().connections())
        .put("size", plan.bodyBytes())
        .put("signed", plan.secret() != null);
    if (plan.pace() instanceof LoadPlan.Open open) {
      load.put("rate", open.perSecond());
    }
    return load.put("elapsed_ns", elapsedNanos)
        .put("accepted_per_second", acceptedPerSecond())
        .put("sent", counts.sent())
        .put("accepted", counts.accepted())
        .put("refused", counts.refused())
        .put("unanswered", counts.unanswered())
        .put("other", counted(counts.other()))
        .put("failed", counted(counts.failed()))
        .put("latency_ns", json(latency))
        .put("send_lag_ns", json(lag));
  }

  /** One line: {@code p50 0.76 ms  p99 3.20 ms  p99.9 -  max 9.10 ms  (12,000 samples)}. */
  public static String text(Percentiles times) {
    return "p50 " + millis(times.p50())
        + "  p99 " + millis(times.p99())
        + "  p99.9 " + millis(times.p999())
        + "  max " + millis(times.max())
        + "  (" + number(times.samples()) + " samples)";
  }

  private static JsonObject json(Percentiles times) {
    return new JsonObject()
        .put("samples", times.samples())
        .put("p50", times.p50())
        .put("p99", times.p99())
        .put("p99_9", times.p999())
        .put("max", times.max());
  }

  private static JsonObject counted(Map<String, Long> counts) {
    JsonObject json = new JsonObject();
    counts.forEach(json::put);
    return json;
  }

  private static String line(String name, String value) {
    return String.format(Locale.ROOT, "%-10s  %s", name, value);
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  private static String millis(@Nullable Long nanos) {
    return nanos == null ? "-" : String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }

  /**
   * A distribution of times, nanoseconds. A percentile is null when fewer than ten samples lie
   * beyond it: p50 wants 20 samples, p99 1,000, p99.9 10,000.
   *
   * @param samples how many times were measured
   * @param p50 half were quicker
   * @param p99 99 % were quicker
   * @param p999 99.9 % were quicker
   * @param max the longest, null when there is no sample
   */
  public record Percentiles(
      long samples,
      @Nullable Long p50,
      @Nullable Long p99,
      @Nullable Long p999,
      @Nullable Long max) {

    private static final int SAMPLES_BEYOND = 10;

    /** What a histogram of nanoseconds says. */
    static Percentiles of(Histogram nanos) {
      return new Percentiles(
          nanos.getTotalCount(),
          at(nanos, 50),
          at(nanos, 99),
          at(nanos, 99.9),
          nanos.getTotalCount() == 0 ? null : nanos.getMaxValue());
    }

    private static @Nullable Long at(Histogram nanos, double percentile) {
      // Rounded: 10,000 samples beyond 99.9 % are ten, not 9.99999.
      long beyond = Math.round(nanos.getTotalCount() * (100 - percentile) / 100);
      return beyond < SAMPLES_BEYOND ? null : nanos.getValueAtPercentile(percentile);
    }
  }
}
