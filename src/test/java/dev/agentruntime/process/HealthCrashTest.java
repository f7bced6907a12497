package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry.HealthAnomaly;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ImageWriter;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.HealthConfig.Action;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of what was found when the JVM ends between any two entries. */
final class HealthCrashTest {

  private HandProcess hand = new HandProcess();

  @Test
  void crashAfterAnyEntryForgetsNothing() {
    for (Action action : Action.values()) {
      hand = HandProcess.running(HealthWatchTest.governed(
          HandProcess.run(1, Duration.ZERO, Duration.ZERO),
          GovernanceConfig.OFF.withHealth(HealthWatchTest.config(action))));
      List<EntryData> whole = story(action, "whole");
      for (int cut = 4; cut < whole.size(); cut++) {
        hand = CutJournal.after(whole.subList(0, cut));
        story(action, "cut after " + cut + ", " + whole.get(cut - 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Action.class,
      names = {"PAUSE", "STOP", "ESCALATE"})
  void whatWasFoundBeforeTheCrashIsActedOnBeforeTheCallIsMade(Action action) {
    hand = HandProcess.running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        GovernanceConfig.OFF.withHealth(HealthWatchTest.config(action))));
    List<EntryData> whole = story(action, "whole");
    int found = 0;
    while (!(whole.get(found) instanceof HealthAnomaly anomaly && anomaly.ordinal() > 0)) {
      found++;
    }
    for (int cut = found + 1; !(whole.get(cut - 1) instanceof EntryData.StateTransition); cut++) {
      hand = CutJournal.after(whole.subList(0, cut));
      hand.flush();
      assertEquals(List.of(), hand.called, "made although it was found to be stuck");
      assertEquals(
          action == Action.STOP ? ProcessState.STOPPED : ProcessState.SUSPENDED, hand.state());
    }
  }

  @Test
  void aRestartByItselfForgetsNoFailureButAnOperatorsDoes() {
    assertEquals(List.of("high_error_rate pause"), afterFourFailures("restart policy"));
    assertEquals(List.of(), afterFourFailures("ops"));
    assertEquals(
        List.of("high_error_rate pause"), afterFourFailures("recycled after max_lifetime"));
  }

  /** Of four runs that failed, each second one took the process down. */
  private List<String> afterFourFailures(String start) {
    hand = HandProcess.running(
        restarting(GovernanceConfig.OFF.withHealth(HealthWatchTest.config(Action.PAUSE)), 2));
    for (int i = 0; i < 4; i++) {
      Future<?> ignored = hand.offer("go");
      hand.flush();
      hand.breakModel();
      if (hand.state() == ProcessState.FAILED) {
        if (start.equals("restart policy")) {
          hand.pass(Duration.ofSeconds(61));
        } else {
          SimWorld.later(hand.kernel().start(start));
        }
        hand.flush();
      }
    }
    return HealthWatchTest.found(hand);
  }

  /** Fails after so many failures in a row, and comes back by itself. */
  static ProcessConfig restarting(GovernanceConfig governance, int failures) {
    ProcessConfig usual = HealthWatchTest.governed(
        new ProcessConfig.Run(
            1,
            Duration.ZERO,
            Duration.ZERO,
            failures,
            50,
            100,
            1 << 20,
            Duration.ofSeconds(10),
            true),
        governance);
    return new ProcessConfig(
        usual.name(),
        usual.model(),
        usual.fallbacks(),
        usual.script(),
        usual.instructions(),
        usual.triggers(),
        usual.world(),
        usual.context(),
        usual.level(),
        usual.run(),
        usual.delivery(),
        new ProcessConfig.Restarts(
            ProcessConfig.Restarts.Policy.ON_FAILURE,
            5,
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ZERO),
        usual.tools(),
        usual.memory(),
        usual.outbound(),
        usual.servers(),
        usual.governance());
  }

  /** Three empty replies and then a stuck run, from wherever it is, to its end. */
  @CanIgnoreReturnValue
  private List<EntryData> story(Action action, String where) {
    hand.flush();
    for (int i = 0; i < 4; i++) {
      Future<?> ignored = hand.offer("go", "k" + i);
      hand.flush();
    }
    for (int step = 0; step < 60 && !quiet(); step++) {
      if (hand.state() == ProcessState.SUSPENDED) {
        assertEquals(List.of("health"), hand.image().causes(), where);
        Future<Void> ignored = hand.kernel().resume("seen");
      } else if (hand.state() == ProcessState.STOPPED) {
        Future<Void> ignored = hand.kernel().start("seen");
      } else if (!hand.called.isEmpty()) {
        hand.called.remove(0).promise().complete(Tool.Reply.ok("nothing"));
      } else if (!hand.asked.isEmpty()) {
        answer();
      }
      hand.flush();
    }
    assertTrue(quiet(), where + ": " + hand.state() + " " + hand.entries());
    List<String> found = HealthWatchTest.found(hand).stream()
        .filter(one -> !one.equals("recovered"))
        .toList();
    String what = action.name().toLowerCase(Locale.ROOT);
    assertEquals(List.of("empty_response " + what, "stuck " + what), found, where);
    assertEquals(
        action == Action.ESCALATE ? 2 : 0,
        hand.entries(PeopleEntry.Escalation.class).size(),
        where);
    assertEquals(
        action == Action.PAUSE || action == Action.ESCALATE ? 2 : 0,
        hand.moves().stream().filter("running>suspended"::equals).count(),
        where);
    assertEquals(
        action == Action.STOP ? 2 : 0,
        hand.moves().stream().filter("stopping>stopped"::equals).count(),
        where);
    sameFromACheckpoint();
    return hand.entries();
  }

  private boolean quiet() {
    return hand.state() == ProcessState.RUNNING
        && hand.image().settled() == 4
        && hand.image().runs().isEmpty();
  }

  /** The first three runs say nothing, the fourth looks four times and then answers. */
  private void answer() {
    long settled = hand.image().settled();
    long looked = hand.image().runs().values().stream()
        .flatMap(run -> run.steps().stream())
        .filter(step -> step.data() instanceof EntryData.ToolResult)
        .count();
    if (settled < 3) {
      hand.say("ok");
    } else if (looked < 4) {
      hand.want("look", "{}");
    } else {
      hand.say("looked at it");
    }
  }

  private void sameFromACheckpoint() {
    Json written = ImageWriter.capture(hand.image()).get();
    assertEquals(ImageDigest.of(hand.image()), ImageDigest.of(ImageReader.read(written)));
    assertFalse(hand.image().governance().toValues().isEmpty());
  }
}
