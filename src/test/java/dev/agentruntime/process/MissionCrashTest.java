package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ImageWriter;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.MissionConfig.OnComplete;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of a mission when the JVM ends between any two entries. */
final class MissionCrashTest {

  private HandProcess hand = new HandProcess();

  @Test
  void crashAfterAnyEntryForgetsNoVerdictAndNothingItBringsAbout() {
    for (String story : List.of("completed", "doubt", "used up")) {
      hand = HandProcess.running(HealthWatchTest.governed(
          HandProcess.run(1, Duration.ZERO, Duration.ZERO),
          GovernanceConfig.OFF.withMission(
              MissionWatchTest.mission(1, story.equals("used up") ? 2 : 0, OnComplete.STOP))));
      List<EntryData> whole = story(story, story);
      for (int cut = 4; cut < whole.size(); cut++) {
        hand = CutJournal.after(whole.subList(0, cut));
        story(story, story + ", cut after " + cut + ", " + whole.get(cut - 1));
      }
    }
  }

  @CanIgnoreReturnValue
  private List<EntryData> story(String story, String where) {
    hand.flush();
    for (int i = 0; i < 2 && hand.state() == ProcessState.RUNNING; i++) {
      Future<?> ignored = hand.offer("go", "k" + i);
      hand.flush();
    }
    for (int step = 0; step < 40 && !hand.asked.isEmpty(); step++) {
      if (hand.asked.get(0).request().event().triggerType().equals("mission")) {
        Object runs = hand.asked.get(0).request().event().payload().object().get("successful_runs");
        hand.say(
            Long.valueOf(1).equals(runs)
                ? MissionWatchTest.verdict(false, "0.9")
                : MissionWatchTest.verdict(
                    story.equals("completed"), story.equals("doubt") ? "0.2" : "0.9"));
      } else {
        hand.say("done");
      }
    }
    List<String> ends = switch (story) {
      case "completed" -> List.of("judge 1 active", "judge 2 completed");
      case "doubt" -> List.of("judge 1 active", "judge 2 paused");
      default -> List.of("judge 1 active", "judge 2 active", "max_invocations 2 failed");
    };
    assertEquals(
        ends.get(ends.size() - 1),
        MissionWatchTest.evaluations(hand)
            .get(MissionWatchTest.evaluations(hand).size() - 1),
        where);
    // What was judged once is not judged again; a judge who was too late may have been left out.
    assertEquals(
        MissionWatchTest.evaluations(hand).stream().distinct().toList(),
        MissionWatchTest.evaluations(hand),
        where);
    assertTrue(
        ends.containsAll(MissionWatchTest.evaluations(hand)),
        where + " " + MissionWatchTest.evaluations(hand));
    assertEquals(
        switch (story) {
          case "completed" -> List.of();
          case "doubt" -> List.of("mission.low_confidence");
          default -> List.of("mission.failed");
        },
        hand.entries(PeopleEntry.Escalation.class).stream()
            .map(PeopleEntry.Escalation::type)
            .toList(),
        where);
    assertEquals(
        story.equals("doubt") ? ProcessState.RUNNING : ProcessState.STOPPED, hand.state(), where);
    assertEquals(
        ImageDigest.of(hand.image()),
        ImageDigest.of(ImageReader.read(ImageWriter.capture(hand.image()).get())),
        where);
    return hand.entries();
  }
}
