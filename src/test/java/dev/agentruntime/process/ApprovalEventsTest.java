package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.approvals;
import static dev.agentruntime.process.ApprovalWorld.only;
import static dev.agentruntime.process.ApprovalWorld.waiting;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerSink.Outcome;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Decisions that operators say as events on the bus, which brings again what was not taken. */
class ApprovalEventsTest {

  private static final String DECIDED =
      "{\"approval\":{\"tools\":[\"charge\"],\"decided_by\":[\"review\"]},\"triggers\":"
          + "[{\"type\":\"event\",\"id\":\"review\",\"event_type\":\"decided\"}]}";

  private static TriggerEvent said(HandProcess hand, String decision) {
    Map<String, Object> data = Map.of("id", only(hand).request().id(), "decision", decision);
    return new TriggerEvent(
        "e-said",
        "review",
        "event",
        hand.timers.now(),
        Json.of(Map.of("source", "ops", "event_type", "decided", "data", data)),
        Json.of(Map.of("voice", Emission.Voice.OPERATOR.word(), "hops", 1)),
        "item",
        true,
        Routing.NONE);
  }

  private static Future<Accepted> offered(HandProcess hand, TriggerEvent event) {
    Future<Accepted> taken = hand.kernel().offer(event);
    hand.flush();
    return taken;
  }

  @Test
  void aDecisionThatIsNotOnTheDiskIsNotTakenAndDecidesWhenItComesAgain() {
    HandProcess hand = waiting(DECIDED);
    TriggerEvent event = said(hand, "approve");
    hand.disk.failAt(0, 1_000);
    Future<Accepted> taken = offered(hand, event);
    assertTrue(taken.failed(), () -> "the bus never brings it again: " + taken.result());
    assertTrue(offered(hand, event).failed(), "nor is it taken while the journal is closed");
    hand.mend();
    hand.flush();
    assertEquals(1, approvals(hand).waiting().size());
    assertEquals(Outcome.ACCEPTED, offered(hand, event).result().outcome());
    assertEquals(List.of(), approvals(hand).waiting());
    assertEquals(1, hand.called.size());
  }

  @Test
  void aWordThatIsRefusedIsDoneWith() {
    HandProcess hand = waiting(DECIDED);
    assertEquals(Outcome.FILTERED, offered(hand, said(hand, "maybe")).result().outcome());
    assertEquals(1, approvals(hand).waiting().size());
  }
}
