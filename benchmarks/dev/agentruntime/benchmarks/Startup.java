package dev.agentruntime.benchmarks;

import dev.agentruntime.load.LoadPlan;
import dev.agentruntime.load.LoadReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;

/** Scenario 12: from the start of the JVM to the first accepted webhook, and memory at rest. */
@Command(
    name = "startup",
    mixinStandardHelpOptions = true,
    description = "Start of the JVM to the first accepted webhook, and memory at rest.")
public final class Startup extends Scenario {

  private static final Duration ATTEMPT = Duration.ofMillis(500);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final double START_MILLIS_MAX = 60_000;

  /** What the JVM still does after a start is over by then. */
  private static final int REST_SECONDS = 3;

  private static final double KIB_PER_MIB = 1_024;

  /** What one start showed. */
  private record Start(double millis, double cpuMillis, double pssMib) {}

  /** How a server is started. */
  @FunctionalInterface
  private interface Starter {
    ServerProcess start() throws IOException, InterruptedException;
  }

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Startup(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    progress("warm-up: one start each, not counted");
    start(bench, bench::limitSync);
    start(bench, bench::runtime);
    List<Series.Round> millis = new ArrayList<>();
    List<Series.Round> cpu = new ArrayList<>();
    List<Series.Round> pss = new ArrayList<>();
    for (int round = 1; round <= options.rounds; round++) {
      progress("start, round " + round);
      Start limit = start(bench, bench::limitSync);
      Start runtime = start(bench, bench::runtime);
      millis.add(new Series.Round(runtime.millis(), limit.millis()));
      cpu.add(new Series.Round(runtime.cpuMillis(), limit.cpuMillis()));
      pss.add(new Series.Round(runtime.pssMib(), limit.pssMib()));
    }
    show(new Series("startup: to the first accepted webhook, empty data directory", "ms", millis));
    show(new Series("startup: CPU until then", "ms", cpu));
    show(new Series("startup: memory (PSS) " + REST_SECONDS + " s later, at rest", "MiB", pss));
  }

  private static Start start(Bench bench, Starter starter) throws Exception {
    try (ServerProcess server = starter.start()) {
      while (!accepts(bench, server)) {
        if (server.millisSinceStart() > START_MILLIS_MAX) {
          throw new IOException("no webhook was accepted within a minute of the start");
        }
      }
      double millis = server.millisSinceStart();
      double cpu = ProcFs.cpuMillis(server.handle());
      TimeUnit.SECONDS.sleep(REST_SECONDS);
      return new Start(millis, cpu, ProcFs.pssKib(server.handle()) / KIB_PER_MIB);
    }
  }

  private static boolean accepts(Bench bench, ServerProcess server)
      throws InterruptedException, TimeoutException {
    try {
      LoadReport one = bench.load(server, new LoadPlan.Closed(1), 200, ATTEMPT, 1);
      return one.counts().accepted() == 1;
    } catch (ExecutionException notYet) {
      LockSupport.parkNanos(PAUSE_NANOS);
      return false;
    }
  }
}
