package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Scenario 3: a suspended process accepts a deep backlog, then runs it; against itself with small
 * ones. What a queue costs must not depend on how long it is.
 */
@Command(
    name = "backlog",
    mixinStandardHelpOptions = true,
    description = "A backlog drained: runs a second at a depth, against a depth of 1,000.")
public final class Backlog extends Scenario {

  private static final int SMALL = 1_000;
  private static final Json PAYLOAD = Json.of("x".repeat(150));
  private static final int WINDOW = 1_024;

  @Option(
      names = "--depth",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Events in the deep backlog (default: ${DEFAULT-VALUE}).")
  int depth;

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Backlog(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    List<Series.Round> rounds = new ArrayList<>();
    try (BusNode node = new BusNode(
        bench.directory().resolve("backlog"), 1, "  - {type: event, event_type: none}")) {
      progress("warm-up");
      double unused = drain(node, depth);
      for (int round = 1; round <= options.rounds; round++) {
        progress("round " + round);
        double small = small(node);
        rounds.add(new Series.Round(drain(node, depth), small));
      }
    }
    showRate(new Series(
        "backlog: runs from a depth of " + depth + " (limit: the same from " + SMALL + ")",
        "a second",
        rounds));
  }

  /** A tenth as many events as the deep one has, in small backlogs. */
  private double small(BusNode node) throws Exception {
    double seconds = 0;
    int times = Math.max(1, depth / SMALL / 10);
    for (int i = 0; i < times; i++) {
      seconds += SMALL / drain(node, SMALL);
    }
    return times * SMALL / seconds;
  }

  /** Runs a second from the word to go on to the end of the last one. */
  private static double drain(BusNode node, int events) throws Exception {
    AgentProcess agent = node.agent(0);
    long before = node.settled();
    Object unused = BusNode.now(agent.suspend("benchmark").map("suspended"));
    Semaphore window = new Semaphore(WINDOW);
    AtomicLong refused = new AtomicLong();
    for (int i = 0; i < events; i++) {
      window.acquire();
      agent.trigger(PAYLOAD, Json.EMPTY, null).onComplete(done -> {
        if (done.failed()) {
          refused.incrementAndGet();
        }
        window.release();
      });
    }
    window.acquire(WINDOW);
    if (refused.get() > 0) {
      throw new IllegalStateException("refused: " + refused.get() + " of " + events);
    }
    long start = System.nanoTime();
    Object unusedToo = BusNode.now(agent.resume().map("resumed"));
    while (node.settled() < before + events) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return events * 1e9 / (System.nanoTime() - start);
  }
}
