package dev.agentruntime.benchmarks;

import dev.agentruntime.load.LoadPlan;
import dev.agentruntime.load.LoadReport.Percentiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/**
 * Scenario 2: webhooks accepted and fully processed, nothing left behind; then latencies at a
 * constant rate.
 */
@Command(
    name = "process",
    mixinStandardHelpOptions = true,
    description = {
      "Webhooks accepted and processed by the echo agent a second, no backlog left;",
      "then the latency of the answer at constant rates, from the intended send time."
    })
public final class Processing extends Scenario {

  private static final int SIZE = 200;
  private static final int[] RATES = {100, 400};
  private static final int[] RATES_FULL = {100, 400, 2_000, 10_000};

  /** At 100 a second the shortest that allows a p99. */
  private static final int OPEN_SECONDS = 10;

  /** At 400 a second the shortest that allows a p99.9. */
  private static final int OPEN_SECONDS_FULL = 30;

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Processing(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    try (Pair pair = new Pair(bench)) {
      progress("warm-up");
      pair.warm(SIZE, Duration.ofSeconds(options.warmup));
      throughput(pair);
      for (int rate : options.full ? RATES_FULL : RATES) {
        latency(pair, new LoadPlan.Open(rate));
      }
    }
  }

  private void throughput(Pair pair) throws Exception {
    LoadPlan.Closed pace = new LoadPlan.Closed(64);
    Duration time = Duration.ofSeconds(options.seconds);
    List<Series.Round> processed = new ArrayList<>();
    List<Series.Round> accepted = new ArrayList<>();
    List<Series.Round> cpu = new ArrayList<>();
    for (int round = 1; round <= options.rounds; round++) {
      progress(pace.text() + ", round " + round);
      Pair.Measured limit = pair.measureLimit(pace, SIZE, time);
      Pair.Measured runtime = pair.measureRuntime(pace, SIZE, time);
      processed.add(new Series.Round(runtime.perSecond(), limit.perSecond()));
      accepted.add(new Series.Round(runtime.report().acceptedPerSecond(), limit.perSecond()));
      cpu.add(new Series.Round(runtime.cpuMillis(), limit.cpuMillis()));
    }
    String load = pace.text() + ", " + SIZE + " B";
    showRate(new Series("process: accepted and processed, " + load, "a second", processed));
    show(new Series("process: accepted meanwhile, " + load, "a second", accepted));
    show(new Series("process: CPU, " + load, "ms a trigger", cpu));
  }

  private void latency(Pair pair, LoadPlan.Open pace) throws Exception {
    Duration time = Duration.ofSeconds(options.full ? OPEN_SECONDS_FULL : OPEN_SECONDS);
    List<Pair.Measured> limits = new ArrayList<>();
    List<Pair.Measured> runtimes = new ArrayList<>();
    for (int round = 1; round <= options.rounds; round++) {
      progress(pace.text() + ", round " + round);
      limits.add(pair.measureLimit(pace, SIZE, time));
      runtimes.add(pair.measureRuntime(pace, SIZE, time));
    }
    String load = pace.text() + ", " + SIZE + " B, " + time.toSeconds() + " s a round";
    show(series("p50, " + load, runtimes, limits, Percentiles::p50));
    show(series("p99, " + load, runtimes, limits, Percentiles::p99));
    show(series("p99.9, " + load, runtimes, limits, Percentiles::p999));
  }

  private static Series series(
      String title,
      List<Pair.Measured> runtimes,
      List<Pair.Measured> limits,
      Function<Percentiles, @Nullable Long> percentile) {
    List<Series.Round> rounds = new ArrayList<>();
    for (int i = 0; i < runtimes.size(); i++) {
      Long runtime = percentile.apply(runtimes.get(i).report().latency());
      Long limit = percentile.apply(limits.get(i).report().latency());
      if (runtime != null && limit != null) {
        rounds.add(new Series.Round(runtime / 1e6, limit / 1e6));
      }
    }
    return new Series("process: latency of the 202, " + title, "ms", rounds);
  }
}
