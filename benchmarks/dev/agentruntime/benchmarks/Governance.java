package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    BUDGET("""
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
      return "governance, " + name().toLowerCase(Locale.ROOT) + ": ";
    }
  }

  /** What some runs cost: how many a second, and CPU ms of all threads for each. */
  private record Cost(double perSecond, double cpuMillis) {}

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
        Cost unused = runs(node, agent, options.warmup);
      }
      for (int round = 1; round <= options.rounds; round++) {
        progress("round " + round);
        for (Kind kind : kinds) {
          // Who comes first has the emptier page cache: each in its turn.
          boolean first = round % 2 == 0;
          int governed = kinds.indexOf(kind);
          Cost early = runs(node, first ? governed : free, options.seconds);
          Cost late = runs(node, first ? free : governed, options.seconds);
          Cost on = first ? early : late;
          Cost off = first ? late : early;
          rates
              .computeIfAbsent(kind, none -> new ArrayList<>())
              .add(new Series.Round(on.perSecond(), off.perSecond()));
          cpu.computeIfAbsent(kind, none -> new ArrayList<>())
              .add(new Series.Round(on.cpuMillis(), off.cpuMillis()));
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

  private static Cost runs(BusNode node, int agent, int seconds) throws Exception {
    long before = node.settled();
    long cpu = ProcFs.cpuMillis(ProcessHandle.current());
    double rate =
        node.measure(seconds, 1, n -> node.agent(agent).trigger(Json.of("go"), Json.EMPTY, null));
    return new Cost(
        rate,
        (double) (ProcFs.cpuMillis(ProcessHandle.current()) - cpu) / (node.settled() - before));
  }
}
