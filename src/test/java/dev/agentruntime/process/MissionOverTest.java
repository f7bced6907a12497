package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.ProcessState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The time of a mission is over while a call of a tool waits. */
final class MissionOverTest {

  @Test
  void whatIsApprovedAfterTheTimeOfTheMissionIsNotCalled() {
    HandProcess hand =
        ApprovalWorld.waiting("{\"approval\":{\"tools\":[\"charge\"],\"timeout\":7200},"
            + "\"mission\":{\"objective\":\"Ship it.\",\"timeout_hours\":1}}");
    hand.pass(Duration.ofMinutes(61));
    Object unused = ApprovalWorld.decided(hand, ApprovalWorld.yes(hand));
    assertEquals(List.of(), hand.called, "the mission is over");
    assertEquals(List.of("timeout 0 failed"), MissionWatchTest.evaluations(hand));
    assertEquals(ProcessState.STOPPED, hand.state());
  }

  @Test
  void noTryIsMadeAfterTheTimeOfTheMission() {
    HandProcess hand = HandProcess.running(
        ApprovalWorld.config("{\"mission\":{\"objective\":\"Ship it.\",\"timeout_hours\":0.01,"
            + "\"on_complete\":\"suspend\"}}"));
    BudgetWorld.offer(hand, "go");
    hand.want("put", "{}");
    hand.pass(Duration.ofSeconds(40));
    hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
    hand.flush();
    hand.pass(Duration.ofSeconds(1));
    hand.flush();
    assertEquals(List.of(), hand.called, "the mission is over");
    assertEquals(ProcessState.SUSPENDED, hand.state());
  }
}
