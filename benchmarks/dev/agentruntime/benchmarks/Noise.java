package dev.agentruntime.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Whether the machine was too busy for its figures to be judged. */
final class Noise {

  private static final double LOAD_MAX = 3;

  private Noise() {}

  /**
   * Why not to judge, empty when nothing speaks against it.
   *
   * @param loadAtStart load average of the last minute before the first server was started
   * @param rates of which a round of limit-sync below half its median tells of a neighbour
   */
  static List<String> reasons(double loadAtStart, List<Series> rates) {
    List<String> reasons = new ArrayList<>();
    if (loadAtStart > LOAD_MAX) {
      reasons.add(String.format(
          Locale.ROOT, "noisy: load average %.2f at the start, expected=at most 3", loadAtStart));
    }
    for (Series series : rates) {
      double median = series.rounds().isEmpty() ? 0 : Series.median(series.limits());
      if (series.limits().stream().anyMatch(limit -> limit < median / 2)) {
        reasons.add("noisy: limit-sync fell below half its median in: " + series.title());
      }
    }
    return reasons;
  }
}
