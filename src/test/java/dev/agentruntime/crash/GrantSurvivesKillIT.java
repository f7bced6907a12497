package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An agent gives a part of its budget to another process with every run, on a node that is killed
 * again and again: each part is gone here once and arrives there once.
 */
class GrantSurvivesKillIT extends OnASite {

  private static final String CHILD = "child";
  private static final long EVENTS = 12;
  private static final long EACH = 2;
  private static final long CHILD_OWN = 1;

  private static final String GIVES = """
      rules:
        - when: {turn: 1}
          call: [{tool: grant_budget, args: {process: child, tool_calls: 2}}]
        - say: "Given."
      """;

  @BeforeEach
  void agents() {
    site.write("play.yaml", GIVES);
    // Their day does not end while the test runs, whenever that is.
    int hour = (OffsetDateTime.now(ZoneOffset.UTC).getHour() + 12) % 24;
    site.write(
        ALONE + ".agent",
        Site.manifest(ALONE, 2, "Give.") + "budget: {max_tool_calls_per_day: 1000,"
            + " grant_to: [child], daily_reset_hour_utc: " + hour + "}\n");
    site.write(
        CHILD + ".agent",
        Site.manifest(CHILD, 1, "Take.") + "budget: {max_tool_calls_per_day: " + CHILD_OWN
            + ", daily_reset_hour_utc: " + hour + "}\n");
  }

  private void offerAll(NodeApi node) {
    if (sent.isEmpty()) {
      LongStream.rangeClosed(1, EVENTS).forEach(n -> event(n, "one"));
    }
    sent.forEach(event -> offer(node, event));
  }

  private static long amount(NodeApi node, String process, String part) throws IOException {
    NodeApi.Answer answer = node.get("/api/v1/processes/" + process + "/budget");
    if (answer.status() != 200) {
      throw new IOException("not now: " + answer.body());
    }
    return Json.parse(answer.body()).object().get(part) instanceof Map<?, ?> amounts
            && amounts.get("tool_calls_day") instanceof Number number
        ? number.longValue()
        : 0;
  }

  private static boolean isDone(NodeApi node) throws IOException {
    return node.isIdle(ALONE) && amount(node, CHILD, "granted") >= EVENTS * EACH;
  }

  private void live(String failpoint) {
    try (RuntimeProcess node = site.start(failpoint)) {
      if (node.awaitReady()) {
        offerAll(node.api());
        await("an end, or all given", () -> !node.isAlive() || isDone(node.api()));
        node.kill9();
      } else {
        assertTrue(node.awaitEnd(MOMENT), "neither up nor down");
        assertEquals(Jvm.KILLED, node.exitCode(), node::said);
      }
    }
  }

  @Test
  void nothingIsLostAndNothingDoubled() throws IOException {
    for (String failpoint : List.of(
        "deliver.afterAck:halt@1",
        "journal.afterWrite:halt@25",
        "deliver.afterAck:halt@3",
        "journal.beforeWrite:torn=700@12",
        "journal.afterSync:halt@20",
        "dispatch.before:halt@3",
        "ack.before:halt@1")) {
      live(failpoint);
    }
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      offerAll(api);
      await("all given", () -> isDone(api));
      assertEquals(EVENTS * EACH, amount(api, CHILD, "granted"));
      assertEquals(CHILD_OWN + EVENTS * EACH, amount(api, CHILD, "remaining"));
      assertEquals(EVENTS * (EACH + 1), amount(api, ALONE, "used"), "with the calls themselves");
      node.stop();
    }
    Books books = Books.read(site.journal());
    assertEquals(EVENTS, books.count(CHILD, "budget_grant"), "decided once each");
    assertEquals(0, books.count(ALONE, "budget_grant"), "nothing came back");
  }
}
