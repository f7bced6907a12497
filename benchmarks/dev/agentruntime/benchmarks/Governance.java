package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What governance costs a run: a process that nothing governs in turn with others of which each is
 * governed in one way, and with a second one that nothing governs, for the noise; all on one node.
 */
@Command(
    name = "governance",
    mixinStandardHelpOptions = true,
    description = "Runs a second, and CPU time of a run, under governance of one kind,"
        + " against runs under none.")
public final class Governance extends Scenario {

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
      %s\
      """;

  @Option(
      names = "--kinds",
      split = ",",
      paramLabel = "KIND",
      description = "Which kinds, of ${COMPLETION-CANDIDATES} (default: all).")
  private List<Kind> kinds = List.of(Kind.values());

  /** What is turned on: one kind at a time, {@code OFF} for the noise. */
  private enum Kind {
    OFF(""),
    /** As the manual shows it. */
    BUDGET("""
        budget:
          max_tool_calls_per_run: 1000000
          max_llm_turns_per_run: 1000000
          max_irreversible_per_run: 1000000
          max_runs_per_day: 1000000000
          max_tokens_per_day: 1000000000
          max_money_per_day: 1000000000
        """),
    EVERY_LIMIT("""
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
        """),
    HEALTH("""
        health:
          empty_max_chars: 1
        """),
    MISSION("""
        mission:
          objective: Go on.
          eval_every: 0
          success_check: done == true
        """),
    SECRETS("""
        secrets:
          secrets:
            KEY: file:key
        """);

    private final String section;

    Kind(String section) {
      this.section = section;
    }

    private String title() {
      return "governance, " + name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": ";
    }
  }

  /** Of each agent in one round. */
  private static final int SLICES = 4;

  /** What some runs cost: s from the first to the last, and CPU ms of all threads. */
  private record Cost(long runs, double seconds, long cpuMillis) {
    static final Cost NONE = new Cost(0, 0, 0);

    Cost plus(Cost more) {
      return new Cost(runs + more.runs, seconds + more.seconds, cpuMillis + more.cpuMillis);
    }

    double perSecond() {
      return runs / seconds;
    }

    double cpuOfOne() {
      return (double) cpuMillis / runs;
    }
  }

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Governance(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    Path home = Files.createDirectories(bench.directory().resolve("governance"));
    Files.writeString(
        Files.createDirectories(home.resolve("agents")).resolve("key"), "sesame-open-now\n");
    List<String> manifests = new ArrayList<>();
    for (Kind kind : kinds) {
      manifests.add(MANIFEST.formatted(kinds.indexOf(kind), kind.section));
    }
    int free = kinds.size();
    manifests.add(MANIFEST.formatted(free, ""));
    Map<Kind, List<Series.Round>> rates = new EnumMap<>(Kind.class);
    Map<Kind, List<Series.Round>> cpu = new EnumMap<>(Kind.class);
    try (BusNode node = new BusNode(home, List.of(), manifests)) {
      progress("warm-up");
      for (int agent = 0; agent <= free; agent++) {
        Cost unused = runs(node, agent, Duration.ofSeconds(options.warmup));
      }
      for (int round = 1; round <= options.rounds; round++) {
        progress("round " + round);
        List<Cost> costs = round(node, free, new Random(round));
        for (Kind kind : kinds) {
          Cost on = costs.get(kinds.indexOf(kind));
          Cost off = costs.get(free);
          rates
              .computeIfAbsent(kind, none -> new ArrayList<>())
              .add(new Series.Round(on.perSecond(), off.perSecond()));
          cpu.computeIfAbsent(kind, none -> new ArrayList<>())
              .add(new Series.Round(on.cpuOfOne(), off.cpuOfOne()));
        }
      }
    }
    for (Kind kind : kinds) {
      showRate(new Series(
          kind.title() + "runs of an echo (limit: without governance)",
          "a second",
          rates.getOrDefault(kind, List.of())));
      show(new Series(kind.title() + "CPU of a run", "ms", cpu.getOrDefault(kind, List.of())));
    }
  }

  /**
   * All agents get the same, in an order that is drawn for each slice: what grows, wears off or is
   * left behind by one meets all alike.
   */
  private List<Cost> round(BusNode node, int last, Random random) throws Exception {
    List<Cost> costs = new ArrayList<>(Collections.nCopies(last + 1, Cost.NONE));
    List<Integer> order = new ArrayList<>();
    for (int agent = 0; agent <= last; agent++) {
      order.add(agent);
    }
    Duration slice = Duration.ofSeconds(options.seconds).dividedBy(SLICES);
    for (int each = 0; each < SLICES; each++) {
      Collections.shuffle(order, random);
      for (int agent : order) {
        costs.set(agent, costs.get(agent).plus(runs(node, agent, slice)));
      }
    }
    return costs;
  }

  private static Cost runs(BusNode node, int agent, Duration time) throws Exception {
    long before = node.settled();
    long cpu = ProcFs.cpuMillis(ProcessHandle.current());
    double rate =
        node.measure(time, 1, n -> node.agent(agent).trigger(Json.of("go"), Json.EMPTY, null));
    long runs = node.settled() - before;
    return new Cost(runs, runs / rate, ProcFs.cpuMillis(ProcessHandle.current()) - cpu);
  }
}
