package dev.agentruntime.benchmarks;

import dev.agentruntime.load.LoadPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Scenario 1: webhooks accepted durably, as fast as they are answered. */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    description = "Webhooks accepted durably a second, closed model.")
public final class Ingest extends Scenario {

  @Option(
      names = "--strace",
      description = "Afterwards count the syncs of both servers for 3 s (slows them).")
  private boolean strace;

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Ingest(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    int[] connections = options.full ? new int[] {1, 16, 64, 256} : new int[] {64};
    int[] sizes = options.full ? new int[] {200, 4_096} : new int[] {200};
    try (Pair pair = new Pair(bench)) {
      for (int size : sizes) {
        progress("warm-up, " + size + " B");
        pair.warm(size, Duration.ofSeconds(options.warmup));
        for (int each : connections) {
          measure(pair, new LoadPlan.Closed(each), size);
        }
      }
      if (strace) {
        progress("counting syncs");
        pair.syncs(new LoadPlan.Closed(64), 200).forEach(System.out::println);
      }
    }
  }

  private void measure(Pair pair, LoadPlan.Closed pace, int size) throws Exception {
    List<Series.Round> rates = new ArrayList<>();
    List<Series.Round> cpu = new ArrayList<>();
    Duration time = Duration.ofSeconds(options.seconds);
    for (int round = 1; round <= options.rounds; round++) {
      progress(pace.text() + ", " + size + " B, round " + round);
      Pair.Measured limit = pair.measureLimit(pace, size, time);
      Pair.Measured runtime = pair.measureRuntime(pace, size, time);
      rates.add(new Series.Round(
          runtime.report().acceptedPerSecond(), limit.report().acceptedPerSecond()));
      cpu.add(new Series.Round(runtime.cpuMillis(), limit.cpuMillis()));
    }
    String load = pace.text() + ", " + size + " B";
    showRate(new Series("ingest: accepted durably, " + load, "a second", rates));
    show(new Series("ingest: CPU, processing included, " + load, "ms a trigger", cpu));
  }
}
