package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decide;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.only;
import static dev.agentruntime.process.ApprovalWorld.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.agentruntime.core.Json;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

/** Requests of which who decides is not shown all. */
class ApprovalMaskTest {

  private static final String SHOWN = "{\"pin\":\"[masked]\",\"to\":\"bob\"}";

  private static HandProcess masked(String keys) {
    HandProcess hand =
        HandProcess.running(config("{\"approval\":{\"tools\":[\"charge\"]" + keys + "}}"));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.want("charge", "{\"pin\":\"4711\",\"to\":\"bob\"}");
    assertEquals(Json.parse(SHOWN), only(hand).request().arguments());
    return hand;
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
