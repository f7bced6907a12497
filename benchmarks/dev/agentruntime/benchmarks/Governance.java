package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/**
 * What governance costs a run: a process that nothing governs, another one for the noise, and one
 * whose budget bounds all there is to bound, in turn on one node.
 */
@Command(
    name = "governance",
    mixinStandardHelpOptions = true,
    description = "Runs a second under a budget that bounds everything, against runs under none.")
public final class Governance extends Scenario {

  private static final int FREE = 0;
  private static final int FREE_TOO = 1;
  private static final int GOVERNED = 2;

  private static final String MANIFEST = """
      version: "1.0"
      name: agent-%d
      model: echo
      instructions: Act.
      context:
        conversation_max_messages: 2
      config:
        concurrency: 4
        trigger_inbox_max: 1000000
        trigger_inbox_bytes: 1073741824
      """;

  private static final String BUDGET = """
      budget:
        max_tool_calls_per_run: 1000000
        max_llm_turns_per_run: 1000000
        max_cost_per_run: 1000000
        max_irreversible_per_run: 1000000
        max_tokens_per_run: 1000000
        max_money_per_run: 1000000
        max_tool_calls_per_day: 1000000000
        max_runs_per_day: 1000000000
        max_cost_per_day: 1000000000
        max_tokens_per_day: 1000000000
        max_money_per_day: 1000000000
      """;

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Governance(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    Path home = Files.createDirectories(bench.directory().resolve("governance"));
    List<String> manifests = List.of(
        MANIFEST.formatted(FREE),
        MANIFEST.formatted(FREE_TOO),
        MANIFEST.formatted(GOVERNED) + BUDGET);
    List<Series.Round> noise = new ArrayList<>();
    List<Series.Round> governed = new ArrayList<>();
    try (BusNode node = new BusNode(home, List.of(), manifests)) {
      progress("warm-up");
      for (int agent = FREE; agent <= GOVERNED; agent++) {
        double unused = runs(node, agent, options.warmup);
      }
      for (int round = 1; round <= options.rounds; round++) {
        progress("round " + round);
        double free = runs(node, FREE, options.seconds);
        governed.add(new Series.Round(runs(node, GOVERNED, options.seconds), free));
        noise.add(new Series.Round(runs(node, FREE_TOO, options.seconds), free));
      }
    }
    showRate(new Series(
        "governance on: runs of an echo under a budget (limit: without governance)",
        "a second",
        governed));
    showRate(new Series(
        "governance off: runs of an echo (limit: of a like process)", "a second", noise));
  }

  private static double runs(BusNode node, int agent, int seconds) throws Exception {
    return node.measure(
        seconds, 1, n -> node.agent(agent).trigger(Json.of("go"), Json.EMPTY, null));
  }
}
