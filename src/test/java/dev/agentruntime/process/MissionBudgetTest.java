package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.llm.Spending;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.policy.MissionConfig.OnComplete;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a judge costs comes out of the purse of the process it judges. */
final class MissionBudgetTest {

  private static HandProcess runs(long tokensOfADay, boolean insideJvm) {
    ProcessConfig budget = new ManifestReader(name -> null)
        .readYaml(
            "name: hand\nmodel: echo\nbudget: {max_tokens_per_day: " + tokensOfADay + "}\n",
            "test",
            null,
            false)
        .config();
    HandProcess hand = HandProcess.running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        budget.governance().withMission(MissionWatchTest.mission(1, 0, OnComplete.STOP))));
    Future<?> ignored = hand.offer("go");
    hand.flush();
    // A judge may use more than the run did.
    hand.most = new Message.Usage(2_000, 500);
    hand.insideJvm = insideJvm;
    hand.say("one");
    return hand;
  }

  private static List<String> charged(HandProcess hand) {
    return hand.entries(BudgetEntry.BudgetCharge.class).stream()
        .filter(one -> one.why().equals("judge"))
        .map(one -> "" + (one.amounts().getOrDefault("tokens", 0L) > 0))
        .toList();
  }

  /** A play that says what it uses is charged too. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void judgeIsChargedBeforeItIsAskedAndSettledAfter(boolean insideJvm) {
    HandProcess hand = runs(1_000_000, insideJvm);
    assertEquals(1, hand.asked.size());
    assertEquals(List.of("true"), charged(hand));
    hand.say(MissionWatchTest.verdict(false, "0.9"));
    assertEquals(List.of("true", "false"), charged(hand));
    long used = hand.entries(BudgetEntry.BudgetCharge.class).stream()
        .filter(one -> one.why().equals("judge"))
        .mapToLong(one -> one.amounts().getOrDefault("tokens", 0L))
        .sum();
    assertEquals(5, used);
    assertEquals(List.of("judge 1 active"), MissionWatchTest.evaluations(hand));
  }

  @Test
  void anAnswerOfAJudgeThatWasLostStaysCharged() {
    HandProcess hand = runs(4_000, false);
    Spending spending = hand.asked.get(0).request().spending();
    assertTrue(spending.again().succeeded());
    assertEquals(List.of("true"), charged(hand), "nothing was lost");
    spending.lost();
    Future<Void> tooMuch = spending.again();
    hand.flush();
    assertTrue(tooMuch.failed());
    HandProcess rich = runs(1_000_000, false);
    rich.asked.get(0).request().spending().lost();
    Future<Void> again = rich.asked.get(0).request().spending().again();
    assertFalse(again.isComplete(), "asked again before it is on record");
    rich.flush();
    assertTrue(again.succeeded());
    rich.say(MissionWatchTest.verdict(false, "0.9"));
    assertEquals(List.of("true", "true", "false"), charged(rich));
  }

  @Test
  void judgeThatDoesNotSayWhatItUsedIsBelievedToHaveUsedItAll() {
    HandProcess hand = runs(1_000_000, false);
    hand.usage = new Message.Usage(0, 0);
    hand.say(MissionWatchTest.verdict(false, "0.9"));
    assertEquals(List.of("judge 1 active"), MissionWatchTest.evaluations(hand));
    assertEquals(2_505, BudgetWorld.used(hand, BudgetLimit.TOKENS_DAY), "all, and 5 of the run");
  }

  @Test
  void judgeThatTheDayHasNoTokensForIsNotAskedAndPausesNothing() {
    HandProcess hand = runs(1_000, false);
    assertEquals(0, hand.asked.size());
    assertEquals(List.of(), charged(hand));
    assertEquals(List.of(), MissionWatchTest.evaluations(hand));
    List<EntryData.ErrorNoted> errors = hand.entries(EntryData.ErrorNoted.class);
    assertEquals(1, errors.size());
    assertEquals(ErrorCode.BUDGET_EXCEEDED, errors.get(0).code());
    assertEquals(ProcessState.RUNNING, hand.state());
  }
}
