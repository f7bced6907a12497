package dev.agentruntime.cli;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A distribution of times, nanoseconds. A percentile is null when fewer than ten samples lie beyond
 * it: p50 wants 20 samples, p99 1,000, p99.9 10,000.
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
