package dev.agentruntime.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.agentruntime.load.LoadPlan;
import dev.agentruntime.load.LoadReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Scenarios 8 and 9: a node with a long journal is killed and started again, with and without
 * checkpoints; and a node is killed under load.
 */
@Command(
    name = "recover",
    mixinStandardHelpOptions = true,
    description = {
      "From a start after kill -9 to the first accepted webhook, with a journal of a million",
      "entries; entries read a second against a plain loop; and a kill at 2,000 a second."
    })
public final class Recovering extends Scenario {

  private static final Duration ATTEMPT = Duration.ofMillis(500);
  private static final double START_MILLIS_MAX = 120_000;

  private static final int PASSES = 3;
  private static final int KILL_RATE = 2_000;

  @Option(
      names = "--entries",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Entries of the journal (default: ${DEFAULT-VALUE}).")
  private long entries;

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Recovering(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    Map<String, String> off = Map.of("AGENTRUNTIME_JOURNAL_CHECKPOINT_INTERVAL", "0");
    Path empty = bench.home("empty");
    Path kept = bench.home("checkpoints");
    Path whole = bench.home("whole");
    fill(bench, kept, Map.of());
    fill(bench, whole, off);
    List<Double> none = new ArrayList<>();
    List<Double> with = new ArrayList<>();
    List<Double> without = new ArrayList<>();
    progress("one start each, not counted");
    start(bench, empty, Map.of());
    start(bench, kept, Map.of());
    start(bench, whole, off);
    for (int round = 1; round <= options.rounds; round++) {
      progress("start after kill -9, round " + round);
      none.add(start(bench, empty, Map.of()));
      with.add(start(bench, kept, Map.of()));
      without.add(start(bench, whole, off));
    }
    double plain = plainLoop(whole.resolve("data/node-1/journal"));
    double reading = (Series.median(without) - Series.median(none)) / 1_000;
    say("recover: start of the JVM to the first accepted webhook (ms), %,d entries", entries);
    say("  empty journal        %s", shown(none));
    say("  with checkpoints     %s", shown(with));
    say("  without checkpoints  %s", shown(without));
    say("recover: entries read a second (from the medians above)");
    say("  runtime     %,.0f  (checks, folds, starts the process)", entries / reading);
    say("  plain loop  %,.0f  (splits lines, CRC-32C, jackson-core)", plain);
    say("  ratio       %.3f", entries / reading / plain);
    kill(bench);
    List<Series.Round> rounds = new ArrayList<>();
    for (int i = 0; i < with.size(); i++) {
      rounds.add(new Series.Round(with.get(i), none.get(i)));
    }
    // The yardstick of this scenario is a start with nothing to read.
    show(new Series("recover: with checkpoints, against an empty journal", "ms", rounds));
  }

  /**
   * A node's journal after one webhook, and then as many more as make so many entries: the same
   * entries that the runtime writes, written in large groups. A first start reads them all, and
   * makes a checkpoint if it may.
   */
  private void fill(Bench bench, Path home, Map<String, String> env) throws Exception {
    progress("filling " + home.getFileName());
    try (ServerProcess server = bench.runtime(home, env)) {
      var unused = untilAccepted(bench, server);
      new Control(server.control().orElseThrow(), Bench.PROCESS).drained(1);
      server.kill();
    }
    Path journal = home.resolve("data/node-1/journal");
    Grown.by(journal, entries);
    try (ServerProcess server = bench.runtime(home, env)) {
      var unused = untilAccepted(bench, server);
      while (env.isEmpty() && !Files.exists(journal.resolve("checkpoints/00000001.json"))) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
      server.kill();
    }
  }

  /** Starts, is accepted, and is killed again. */
  private static double start(Bench bench, Path home, Map<String, String> env) throws Exception {
    try (ServerProcess server = bench.runtime(home, env)) {
      double millis = untilAccepted(bench, server);
      server.kill();
      return millis;
    }
  }

  private static double untilAccepted(Bench bench, ServerProcess server) throws Exception {
    while (!accepts(bench, server)) {
      if (server.millisSinceStart() > START_MILLIS_MAX) {
        throw new IOException("no webhook was accepted within two minutes of the start");
      }
    }
    return server.millisSinceStart();
  }

  private static boolean accepts(Bench bench, ServerProcess server)
      throws InterruptedException, TimeoutException {
    try {
      LoadReport one = bench.load(server, new LoadPlan.Closed(1), 200, ATTEMPT, 1);
      return one.counts().accepted() == 1;
    } catch (ExecutionException notYet) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      return false;
    }
  }

  /** Killed in the middle of an open load; everything that was answered must run. */
  private void kill(Bench bench) throws Exception {
    Path home = bench.home("killed");
    List<Double> back = new ArrayList<>();
    long answered = 0;
    for (int round = 1; round <= options.rounds; round++) {
      progress("kill -9 at " + KILL_RATE + "/s, round " + round);
      try (ServerProcess server = bench.runtime(home, Map.of())) {
        answered += untilAccepted(bench, server) > 0 ? 1 : 0;
        Duration time = Duration.ofSeconds(options.seconds);
        CompletableFuture<Void> end = CompletableFuture.runAsync(
            server::kill,
            CompletableFuture.delayedExecutor(options.seconds * 500L, TimeUnit.MILLISECONDS));
        LoadReport report =
            bench.load(server, new LoadPlan.Open(KILL_RATE), 200, time, LoadPlan.COUNT_MAX);
        end.join();
        answered += report.counts().accepted();
      }
      try (ServerProcess server = bench.runtime(home, Map.of())) {
        back.add(untilAccepted(bench, server));
        answered++;
        // Fails when one of them is lost.
        new Control(server.control().orElseThrow(), Bench.PROCESS).drained(answered);
        server.kill();
      }
    }
    say("kill -9 at %,d/s: %,d answered, 0 lost", KILL_RATE, answered);
    say("  start to the first accepted webhook (ms)  %s", shown(back));
  }

  private static double plainLoop(Path journal) throws IOException {
    List<Double> rates = new ArrayList<>();
    for (int pass = 0; pass < PASSES; pass++) {
      long begun = System.nanoTime();
      long lines = 0;
      try (Stream<Path> files = Files.list(journal)) {
        for (Path file :
            files.filter(each -> each.toString().endsWith(".jsonl")).toList()) {
          lines += read(Files.readAllBytes(file));
        }
      }
      rates.add(lines * 1e9 / (System.nanoTime() - begun));
    }
    return Series.median(rates);
  }

  private static long read(byte[] bytes) throws IOException {
    JsonFactory json = new JsonFactory();
    CRC32C crc = new CRC32C();
    long lines = 0;
    int from = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == 0) {
        return lines;
      }
      if (bytes[at] == '\n') {
        crc.reset();
        crc.update(bytes, from, at - from - 16);
        long said = Long.parseLong(new String(bytes, at - 10, 8, StandardCharsets.US_ASCII), 16);
        try (JsonParser parser = json.createParser(bytes, from, at - from)) {
          while (parser.nextToken() != null) {
            // Looking at each token is the work.
          }
        }
        if (said != crc.getValue()) {
          throw new IOException("a CRC does not match");
        }
        lines++;
        from = at + 1;
      }
    }
    return lines;
  }

  private static String shown(List<Double> millis) {
    return String.format(
        Locale.ROOT,
        "median %,.0f  min %,.0f  max %,.0f",
        Series.median(millis),
        millis.stream().min(Double::compare).orElseThrow(),
        millis.stream().max(Double::compare).orElseThrow());
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
