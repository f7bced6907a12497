package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.WatchEntry.MissionEvaluation;
import dev.agentruntime.llm.ChatClient.ChatReply;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static void answers(HandProcess hand, int which, String text) {
    hand.asked
        .remove(which)
        .promise()
        .complete(new ChatReply(new Message.Assistant(text, List.of()), hand.usage));
    hand.flush();
  }

  @ParameterizedTest
  @ValueSource(strings = {"suspend", "stop"})
  void whatItsEndBringsAboutIsDoneBeforeAnOpenRunGoesOnAfterACrash(String end) {
    HandProcess hand = HandProcess.running(ApprovalWorld.config(
        HandProcess.config(HandProcess.run(2, Duration.ZERO, Duration.ZERO)),
        "{\"mission\":{\"objective\":\"Ship it.\",\"on_complete\":\"" + end + "\"}}"));
    BudgetWorld.offer(hand, "a");
    BudgetWorld.offer(hand, "b");
    answers(hand, 1, "shipped");
    answers(hand, 1, MissionWatchTest.verdict(true, "0.9"));
    List<EntryData> whole = hand.entries();
    int judged = 0;
    while (!(whole.get(judged) instanceof MissionEvaluation)) {
      judged++;
    }
    HandProcess back = CutJournal.after(whole.subList(0, judged + 1));
    back.flush();
    assertEquals(List.of(), back.asked, "it goes on after the end of the mission");
    assertEquals(end.equals("stop") ? ProcessState.STOPPED : ProcessState.SUSPENDED, back.state());
  }
}
