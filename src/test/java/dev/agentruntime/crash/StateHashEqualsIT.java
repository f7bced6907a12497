package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.audit.OfflineImage;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.disk.RealDisk;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The state after a kill is the state before it, to the last byte, and a replay on the running node
 * says so; going back and forking change neither that nor anything outside.
 */
class StateHashEqualsIT extends OnASite {

  private static final String PATH = "/api/v1/processes/" + ALONE;

  private static void assertReplaysEqual(NodeApi api) throws IOException {
    NodeApi.Answer answer = api.post(PATH + "/replay", null);
    assertEquals(200, answer.status(), answer::body);
    Map<String, ?> said = answer.object();
    assertEquals(true, said.get("equal"), answer::body);
    assertEquals(
        api.image(ALONE), Answers.number(said, "position") + " " + Answers.text(said, "digest"));
  }

  @Test
  void beforeAndAfterAKillTheDigestIsTheSame() throws IOException {
    String before;
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      accept(api, event(1, "one"));
      awaitIdle(api);
      long then = Answers.number(api.status(ALONE), "position");
      for (int n = 2; n <= 6; n++) {
        accept(api, event(n, n % 2 == 0 ? "both" : "one"));
      }
      awaitIdle(api);
      assertReplaysEqual(api);
      NodeApi.Answer rewound = api.post(PATH + "/rewind", "{\"to\":" + then + ",\"apply\":true}");
      assertEquals(200, rewound.status(), rewound::body);
      assertEquals("{slot-1=1}", api.context(ALONE).toString());
      assertReplaysEqual(api);
      before = api.image(ALONE);
      node.kill9();
    }
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      assertEquals(before, api.image(ALONE));
      assertEquals("{slot-1=1}", api.context(ALONE).toString());
      assertReplaysEqual(api);
      forkBooksNothing(api);
      assertEquals(before, api.image(ALONE));
      accept(api, event(7, "both"));
      awaitIdle(api);
      assertReplaysEqual(api);
      node.stop();
    }
    assertEquals(7 + 4, ledger.effects().size(), "effects are neither undone nor repeated");
  }

  /** A fork that would book other numbers, on the real node: the ledger hears of none. */
  private void forkBooksNothing(NodeApi api) throws IOException {
    Map<String, Ledger.Effect> booked = ledger.effects();
    Json play = Json.parse("{\"rules\":[{\"when\":{\"turn\":1},\"call\":["
        + "{\"tool\":\"ledger_idempotent\",\"args\":{\"n\":1}},"
        + "{\"tool\":\"ledger_irreversible\",\"args\":{\"n\":1000}}]},{\"say\":\"ha\"}]}");
    NodeApi.Answer begun =
        api.post(PATH + "/forks", "{\"at\":1,\"model\":\"script:other\",\"play\":" + play + "}");
    assertEquals(202, begun.status(), begun::body);
    await(
        "the end of the fork",
        () -> !api.get(PATH + "/forks/alone~1").body().contains("\"running\""));
    String ended = api.get(PATH + "/forks/alone~1").body();
    assertTrue(ended.contains("\"state\":\"completed\""), ended);
    assertTrue(ended.contains("\"fork\":\"recorded\""), ended);
    assertTrue(ended.contains("\"fork\":\"dry_run\""), ended);
    assertEquals(booked, ledger.effects());
  }

  @Test
  void aRunInDoubtIsTheSameToo() throws IOException {
    try (RuntimeProcess node = site.startReady("tool.afterCall:halt@2")) {
      offer(node.api(), event(1, "both"));
      assertEquals(true, node.awaitEnd(MOMENT), "the failpoint was not reached");
    }
    long position;
    String digest;
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      assertEquals(LedgerTools.IRREVERSIBLE, awaitInDoubt(node.api()).tool());
      await("the wait", () -> "awaiting".equals(node.api().status(ALONE).get("state")));
      assertReplaysEqual(node.api());
      position = Answers.number(node.api().status(ALONE), "position");
      digest = Answers.text(node.api().status(ALONE), "digest");
      assertEquals(
          409, node.api().post(PATH + "/rewind", "{\"to\":1,\"apply\":true}").status());
      node.kill9();
    }
    try (RuntimeProcess node = site.startReady("")) {
      await("the wait", () -> "awaiting".equals(node.api().status(ALONE).get("state")));
      assertNotEquals(position, Answers.number(node.api().status(ALONE), "position"));
      assertReplaysEqual(node.api());
      node.stop();
    }
    OfflineImage then =
        OfflineImage.fold(new RealDisk(), site.journal(), new ProcessName(ALONE), position);
    assertEquals(digest, then.digest());
  }
}
