package dev.agentruntime.benchmarks;

import dev.agentruntime.load.LoadPlan;
import dev.agentruntime.load.LoadReport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Both servers, running side by side and warm; one is loaded while the other rests. For one thread.
 */
final class Pair implements AutoCloseable {

  private static final Duration STRACE = Duration.ofSeconds(3);

  private final Bench bench;
  private final ServerProcess limit;
  private final ServerProcess runtime;
  private final Control control;
  private long invocations;

  /**
   * A load and what it cost.
   *
   * @param report the generator's word
   * @param perSecond accepted (limit-sync), or accepted and processed (runtime), a second
   * @param cpuMillis CPU time of the server for one accepted trigger, its processing included
   */
  record Measured(LoadReport report, double perSecond, double cpuMillis) {}

  Pair(Bench bench) throws IOException, InterruptedException {
    this.bench = bench;
    this.limit = bench.limitSync();
    try {
      this.runtime = bench.runtime();
    } catch (IOException | InterruptedException e) {
      limit.close();
      throw e;
    }
    this.control = new Control(runtime.control().orElseThrow(), Bench.PROCESS);
  }

  /** Loads both in turn, for the time given each. */
  void warm(int size, Duration duration)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    if (!duration.isZero()) {
      measureLimit(new LoadPlan.Closed(64), size, duration);
      measureRuntime(new LoadPlan.Closed(64), size, duration);
    }
  }

  /** Loads limit-sync. */
  Measured measureLimit(LoadPlan.Pace pace, int size, Duration duration)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    long cpu = ProcFs.cpuMillis(limit.handle());
    LoadReport report = bench.load(limit, pace, size, duration);
    return new Measured(
        report, report.acceptedPerSecond(), each(ProcFs.cpuMillis(limit.handle()) - cpu, report));
  }

  /** Loads the runtime, then waits until everything accepted was processed. */
  Measured measureRuntime(LoadPlan.Pace pace, int size, Duration duration)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    long cpu = ProcFs.cpuMillis(runtime.handle());
    long start = System.nanoTime();
    LoadReport report = bench.load(runtime, pace, size, duration);
    invocations += report.counts().accepted();
    control.drained(invocations);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Measured(
        report,
        report.counts().accepted() / seconds,
        each(ProcFs.cpuMillis(runtime.handle()) - cpu, report));
  }

  /** Counts the syncs of both under a load that is not judged, as one reads it. */
  List<String> syncs(LoadPlan.Pace pace, int size)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    String ofLimit;
    try (SyncCount count = new SyncCount(limit.handle(), bench.directory())) {
      Measured measured = measureLimit(pace, size, STRACE);
      ofLimit = count.line("limit-sync", measured.report().counts().accepted());
    }
    try (SyncCount count = new SyncCount(runtime.handle(), bench.directory())) {
      Measured measured = measureRuntime(pace, size, STRACE);
      return List.of(
          "syncs under strace, " + pace.text() + ", " + size + " B",
          count.line("runtime", measured.report().counts().accepted()),
          ofLimit,
          "");
    }
  }

  private static double each(long cpuMillis, LoadReport report) {
    return (double) cpuMillis / Math.max(1, report.counts().accepted());
  }

  @Override
  public void close() {
    limit.close();
    runtime.close();
  }
}
