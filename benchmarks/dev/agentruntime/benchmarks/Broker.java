package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import dev.agentruntime.load.LoadPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/**
 * Scenario 5: messages to a group of four readers, of which one gets each, durable at the sender,
 * at the reader and acknowledged; against limit-sync.
 */
@Command(
    name = "broker",
    mixinStandardHelpOptions = true,
    description = "Messages to one of a group: runs a second, against limit-sync.")
public final class Broker extends Scenario {

  private static final int READERS = 4;
  private static final int SIZE = 200;
  private static final Json CONTENT = Json.of("x".repeat(SIZE - 50));

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Broker(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    LoadPlan.Closed pace = new LoadPlan.Closed(64);
    List<Series.Round> rounds = new ArrayList<>();
    try (ServerProcess limit = bench.limitSync();
        BusNode node = new BusNode(
            bench.directory().resolve("broker"),
            READERS,
            "  - {type: message, topic: \"bench.*\", group: readers}")) {
      progress("warm-up");
      double unused = runtime(node, options.warmup);
      double unusedLimit = limit(bench, limit, pace, options.warmup);
      for (int round = 1; round <= options.rounds; round++) {
        progress("round " + round);
        double most = limit(bench, limit, pace, options.seconds);
        rounds.add(new Series.Round(runtime(node, options.seconds), most));
      }
    }
    showRate(new Series("broker: messages run by one of " + READERS, "a second", rounds));
  }

  private static double limit(Bench bench, ServerProcess limit, LoadPlan.Closed pace, int seconds)
      throws Exception {
    return bench.load(limit, pace, SIZE, Duration.ofSeconds(seconds)).acceptedPerSecond();
  }

  private static double runtime(BusNode node, int seconds) throws Exception {
    return node.measure(seconds, 1, i -> node.runtime().messages().publish("bench.job", CONTENT));
  }
}
