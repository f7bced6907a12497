package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Killed at one certain place of one run: what the world sees of it, and what is in doubt. */
class DoneEffectNotRepeatedIT extends OnASite {

  /**
   * The run books a number idempotently (call 2) and then irreversibly (call 3).
   *
   * @param arrivals of the first at the ledger
   * @param attempts how often the run was begun
   */
  @ParameterizedTest
  @CsvSource(textBlock = """
      # failpoint,             arrivals, attempts
      dispatch.before:halt@1,  1,        1
      llm.before:halt@2,       1,        2
      llm.afterAnswer:halt@2,  1,        2
      tool.before:halt@1,      1,        2
      tool.afterCall:halt@1,   2,        2
      ack.before:halt@1,       1,        1
      """)
  void oneRun(String failpoint, long arrivals, int attempts) throws IOException {
    try (RuntimeProcess node = site.startReady(failpoint)) {
      offer(node.api(), event(1, "both"));
      assertTrue(node.awaitEnd(MOMENT), "not reached: " + failpoint);
    }
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      awaitIdle(node.api());
      node.stop();
    }
    Books books = audit();
    assertEquals(arrivals, ledger.arrivals("idempotent"));
    assertEquals(1, ledger.arrivals("irreversible"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
    assertEquals(attempts, books.count(ALONE, "invocation_start"));
    assertEquals(4, books.count(ALONE, "model_reply"), "a journaled turn was asked for again");
  }

  /** Halted after the sync of each group of a run in turn: what was synced is not done again. */
  @Test
  void everyGroupOfARun() {
    try (RuntimeProcess node = site.startReady("")) {
      node.stop();
    }
    int halts = 0;
    // The first group of a start says that the node is back.
    for (int group = 2; group <= 9; group++) {
      try (RuntimeProcess node = site.startReady("journal.afterSync:halt@" + group)) {
        offer(node.api(), event(group, "both"));
        await("an end or nothing to do", () -> !node.isAlive() || node.api().isIdle(ALONE));
        halts += node.isAlive() ? 0 : 1;
        node.kill9();
      }
      Map<String, Ledger.Effect> before = ledger.effects();
      Set<String> done = results(directory.resolve("copy-" + group));
      try (RuntimeProcess node = site.startReady("")) {
        NodeApi api = node.api();
        accept(api, sent.get(sent.size() - 1));
        await("nothing left to do", () -> {
          for (NodeApi.InDoubt call : api.inDoubt(ALONE)) {
            boolean landed = ledger.effects().containsKey(call.key());
            assertEquals(
                200, api.resolve(ALONE, call, landed ? "landed" : "retry").status());
          }
          return api.isIdle(ALONE);
        });
        node.stop();
      }
      Map<String, Ledger.Effect> after = ledger.effects();
      done.forEach(key -> assertEquals(before.get(key), after.get(key)));
    }
    audit();
    assertTrue(halts >= 5, "groups that were reached: " + halts);
  }

  /** Keys of the outside calls whose results the killed node had journaled. */
  private Set<String> results(Path copy) {
    Set<String> keys = new HashSet<>();
    for (JournalEntry entry : Books.readCopy(site.journal(), copy).of(ALONE)) {
      if (entry.data() instanceof EntryData.ToolResult result
          && result.tool().startsWith("ledger_")) {
        keys.add(result.invocation().effectKey(result.ordinal()));
      }
    }
    return keys;
  }
}
