package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.PAY;
import static dev.agentruntime.process.ApprovalWorld.approvals;
import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.no;
import static dev.agentruntime.process.ApprovalWorld.waiting;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a call that nobody has decided on in time, also over clocks that are changed. */
class ApprovalExpiryTest {

  private static String keys(String onTimeout) {
    return "{\"approval\":{\"tools\":[\"*\"],\"tainted\":false,\"max_retries_after_deny\":1,"
        + "\"timeout\":10,\"on_timeout\":\"" + onTimeout + "\"}}";
  }

  private static HandProcess expired(String onTimeout, boolean trusted, String tool) {
    HandProcess hand = HandProcess.running(config(keys(onTimeout)));
    TriggerEvent event = hand.event("pay", null);
    Future<Accepted> taken = hand.kernel().offer(trusted ? event.vouched() : event);
    hand.flush();
    assertFalse(taken.failed());
    for (int i = 0; i < 5; i++) {
      hand.want(tool, PAY);
      hand.pass(Duration.ofSeconds(11));
      hand.flush();
      hand.called.forEach(call -> call.promise().tryComplete(Tool.Reply.ok("done")));
      hand.flush();
    }
    return hand;
  }

  @ParameterizedTest
  @ValueSource(strings = {"deny", "allow"})
  void aCallThatIsDeniedBecauseNobodyDecidedCountsAsDenied(String onTimeout) {
    HandProcess hand = expired(onTimeout, true, "charge");
    assertEquals(2, hand.entries(ApprovalRequest.class).size(), "nobody is asked a third time");
    assertEquals(List.of(), hand.called);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deny", "allow"})
  void soDoesOneOfARunThatIsTainted(String onTimeout) {
    HandProcess hand = expired(onTimeout, false, "put");
    assertEquals(2, hand.entries(ApprovalRequest.class).size());
    assertEquals(List.of(), hand.called);
  }

  @Test
  void aClockThatIsSetBackKeepsARequestNoLonger() {
    HandProcess hand = waiting("{\"approval\":{\"tools\":[\"charge\"],\"timeout\":60}}");
    hand.timers.jump(Duration.ofDays(-1));
    hand.pass(Duration.ofSeconds(59));
    hand.flush();
    assertEquals(1, approvals(hand).waiting().size());
    hand.pass(Duration.ofSeconds(1));
    hand.flush();
    assertEquals(List.of(), approvals(hand).waiting());
  }

  @Test
  void norDoesOneThatWasSetBackWhileTheNodeWasAway() {
    HandProcess hand = waiting("{\"approval\":{\"tools\":[\"charge\"],\"timeout\":600}}");
    hand.reboot(true);
    hand.timers.jump(Duration.ofDays(-1));
    assertFalse(hand.kernel().recover(true, null).failed());
    hand.flush();
    assertEquals(1, approvals(hand).waiting().size());
    hand.pass(Duration.ofMinutes(10));
    hand.flush();
    assertEquals(List.of(), approvals(hand).waiting());
  }

  @Test
  void denialsOfAClockThatWasAheadCountForNothing() {
    HandProcess hand = HandProcess.running(
        config("{\"approval\":{\"tools\":[\"charge\"],\"max_retries_after_deny\":0}}"));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.timers.jump(Duration.ofDays(2));
    hand.want("charge", PAY);
    decided(hand, no(hand));
    hand.timers.jump(Duration.ofDays(-2));
    hand.want("charge", PAY);
    assertEquals(1, approvals(hand).waiting().size());
    decided(hand, no(hand));
    hand.want("charge", PAY);
    assertEquals(2, hand.entries(ApprovalRequest.class).size());
  }

  @Test
  void oneThatGoesDoesNot() {
    HandProcess hand = expired("allow", true, "put");
    assertEquals(1, hand.called.size(), "its answer taints the run, so the next ones are denied");
    assertEquals(3, hand.entries(ApprovalRequest.class).size());
  }
}
