package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * F46: a node is killed while a call waits for a person, and after the person has spoken. The call
 * is made at most once, never without a word, and only for what the word was about.
 */
class ApprovalSurvivesIT extends OnASite {

  private static final String APPROVALS = "/api/v1/processes/" + ALONE + "/approvals";

  @BeforeEach
  void ask() {
    manifest(3_600);
  }

  private void manifest(int timeout) {
    site.write(
        ALONE + ".agent",
        Site.manifest(ALONE, 1, "Keep the books.")
            + "approval: {tools: [ledger_irreversible], tainted: false, timeout: " + timeout
            + "}\n");
  }

  private static List<Map<String, Object>> waiting(NodeApi node) throws IOException {
    return Answers.objects(Json.parse(ok(node.get(APPROVALS))).object(), "approvals");
  }

  private static String ok(NodeApi.Answer answer) throws IOException {
    if (answer.status() == 503) {
      throw new IOException("not now: " + answer.body());
    }
    assertEquals(200, answer.status(), answer::body);
    return answer.body();
  }

  private static Map<String, Object> awaitAsked(NodeApi node) throws IOException {
    await("a call that waits", () -> waiting(node).size() == 1);
    return waiting(node).get(0);
  }

  private static NodeApi.Answer say(NodeApi node, String id, String word, Object... more)
      throws IOException {
    Map<String, Object> body = new LinkedHashMap<>(Map.of("decision", word));
    for (int i = 0; i < more.length; i += 2) {
      body.put((String) more[i], more[i + 1]);
    }
    return node.post(APPROVALS + "/" + id, Json.of(body).toString());
  }

  private static void refuses(NodeApi.Answer answer, String code) {
    assertEquals(409, answer.status(), answer::body);
    assertEquals(code, answer.object().get("code"), answer::body);
  }

  private void done(long irreversible) {
    assertEquals(irreversible, ledger.arrivals("irreversible"));
    Books books = audit();
    assertEquals(1, books.count(ALONE, "approval_request"));
    assertEquals(1, books.count(ALONE, "approval_decision"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
  }

  @ParameterizedTest
  @CsvSource({"approve, 1", "deny, 0"})
  void killedWhileItWaits(String word, long acts) throws IOException {
    String id;
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), event(1, "both"));
      id = Answers.text(awaitAsked(node.api()), "id");
      node.kill9();
    }
    // Nobody says anything for another life.
    try (RuntimeProcess node = site.startReady("")) {
      assertEquals(id, Answers.text(awaitAsked(node.api()), "id"));
      assertEquals("awaiting", node.api().status(ALONE).get("state"));
      node.kill9();
    }
    assertEquals(0, ledger.arrivals("irreversible"));
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      Map<String, Object> request = awaitAsked(api);
      assertEquals(id, Answers.text(request, "id"));
      refuses(say(api, id, word, "arguments_digest", "0".repeat(64)), "APPROVAL_STALE");
      refuses(say(api, id, word, "epoch", 0), "APPROVAL_STALE");
      assertEquals(404, say(api, id + ".9", word).status());
      String first = ok(say(
          api,
          id,
          word,
          "epoch",
          Answers.number(request, "epoch"),
          "arguments_digest",
          Answers.text(request, "arguments_digest")));
      assertEquals(first, ok(say(api, id, word)));
      awaitIdle(api);
      node.kill9();
    }
    // The word came twice, and comes once more after everything is over, and so does another.
    try (RuntimeProcess node = site.startReady("")) {
      String again = ok(say(node.api(), id, word));
      assertTrue(again.contains(word.equals("approve") ? "\"approved\"" : "\"denied\""), again);
      refuses(say(node.api(), id, word.equals("approve") ? "deny" : "approve"), "APPROVAL_DECIDED");
      awaitIdle(node.api());
      node.stop();
    }
    done(acts);
  }

  @Test
  void killedBetweenTheWordAndTheCall() throws IOException {
    String id;
    // The first call is the idempotent one.
    try (RuntimeProcess node = site.startReady("tool.before:halt@2")) {
      accept(node.api(), event(1, "both"));
      id = Answers.text(awaitAsked(node.api()), "id");
      try {
        ok(say(node.api(), id, "approve"));
      } catch (IOException gone) {
        // It ended before it could answer: whether the word was taken is looked up below.
      }
      assertTrue(node.awaitEnd(MOMENT), "the failpoint was not reached");
    }
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      NodeApi.InDoubt call = awaitInDoubt(api);
      assertEquals(LedgerTools.IRREVERSIBLE, call.tool());
      ok(say(api, id, "approve"));
      refuses(say(api, id, "deny"), "APPROVAL_DECIDED");
      assertEquals(0, ledger.arrivals("irreversible"));
      assertEquals(200, api.resolve(ALONE, call, "retry").status());
      awaitIdle(api);
      node.stop();
    }
    done(1);
  }

  @Test
  void itsTimeEndsAlsoWhileTheNodeIsDown() throws IOException {
    manifest(2);
    String id;
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), event(1, "both"));
      id = Answers.text(awaitAsked(node.api()), "id");
      node.kill9();
    }
    // A JVM may take less than two seconds to be back: then it waits for what is left of them.
    try (RuntimeProcess node = site.startReady("")) {
      awaitIdle(node.api());
      refuses(say(node.api(), id, "approve"), "APPROVAL_EXPIRED");
      node.stop();
    }
    done(0);
  }
}
