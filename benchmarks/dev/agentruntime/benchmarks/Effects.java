package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Durable tool effects: announced, synced, done, recorded, synced; by one process, and by 64 that
 * share the log. Against a loop that appends two records for each and waits for both.
 */
@Command(
    name = "effects",
    mixinStandardHelpOptions = true,
    description = "Durable tool effects a second of 1 and 64 processes, against two plain appends.")
public final class Effects extends Scenario {

  private static final int[] COUNTS = {1, 64};

  /** Effects in one run. */
  private static final int IN_RUN = 50;

  private static final String PLAY = """
      rules:
        - when: {turn: 1}
          call:
      %s  - say: "Done."
      """;

  private static final String MANIFEST = """
      version: "1.0"
      name: actor-%d
      model: script:effects.yaml
      instructions: Act.
      context:
        conversation_max_messages: 2
      config:
        trigger_inbox_max: 100000
      """;

  @Option(names = "--strace", description = "Counts syncs in a last round that is not judged.")
  boolean strace;

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Effects(), args);
  }

  /** Acts on nothing, at once. */
  private static final class Act implements Tool {
    private final AtomicLong acts = new AtomicLong();

    @Override
    public ToolDefinition definition() {
      return new ToolDefinition(
          "act",
          "Acts.",
          Json.parse("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}"),
          ToolDefinition.Policy.IDEMPOTENT);
    }

    @Override
    public Future<Reply> call(Call call) {
      acts.incrementAndGet();
      return Future.succeededFuture(Reply.ok("done"));
    }
  }

  @Override
  void measure(Bench bench) throws Exception {
    for (int count : COUNTS) {
      Path home = Files.createDirectories(bench.directory().resolve("effects-" + count));
      Files.writeString(
          home.resolve("effects.yaml"),
          PLAY.formatted("            - {tool: act, args: {n: 1}}\n".repeat(IN_RUN)));
      List<String> manifests = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        manifests.add(MANIFEST.formatted(i));
      }
      Act act = new Act();
      List<Series.Round> rounds = new ArrayList<>();
      try (BusNode node = new BusNode(home, List.of(act), manifests)) {
        progress(count + " processes, warm-up");
        double unused = runtime(node, act, count, options.warmup);
        for (int round = 1; round <= options.rounds; round++) {
          progress(count + " processes, round " + round);
          double most = limit(home, count, options.seconds);
          rounds.add(new Series.Round(runtime(node, act, count, options.seconds), most));
        }
        showRate(new Series(
            "effects: durable, of " + count + " processes (limit: two appends in a row)",
            "a second",
            rounds));
        if (strace) {
          countSyncs(bench, node, act, count);
        }
      }
    }
  }

  private void countSyncs(Bench bench, BusNode node, Act act, int count) throws Exception {
    try (SyncCount syncs = new SyncCount(ProcessHandle.current(), bench.directory())) {
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      long before = act.acts.get();
      double unused = runtime(node, act, count, options.seconds);
      System.out.println(
          syncs.line("runtime", act.acts.get() - before).replace("trigger", "effect"));
    }
  }

  /** Lets all act for a while, each with a run or two waiting, and until what waits is done. */
  private static double runtime(BusNode node, Act act, int count, int seconds) throws Exception {
    long before = act.acts.get();
    long wanted = before;
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    int next = 0;
    AtomicLong refused = new AtomicLong();
    while (System.nanoTime() < end) {
      if (wanted - act.acts.get() < 3L * IN_RUN * count) {
        node.agent(next++ % count)
            .trigger(Json.of("go"), Json.EMPTY, null)
            .onFailure(e -> refused.incrementAndGet());
        wanted += IN_RUN;
      } else {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
      }
    }
    double rate = (act.acts.get() - before) * 1e9 / (System.nanoTime() - start);
    while (act.acts.get() < wanted - refused.get() * IN_RUN) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return rate;
  }

  /** So many loops, each of which appends the next record when the one before is durable. */
  private static double limit(Path home, int count, int seconds) throws Exception {
    byte[] record = "x".repeat(250).getBytes(StandardCharsets.UTF_8);
    AtomicLong durable = new AtomicLong();
    try (GroupLog<Runnable> opened = new GroupLog<>(
        home.resolve("limit"), 64 << 20, waiting -> waiting.forEach(Runnable::run))) {
      long start = System.nanoTime();
      long end = start + TimeUnit.SECONDS.toNanos(seconds);
      Runnable step = new Runnable() {
        @Override
        public void run() {
          durable.incrementAndGet();
          if (System.nanoTime() < end) {
            opened.append(record, this);
          }
        }
      };
      for (int i = 0; i < count; i++) {
        opened.append(record, step);
      }
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
      return durable.get() / 2.0 * 1e9 / (System.nanoTime() - start);
    }
  }
}
