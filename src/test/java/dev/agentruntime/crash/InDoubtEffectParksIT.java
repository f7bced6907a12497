package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.EntryData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Killed between a call and its result: a tool that honours its key is called again and acts once;
 * for any other the run waits until somebody says what happened.
 */
class InDoubtEffectParksIT extends OnASite {

  /**
   * The run is killed at its irreversible call.
   *
   * @param arrivals of that call at the ledger, at the end
   * @param word what the operator says of it
   */
  @ParameterizedTest
  @CsvSource(textBlock = """
      # failpoint,            arrivals, word
      tool.before:halt@2,     0,        did_not_happen
      tool.before:halt@2,     1,        retry
      tool.afterCall:halt@2,  1,        landed
      """)
  void oneRun(String failpoint, long arrivals, String word) throws IOException {
    try (RuntimeProcess node = site.startReady(failpoint)) {
      offer(node.api(), event(1, "both"));
      assertTrue(node.awaitEnd(MOMENT), "not reached: " + failpoint);
    }
    // Nobody says anything for two lives: it waits.
    for (int life = 0; life < 2; life++) {
      try (RuntimeProcess node = site.startReady("")) {
        awaitInDoubt(node.api());
        node.kill9();
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      NodeApi.InDoubt call = awaitInDoubt(node.api());
      assertEquals("awaiting", node.api().status(ALONE).get("state"));
      assertEquals(LedgerTools.IRREVERSIBLE, call.tool());
      assertEquals(200, node.api().resolve(ALONE, call, word).status());
      awaitIdle(node.api());
      node.stop();
    }
    Books books = audit();
    assertEquals(1, ledger.arrivals("idempotent"));
    assertEquals(arrivals, ledger.arrivals("irreversible"));
    assertEquals(1, books.count(ALONE, "effect_resolved"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
    assertEquals(4, books.count(ALONE, "model_reply"), "a journaled turn was asked for again");
  }

  private static final int RUNS = 209;

  /** So many processes share them, each with room for all of its own at once. */
  private static final int SHARES = 3;

  private static final String ONE_CALL = """
      rules:
        - when: {turn: 1}
          call: [{tool: %s, args: {n: "{{payload.n}}"}}]
        - say: "Booked."
      """;

  private List<String> declare(Map<String, String> tools) {
    List<String> processes = new ArrayList<>();
    tools.forEach((kind, tool) -> {
      site.write(kind + ".yaml", ONE_CALL.formatted(tool));
      for (int share = 1; share <= SHARES; share++) {
        String name = kind + "-" + share;
        processes.add(name);
        site.write(
            name + ".agent",
            Site.manifest(name, 80, "Book it.")
                .replace("play.yaml", kind + ".yaml")
                .replace("trigger_inbox_max: 60", "trigger_inbox_max: 100"));
      }
    });
    return processes;
  }

  /** Every one of many runs is killed after its effect and before its result. */
  @Test
  void manyRuns() throws IOException {
    Map<String, String> tools =
        new TreeMap<>(Map.of("keyed", LedgerTools.IDEMPOTENT, "unkeyed", LedgerTools.IRREVERSIBLE));
    List<String> processes = declare(tools);
    try (RuntimeProcess node = site.startReady("")) {
      ledger.silent(true);
      for (int n = 0; n < RUNS; n++) {
        for (String kind : tools.keySet()) {
          String name = kind + "-" + (n % SHARES + 1);
          NodeApi.Answer answer =
              node.api().deliver(name, name + "-" + n, "{\"n\":" + n + "}").join();
          assertEquals(202, answer.status(), answer::body);
        }
      }
      await("all effects, no answers", () -> ledger.effects().size() == 2 * RUNS);
      node.kill9();
    }
    ledger.silent(false);
    List<NodeApi.InDoubt> parked = new ArrayList<>();
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      for (String name : processes) {
        if (name.startsWith("keyed")) {
          await(name + " has nothing left to do", () -> api.isIdle(name));
        } else {
          await(name + " awaits", () -> "awaiting".equals(api.status(name).get("state")));
          parked.addAll(api.inDoubt(name));
        }
      }
      assertEquals(RUNS, parked.size());
      assertEquals(2L * RUNS, ledger.arrivals("idempotent"), "each was called again, once");
      assertEquals(RUNS, ledger.arrivals("irreversible"), "none was called again");
      for (String name : processes) {
        for (NodeApi.InDoubt call : api.inDoubt(name)) {
          assertEquals(200, api.resolve(name, call, "landed").status());
        }
        await(name + " has nothing left to do", () -> api.isIdle(name));
      }
      node.stop();
    }
    long duplicates = ledger.effects().values().stream()
        .filter(effect -> effect.effects() != 1)
        .count();
    System.out.println("crash: " + RUNS + " runs killed after the effect and before its result: "
        + duplicates + " duplicates with a tool that honours its key, " + parked.size()
        + " parked without");
    assertEquals(0, duplicates);
    assertEquals(2 * RUNS, ledger.effects().size());
    everyRunCompleted(processes);
  }

  private void everyRunCompleted(List<String> processes) {
    Books books = Books.read(site.journal());
    for (String name : processes) {
      assertTrue(
          books.of(name).stream()
              .filter(entry -> entry.data() instanceof EntryData.InvocationResult)
              .allMatch(entry -> ((EntryData.InvocationResult) entry.data()).outcome()
                  == EntryData.Outcome.COMPLETED),
          name);
    }
    assertEquals(
        2L * RUNS,
        processes.stream()
            .mapToLong(name -> books.count(name, "invocation_result"))
            .sum());
  }
}
