package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decide;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.only;
import static dev.agentruntime.process.ApprovalWorld.refused;
import static dev.agentruntime.process.ApprovalWorld.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.PeopleEntry.Escalation;
import dev.agentruntime.guard.CanonicalJson;
import dev.agentruntime.oversight.ApprovalWord;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Requests of which who decides is not shown all. */
class ApprovalMaskTest {

  private static final String SHOWN = "{\"pin\":\"[masked]\",\"to\":\"bob\"}";
  private static final Json CALL = Json.parse("{\"pin\":\"4711\",\"to\":\"bob\"}");

  private static HandProcess masked(String keys) {
    HandProcess hand =
        HandProcess.running(config("{\"approval\":{\"tools\":[\"charge\"]" + keys + "}}"));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.want("charge", CALL.toString());
    assertEquals(Json.parse(SHOWN), only(hand).request().arguments());
    return hand;
  }

  private static ApprovalWord seen(HandProcess hand, String digest) {
    return new ApprovalWord(
        only(hand).request().id(), true, null, "because", "alice", digest, null);
  }

  private static Map<String, @Nullable Object> view(HandProcess hand) {
    String id = only(hand).request().id();
    return hand.answer(hand.kernel().oversee(all -> all.approvals().show(id)));
  }

  @Test
  void whatIsMaskedCannotBeFoundByTrying() {
    HandProcess hand =
        masked(",\"escalation\":{\"webhook_url\":\"https://desk.example.com/asked\"}");
    Json notice = hand.entries(Escalation.class).get(0).payload();
    assertEquals(notice.object().get("arguments_digest"), view(hand).get("arguments_digest"));
    String digest = CanonicalJson.digest(CALL);
    assertFalse(notice.toString().contains(digest), notice::toString);
    assertFalse(view(hand).containsValue(digest));
    assertEquals(digest, only(hand).request().digests().arguments(), "the call is bound to it");
  }

  @Test
  void aWordSaysWhatItSawOfThisRequest() {
    HandProcess hand = masked("");
    assertEquals("APPROVAL_STALE", refused(hand, seen(hand, CanonicalJson.digest(CALL))));
    String shown = CanonicalJson.digest(Json.parse(SHOWN));
    assertEquals("APPROVAL_STALE", refused(hand, seen(hand, shown)));
    decided(hand, seen(hand, String.valueOf(view(hand).get("arguments_digest"))));
    assertEquals(CALL, hand.called.get(0).call().arguments());
  }

  @Test
  void theSameWordHasTheSameAnswerWhenTheRunIsOver() {
    HandProcess hand = masked("");
    String id = only(hand).request().id();
    decided(hand, word(id, true, SHOWN));
    hand.called.remove(0).promise().complete(Tool.Reply.ok("paid"));
    hand.flush();
    Json known = decide(hand, word(id, true, SHOWN)).result();
    hand.say("done");
    Future<Json> again = decide(hand, word(id, true, SHOWN));
    assertFalse(again.failed(), () -> "" + again.cause());
    assertEquals(known, again.result());
  }
}
