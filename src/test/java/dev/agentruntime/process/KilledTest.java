package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.live.Gate;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.MissionConfig.OnComplete;
import dev.agentruntime.replay.ForkOrder;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What watches over a process while all work is ended, and after. */
final class KilledTest {

  private static void done(Future<?> step, HandProcess process) {
    process.flush();
    assertTrue(step.succeeded(), () -> String.valueOf(step.cause()));
  }

  /** The node ends and comes back while all work is ended. */
  private static void restartKilled(HandProcess process, boolean clean) {
    process.reboot(clean);
    done(process.kernel().kill(), process);
    done(process.kernel().recover(clean, null), process);
  }

  @Test
  void theJudgeIsAskedAgainAfterTheLift() {
    HandProcess process = HandProcess.running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        GovernanceConfig.OFF.withMission(MissionWatchTest.mission(1, 0, OnComplete.STOP))));
    done(process.offer("go"), process);
    process.say("one");
    assertEquals(1, process.asked.size(), "the judge is asked");
    done(process.kernel().kill(), process);
    process.asked.clear();
    process.flush();
    assertEquals(0, process.asked.size(), "nobody is asked while all work is ended");
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(1, process.asked.size(), "the judge is asked again");
    process.say(MissionWatchTest.verdict(true, "0.9"));
    assertEquals(1, MissionWatchTest.evaluations(process).size());
  }

  @Test
  void nothingExpiresWhileNobodyCanDecide() {
    HandProcess process = ApprovalWorld.waiting(
        "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false,\"timeout\":60}}");
    done(process.kernel().kill(), process);
    process.pass(Duration.ofSeconds(61));
    process.flush();
    assertEquals(List.of(), process.entries(ApprovalDecision.class));
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(process.timers.now().plusSeconds(60).toString(), expiresAt(process));
    process.pass(Duration.ofSeconds(30));
    process.flush();
    assertEquals(List.of(), process.entries(ApprovalDecision.class), "people have a minute");
    process.pass(Duration.ofSeconds(31));
    process.flush();
    assertEquals(
        ApprovalOutcome.EXPIRED, process.entries(ApprovalDecision.class).get(0).outcome());
  }

  private static String expiresAt(HandProcess process) {
    String id = ApprovalWorld.only(process).request().id();
    return String.valueOf(process
        .answer(process.kernel().oversee(all -> all.approvals().show(id)))
        .get("expires_at"));
  }

  @Test
  void peopleHaveAMinuteAlsoAfterARestartWhileNobodyCouldDecide() {
    HandProcess process = ApprovalWorld.waiting(
        "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false,\"timeout\":60}}");
    done(process.kernel().kill(), process);
    restartKilled(process, true);
    process.pass(Duration.ofSeconds(61));
    done(process.kernel().revive(process.timers.now()), process);
    process.pass(Duration.ofSeconds(59));
    process.flush();
    assertEquals(List.of(), process.entries(ApprovalDecision.class), "people have a minute");
    process.pass(Duration.ofSeconds(1));
    process.flush();
    assertEquals(
        ApprovalOutcome.EXPIRED, process.entries(ApprovalDecision.class).get(0).outcome());
  }

  @Test
  void whatIsAskedAfterTheLiftHasTheUsualTime() {
    HandProcess process = HandProcess.running(ApprovalWorld.config(
        "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false,\"timeout\":5}}"));
    done(process.kernel().kill(), process);
    done(process.kernel().revive(process.timers.now()), process);
    ApprovalWorld.wantsToPay(process);
    process.pass(Duration.ofSeconds(6));
    process.flush();
    assertEquals(
        ApprovalOutcome.EXPIRED, process.entries(ApprovalDecision.class).get(0).outcome());
  }

  @Test
  void noForkBeginsThatWasReadWhenAllWorkEnded() {
    HandProcess process = HandProcess.running();
    done(process.offer("go"), process);
    process.say("one");
    long at = process.sequence(EntryData.InvocationStart.class, 1);
    Future<?> unsynced = process.offer("unsynced");
    Future<?> fork = process.past().fork(new ForkOrder(at, null, null, null, false, Map.of()));
    done(process.kernel().kill(), process);
    assertTrue(unsynced.succeeded());
    process.asked.clear();
    process.flush();
    assertEquals(List.of(), process.asked, "a model is asked while all work is ended");
    assertTrue(fork.failed() && fork.cause() instanceof RuntimeFault, () -> "" + fork);
  }

  @Test
  void theMaskIsNoValueForATool() {
    HandProcess process = HandProcess.running(ApprovalWorld.config(ApprovalWorld.TOOLS));
    done(process.offer("pay"), process);
    process.want("charge", "{\"amount\":5,\"api_key\":\"k-12345678\"}");
    var request = ApprovalWorld.only(process).request();
    String edited = String.valueOf(request.arguments()).replace("5", "4");
    Future<?> decided = process
        .kernel()
        .oversee(all -> all.approvals().decide(ApprovalWorld.word(request.id(), true, edited)));
    process.flush();
    assertTrue(decided.succeeded(), () -> "" + decided.cause());
    assertEquals(
        Map.of("amount", 4L, "api_key", "k-12345678"),
        process.called.get(0).call().arguments().value());
  }

  @Test
  void noTriggerIsMadeAnewWhileAllWorkIsEnded() {
    HandProcess process = HandProcess.running();
    done(process.kernel().kill(), process);
    process.heard.clear();
    done(process.kernel().supervisor().renewTriggers(Set.of("cron")), process);
    assertEquals(List.of("stop"), process.heard, "the old one is gone, and no new one is there");
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(List.of("stop", "start"), process.heard);
  }

  @Test
  void afterARestartItIsRecoveredAtTheLift() {
    HandProcess process = HandProcess.running();
    done(process.offer("go"), process);
    restartKilled(process, false);
    process.flush();
    assertEquals(0, process.entries(EntryData.Restart.class).size());
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(
        List.of(true),
        process.entries(EntryData.Restart.class).stream()
            .map(EntryData.Restart::clean)
            .toList());
    process.say("one");
    assertEquals(0, process.image().runs().size());
    done(process.kernel().kill(), process);
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(1, process.entries(EntryData.Restart.class).size(), "it is recovered once");
  }

  /** Whoever ends a node by force that does nothing says nothing about a run. */
  @Test
  void noRunIsBlamedForTheEndOfANodeThatDidNothing() {
    HandProcess process = HandProcess.running();
    done(process.offer("go"), process);
    for (int i = 0; i < 6; i++) {
      assertEquals(1, process.asked.size(), "it is at work");
      done(process.kernel().kill(), process);
      process.asked.clear();
      restartKilled(process, false);
      done(process.kernel().revive(process.timers.now()), process);
      assertEquals(0, process.onlyRun().crashes(), "after " + i);
    }
    process.restart(false);
    assertEquals(1, process.onlyRun().crashes(), "it was at work");
    process.flush();
    process.say("one");
    assertEquals(0, process.image().runs().size());
  }

  @Test
  void whoIsSuspendedMeanwhileStaysSo() {
    HandProcess process = HandProcess.running();
    done(process.offer("go"), process);
    done(process.kernel().kill(), process);
    process.asked.clear();
    done(process.kernel().suspend("it is rogue"), process);
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(ProcessState.SUSPENDED, process.image().state());
    assertEquals(List.of(), process.asked, "its model is not asked");
    done(process.kernel().resume("mended"), process);
    assertEquals(1, process.asked.size());
  }

  @Test
  void nobodyIsSuspendedWhereTheNodeEndsToo() {
    HandProcess process = HandProcess.running();
    done(process.kernel().kill(), process);
    done(process.kernel().lay(Gate.Condition.DRAINING), process);
    assertTrue(process.kernel().suspend("late").failed());
  }

  /** A yes may wait for the lift; a no is heard, however late it comes. */
  @Test
  void aNoIsHeardMeanwhile() {
    HandProcess process = ApprovalWorld.waiting(
        "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false,\"timeout\":60,"
            + "\"on_timeout\":\"allow\"}}");
    String id = ApprovalWorld.only(process).request().id();
    done(process.kernel().kill(), process);
    process.pass(Duration.ofSeconds(61));
    Future<?> denied = process
        .kernel()
        .tighten(all -> all.approvals().decide(ApprovalWorld.word(id, false, null)));
    done(denied, process);
    done(process.kernel().revive(process.timers.now()), process);
    assertEquals(
        List.of(ApprovalOutcome.DENIED),
        process.entries(ApprovalDecision.class).stream()
            .map(ApprovalDecision::outcome)
            .toList());
    assertEquals(List.of(), process.called);
  }
}
