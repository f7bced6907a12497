package dev.agentruntime.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * One figure, measured in rounds: the runtime and limit-sync in turn, compared pair by pair.
 *
 * @param title what was measured, under which load
 * @param unit of both figures
 * @param rounds in the order they were run
 */
record Series(String title, String unit, List<Round> rounds) {

  /** The two figures of one round. */
  record Round(double runtime, double limit) {
    double ratio() {
      return runtime / limit;
    }
  }

  Series {
    rounds = List.copyOf(rounds);
  }

  /** The middle of some figures; of an even number the mean of the middle two. */
  static double median(List<Double> figures) {
    List<Double> sorted = figures.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** The figures of limit-sync. */
  List<Double> limits() {
    return rounds.stream().map(Round::limit).toList();
  }

  /** As one reads it. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(title + " (" + unit + ")");
    if (rounds.isEmpty()) {
      lines.add("  nothing measured: too few samples");
      return lines;
    }
    lines.add("  runtime     " + summary(Round::runtime));
    lines.add("  limit-sync  " + summary(Round::limit));
    lines.add("  ratio       " + summary(Round::ratio) + "   pair by pair "
        + rounds.stream().map(round -> number(round.ratio())).collect(Collectors.joining(" ")));
    return lines;
  }

  private String summary(ToDoubleFunction<Round> figure) {
    List<Double> figures = rounds.stream().map(figure::applyAsDouble).toList();
    return "median " + number(median(figures))
        + "  min " + number(figures.stream().min(Double::compare).orElseThrow())
        + "  max " + number(figures.stream().max(Double::compare).orElseThrow());
  }

  /** Four significant digits or so: enough, and no more than the machine allows. */
  private static String number(double figure) {
    if (figure >= 1_000) {
      return String.format(Locale.ROOT, "%,.0f", figure);
    }
    return String.format(
        Locale.ROOT, figure >= 10 ? "%.1f" : figure >= 0.1 ? "%.3f" : "%.4f", figure);
  }
}
