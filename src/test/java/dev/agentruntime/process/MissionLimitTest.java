package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ImageWriter;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.MissionConfig;
import dev.agentruntime.policy.MissionConfig.OnComplete;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That a mission ends at its limits, not before its judge has spoken, and not unheard. */
final class MissionLimitTest {

  private HandProcess hand = new HandProcess();

  private static MissionConfig mission(int every, int max, int hours) {
    return new MissionConfig(
        "Ship it.",
        "It is out.",
        null,
        every,
        700,
        BigDecimal.valueOf(hours),
        max,
        true,
        OnComplete.STOP,
        EscalationTarget.NOBODY,
        null);
  }

  private void runs(MissionConfig mission) {
    hand = HandProcess.running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        GovernanceConfig.OFF.withMission(mission)));
  }

  private void offer(String payload) {
    Future<?> taken = hand.offer(payload);
    hand.flush();
    assertTrue(taken.succeeded(), () -> "" + taken.cause());
  }

  private void run() {
    offer("go");
    hand.say("done");
  }

  private void pass(Duration time) {
    hand.pass(time);
    hand.flush();
  }

  private String onlyAsked() {
    assertEquals(1, hand.asked.size());
    return hand.asked.get(0).request().event().triggerType();
  }

  private List<String> evaluations() {
    return MissionWatchTest.evaluations(hand);
  }

  @Test
  void doubtTakesNoNumberOfRunsAway() {
    runs(mission(1, 2, 0));
    run();
    hand.say(MissionWatchTest.verdict(false, "0.1"));
    assertEquals(List.of("judge 1 paused"), evaluations());
    run();
    assertEquals(List.of("judge 1 paused", "max_invocations 2 failed"), evaluations());
    assertEquals(ProcessState.STOPPED, hand.state());
  }

  @Test
  void anOperatorsPauseTakesNoTimeAway() {
    runs(mission(1, 0, 1));
    assertEquals(
        "paused",
        hand.answer(hand.kernel().oversee(all -> all.mission().pause("ops"))).get("state"));
    pass(Duration.ofMinutes(59));
    run();
    pass(Duration.ofMinutes(1));
    offer("late");
    assertEquals(List.of(), hand.asked);
    assertEquals(List.of("operator 0 paused", "timeout 1 failed"), evaluations());
    assertEquals(ProcessState.STOPPED, hand.state());
  }

  @Test
  void runsAfterTheLastQuestionAreJudgedBeforeItFails() {
    runs(mission(2, 3, 0));
    run();
    run();
    hand.say(MissionWatchTest.verdict(false, "0.9"));
    run();
    assertEquals("mission", onlyAsked());
    hand.say(MissionWatchTest.verdict(true, "0.9"));
    assertEquals(List.of("judge 2 active", "judge 3 completed"), evaluations());

    runs(mission(5, 2, 0));
    run();
    assertEquals(List.of(), hand.asked);
    run();
    assertEquals("mission", onlyAsked());
    hand.say(MissionWatchTest.verdict(false, "0.9"));
    assertEquals(List.of("judge 2 active", "max_invocations 2 failed"), evaluations());
  }

  @Test
  void anErrorOfTheLastJudgeIsNoVerdictAndHeIsAskedAgain() {
    runs(mission(1, 1, 0));
    run();
    hand.breakModel();
    assertEquals(List.of(), evaluations());
    assertEquals(ProcessState.RUNNING, hand.state());
    offer("one too many");
    assertEquals(List.of(), hand.asked);
    pass(Duration.ofSeconds(10));
    assertEquals("mission", onlyAsked());
    hand.breakModel();
    pass(Duration.ofSeconds(10));
    assertEquals(List.of(), hand.asked, "each pause is longer");
    pass(Duration.ofSeconds(10));
    assertEquals("mission", onlyAsked());
    hand.breakModel();
    hand.restart(false);
    hand.flush();
    assertEquals("mission", onlyAsked());
    hand.say(MissionWatchTest.verdict(true, "0.9"));
    assertEquals(List.of("judge 1 completed"), evaluations());
    assertEquals(ProcessState.STOPPED, hand.state());
  }

  @Test
  void theLastJudgeIsAskedNoLongerThanTheMissionMayTake() {
    runs(mission(1, 1, 1));
    run();
    for (int i = 0; i < 8; i++) {
      hand.breakModel();
      pass(Duration.ofSeconds(10L << i));
      assertEquals("mission", onlyAsked());
    }
    hand.breakModel();
    // The next pause would be 2,560 s.
    pass(Duration.ofSeconds(3_600 - 2_550));
    assertEquals(List.of("timeout 1 failed"), evaluations());
    assertEquals(List.of(), hand.asked);
  }

  @Test
  void whatEndedWhileTheProcessWasDownEndsItWhenItIsBack() {
    ProcessConfig config =
        HealthCrashTest.restarting(GovernanceConfig.OFF.withMission(mission(1, 0, 0)), 1);
    hand = HandProcess.running(config);
    run();
    assertEquals("mission", onlyAsked());
    offer("go");
    hand.asked.remove(1).promise().fail("down");
    hand.flush();
    assertEquals(ProcessState.FAILED, hand.state());
    hand.say(MissionWatchTest.verdict(true, "1"));
    assertEquals(List.of("judge 1 completed"), evaluations());
    pass(Duration.ofSeconds(61));
    assertEquals(1, hand.entries(EntryData.Restart.class).size());
    assertEquals(ProcessState.STOPPED, hand.state());
    // It was stopped once; whoever starts it after that wants it to run.
    SimWorld.later(hand.kernel().start("on"));
    hand.flush();
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void theJudgeIsToldWhatWokeTheRunAfterACrashAndUnderOtherRules() {
    runs(mission(1, 0, 0));
    offer("pay invoice 17");
    hand.say("paid");
    assertTrue(shown().contains("\"last_trigger\":\"\\\"pay invoice 17\\\"\""), shown());
    assertEquals(
        "\"pay invoice 17\"",
        ImageReader.read(ImageWriter.capture(hand.image()).get())
            .governance()
            .mission()
            .trigger());
    hand.restart(false);
    hand.flush();
    assertTrue(shown().contains("\"last_trigger\":\"\\\"pay invoice 17\\\"\""), shown());
    hand.deploy(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        BudgetWorld.config("{max_runs_per_day: 9}", 1).governance().withMission(mission(1, 0, 0))));
    hand.asked.remove(0);
    assertTrue(shown().contains("\"last_trigger\":\"\\\"pay invoice 17\\\"\""), shown());
  }

  private String shown() {
    assertEquals("mission", onlyAsked());
    return ((Message.UserText) hand.asked.get(0).request().messages().get(1)).text();
  }
}
