package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.JournalEntry;
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
   * @param idempotent arrivals of the first at the ledger
   * @param irreversible arrivals of the second
   * @param word what the operator says of a call in doubt, none = there is none
   * @param attempts how often the run was begun
   */
  @ParameterizedTest
  @CsvSource(textBlock = """
      # failpoint,             idempotent, irreversible, word,           attempts
      dispatch.before:halt@1,  1,          1,            none,           1
      llm.before:halt@2,       1,          1,            none,           2
      llm.afterAnswer:halt@2,  1,          1,            none,           2
      tool.before:halt@1,      1,          1,            none,           2
      tool.afterCall:halt@1,   2,          1,            none,           2
      tool.before:halt@2,      1,          0,            did_not_happen, 2
      tool.before:halt@2,      1,          1,            retry,          2
      tool.afterCall:halt@2,   1,          1,            landed,         2
      ack.before:halt@1,       1,          1,            none,           1
      """)
  void oneRun(String failpoint, long idempotent, long irreversible, String word, int attempts)
      throws IOException {
    try (RuntimeProcess node = site.startReady(failpoint)) {
      offer(node.api(), event(1, "both"));
      assertTrue(node.awaitEnd(MOMENT), "not reached: " + failpoint);
    }
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      if (!word.equals("none")) {
        NodeApi.InDoubt call = awaitInDoubt(node.api());
        assertEquals("awaiting", node.api().status(ALONE).get("state"));
        assertEquals(LedgerTools.IRREVERSIBLE, call.tool());
        assertEquals(200, node.api().resolve(ALONE, call, word).status());
      }
      awaitIdle(node.api());
      node.stop();
    }
    Books books = audit();
    assertEquals(idempotent, arrivals("idempotent"));
    assertEquals(irreversible, arrivals("irreversible"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
    assertEquals(attempts, books.count(ALONE, "invocation_start"));
    assertEquals(4, books.count(ALONE, "model_reply"), "a journaled turn was asked for again");
  }

  private long arrivals(String mode) {
    return ledger.effects().values().stream()
        .filter(effect -> effect.mode().equals(mode))
        .mapToLong(Ledger.Effect::arrivals)
        .sum();
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
