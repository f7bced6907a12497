package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Parallel runs of a node that is killed again and again spend one budget: the world outside never
 * sees more of them than it allows, and nothing that was spent is ever forgotten.
 */
class BudgetSurvivesKillIT extends OnASite {

  private static final String BUDGET = "/api/v1/processes/" + ALONE + "/budget";
  private static final int PARALLEL = 4;
  private static final long EVENTS = 30;
  private static final long CALLS = 12;
  private static final long TOKENS_EACH = 150;
  private static final long TURNS = 10;

  private static final String ACTS = """
      rules:
        - when: {turn: 1}
          delay_ms: 2
          call: [{tool: ledger_irreversible, args: {n: "{{payload.n}}"}}]
        - say: "Booked {{payload.n}}."
      """;

  private static final String SPEAKS = """
      rules:
        - say: "Read {{payload.n}}."
          delay_ms: 2
          usage: {input: 100, output: 50}
      """;

  private void agent(String play, String limits) {
    site.write("play.yaml", play);
    // Its day does not end while the test runs, whenever that is.
    int hour = (OffsetDateTime.now(ZoneOffset.UTC).getHour() + 12) % 24;
    site.write(
        ALONE + ".agent",
        Site.manifest(ALONE, PARALLEL, "Keep the books.") + "budget: {" + limits
            + ", daily_reset_hour_utc: " + hour + "}\n");
  }

  private void offerAll(NodeApi node) {
    if (sent.isEmpty()) {
      LongStream.rangeClosed(1, EVENTS).forEach(n -> event(n, "one"));
    }
    sent.forEach(event -> offer(node, event));
  }

  private static Json budget(NodeApi node) throws IOException {
    NodeApi.Answer answer = node.get(BUDGET);
    if (answer.status() != 200) {
      throw new IOException("not now: " + answer.body());
    }
    return Json.parse(answer.body());
  }

  private static long used(NodeApi node, String limit) throws IOException {
    return budget(node).object().get("used") instanceof Map<?, ?> used
            && used.get(limit) instanceof Number number
        ? number.longValue()
        : 0;
  }

  private static boolean isHeld(NodeApi node) throws IOException {
    Map<String, ?> status = node.status(ALONE);
    return "suspended".equals(status.get("state"))
        && List.of("budget").equals(status.get("suspended_by"));
  }

  /** Held, after a word on each call in doubt; a second attempt is charged too. */
  private boolean isSettled(NodeApi node) throws IOException {
    List<NodeApi.InDoubt> open = node.inDoubt(ALONE);
    for (NodeApi.InDoubt call : open) {
      boolean landed = ledger.effects().containsKey(call.key());
      NodeApi.Answer answer = node.resolve(ALONE, call, landed ? "landed" : "retry");
      assertTrue(answer.status() == 200 || answer.status() == 409, answer::body);
    }
    return open.isEmpty() && isHeld(node);
  }

  /** A life that ends at a failpoint, perhaps while it recovers, or when all is spent. */
  private void live(String failpoint) {
    try (RuntimeProcess node = site.start(failpoint)) {
      if (node.awaitReady()) {
        offerAll(node.api());
        await("an end or a pause", () -> !node.isAlive() || isSettled(node.api()));
        node.kill9();
      } else {
        assertTrue(node.awaitEnd(MOMENT), "neither up nor down");
        assertEquals(Jvm.KILLED, node.exitCode(), node::said);
      }
    }
  }

  @Test
  void callsOfTools() throws IOException {
    agent(ACTS, "max_tool_calls_per_day: " + CALLS);
    for (String failpoint : List.of(
        "dispatch.before:halt@2",
        "tool.before:halt@2",
        "tool.afterCall:halt@2",
        "journal.afterWrite:halt@20",
        "journal.beforeWrite:torn=700@12",
        "ack.before:halt@1")) {
      live(failpoint);
      assertTrue(ledger.arrivals("irreversible") <= CALLS, "more than the budget");
    }
    long before;
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      offerAll(api);
      await("a pause", () -> isSettled(api));
      before = used(api, "tool_calls_day");
      assertTrue(before <= CALLS, () -> "used " + before);
      assertTrue(before >= ledger.arrivals("irreversible"), () -> "forgot some of " + before);
      node.kill9();
    }
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      assertTrue(isHeld(api), "a restart is no way out");
      assertEquals(before, used(api, "tool_calls_day"));
      NodeApi.Answer granted = api.post(BUDGET + "/grant", "{\"tool_calls\":" + EVENTS + "}");
      assertEquals(200, granted.status(), granted::body);
      awaitIdle(api);
      assertEquals(0, Answers.number(api.status(ALONE), "queue_size"));
      node.stop();
    }
    Books books = audit(PARALLEL);
    assertEquals(EVENTS, books.count(ALONE, "trigger_event"));
    assertEquals(EVENTS, books.count(ALONE, "invocation_result"));
    assertTrue(
        ledger.arrivals("irreversible") <= books.count(ALONE, "tool_call"), "a call not announced");
  }

  /** A model is charged before it is asked: killed at any place, the day knows of each question. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llm.before:halt@3",
        "llm.afterAnswer:halt@3",
        "journal.afterSync:halt@9",
        "journal.beforeWrite:halt@9"
      })
  void callsOfModels(String failpoint) throws IOException {
    agent(SPEAKS, "max_tokens_per_day: " + TURNS * TOKENS_EACH);
    for (int life = 0; life < 2; life++) {
      live(failpoint);
    }
    long used;
    try (RuntimeProcess node = site.startReady("")) {
      offerAll(node.api());
      await("a pause", () -> isHeld(node.api()));
      used = used(node.api(), "tokens_day");
      node.kill9();
    }
    List<JournalEntry> entries =
        Books.readCopy(site.journal(), directory.resolve("copy")).of(ALONE);
    long asked = entries.stream()
        .filter(entry -> entry.data() instanceof BudgetEntry.ModelCall)
        .count();
    long answered = entries.stream()
        .map(JournalEntry::data)
        .filter(EntryData.ModelReply.class::isInstance)
        .count();
    assertEquals(asked * TOKENS_EACH, used, "each question was charged once, and kept");
    assertTrue(answered <= asked, () -> answered + " replies to " + asked + " questions");
    assertTrue(used <= TURNS * TOKENS_EACH, "more than the budget");
    try (RuntimeProcess node = site.startReady("")) {
      assertTrue(isHeld(node.api()), "a restart is no way out");
      assertEquals(used, used(node.api(), "tokens_day"));
      NodeApi.Answer granted =
          node.api().post(BUDGET + "/grant", "{\"tokens\":" + 2 * EVENTS * TOKENS_EACH + "}");
      assertEquals(200, granted.status(), granted::body);
      awaitIdle(node.api());
      assertEquals(
          EVENTS,
          Books.readCopy(site.journal(), directory.resolve("last"))
              .count(ALONE, "invocation_result"));
      node.stop();
    }
  }
}
