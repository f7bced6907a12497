package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.assertHeld;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.last;
import static dev.agentruntime.process.BudgetWorld.notes;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.outcome;
import static dev.agentruntime.process.BudgetWorld.used;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.llm.Spending;
import dev.agentruntime.policy.BudgetLimit;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run may use up. */
final class BudgetTest {

  // --- Off

  @Test
  void aQuestionThatIsAskedAgainIsReservedForAsItIsSent() {
    HandProcess process = with("{max_tokens_per_day: 100000}");
    process.most = new Message.Usage(60, 0);
    offer(process, "a");
    process.want("look", "no arguments");
    assertEquals(2, process.reserved.size());
    List<?> sent = process.asked.get(0).request().messages();
    assertEquals(sent, process.reserved.get(1).messages());
    assertTrue(sent.size() > process.reserved.get(0).messages().size());
  }

  @Test
  void withoutABudgetNothingIsWritten() {
    HandProcess process = HandProcess.running();
    offer(process, "x");
    acts(process, "charge");
    process.want("context_get", "{\"key\":\"a\"}");
    process.say("done");

    assertEquals(List.of(), process.entries(BudgetEntry.class));
    assertEquals(null, process.entries(EntryData.ToolCall.class).get(0).reserve());
    assertEquals(null, last(process).charge());
    assertEquals(Map.of(), process.image().governance().toValues());
  }

  @Test
  void withoutALimitOfItsOwnNoModelCallIsWritten() {
    HandProcess process = with("{max_tool_calls_per_run: 5}");
    offer(process, "x");
    process.say("done");

    assertEquals(List.of(), process.entries(BudgetEntry.class));
  }

  // --- Tools

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{max_tool_calls_per_run: 2}",
        "{max_cost_per_run: 2}",
        "{max_tool_calls_per_day: 2}",
        "{max_cost_per_day: 2.5}",
        "{max_cost_per_run: 7, tool_costs: {charge: {cost_weight: 3.5}}}",
        "{max_irreversible_per_run: 2}",
        "{max_irreversible_per_run: 2, tool_costs: {charge: {irreversible: true}}}"
      })
  void refusesTheCallThatWouldBeTooMuchAndTheRunGoesOn(String budget) {
    HandProcess process = with(budget);
    offer(process, "x");
    acts(process, "charge");
    acts(process, "charge");
    process.want("charge", "{}");

    assertEquals(List.of(), process.called, "called though it was refused");
    assertEquals(ToolOutcome.DENIED, last(process).outcome());
    String text = last(process).text();
    assertTrue(text.contains("The call of charge did not run"), text);
    assertTrue(text.contains("Do not call tools any more"), text);
    assertEquals(2, process.entries(EntryData.ToolCall.class).size());
    process.say("done");
    assertEquals(Outcome.COMPLETED, outcome(process).outcome());
    assertHeld(process);
    assertEquals(2, used(process, BudgetLimit.TOOL_CALLS_DAY), "a refused call is not counted");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{max_tool_calls_per_run: 3}",
        "{max_cost_per_run: 3}",
        "{max_irreversible_per_run: 3}",
        "{max_irreversible_per_run: 0, tool_costs: {charge: {irreversible: false}}}",
        "{max_cost_per_day: 0.3, tool_costs: {charge: {cost_weight: 0.1}}}"
      })
  void letsPassWhatIsWithinTheLimit(String budget) {
    HandProcess process = with(budget);
    offer(process, "x");
    acts(process, "charge");
    acts(process, "charge");
    acts(process, "charge");
    process.say("done");

    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(3, used(process, BudgetLimit.TOOL_CALLS_DAY));
  }

  @Test
  void aRunBeginsWithItsOwnLimits() {
    HandProcess process = with("{max_tool_calls_per_run: 1}");
    for (int i = 0; i < 3; i++) {
      offer(process, "x" + i);
      acts(process, "put");
      process.say("done");
    }
    assertEquals(ProcessState.RUNNING, process.state());
  }

  @Test
  void toolsOfItsOwnStateCount() {
    HandProcess process = with("{max_tool_calls_per_run: 1}");
    offer(process, "x");
    process.want("context_set", "{\"key\":\"a\",\"value\":1}");
    assertEquals(new BudgetEntry.Reserve(1_000_000_000L, false), last(process).charge());
    process.want("context_set", "{\"key\":\"b\",\"value\":1}");
    assertEquals(ToolOutcome.DENIED, last(process).outcome());
    process.say("done");

    assertEquals(true, process.image().context().entries().containsKey("a"));
    assertEquals(false, process.image().context().entries().containsKey("b"));
  }

  @Test
  void aModelThatGoesOnAskingIsRefusedEachTime() {
    HandProcess process = with("{max_tool_calls_per_run: 1, max_llm_turns_per_run: 5}");
    offer(process, "x");
    acts(process, "charge");
    for (int i = 0; i < 4; i++) {
      process.want("charge", "{}");
    }
    assertEquals(List.of(), process.asked, "asked a sixth time");
    assertEquals(List.of(), process.called);
    assertEquals(1, process.entries(EntryData.ToolCall.class).size());
    assertEquals(
        ErrorCode.BUDGET_EXCEEDED,
        Objects.requireNonNull(outcome(process).failure()).code());
    assertEquals(
        List.of("warning tool_calls_run", "exceeded tool_calls_run", "warning llm_turns_run"),
        notes(process));
  }

  // --- Turns, tokens, money

  @Test
  void aTurnOverTheLimitIsNotMade() {
    HandProcess process = with("{max_llm_turns_per_run: 2}");
    offer(process, "x");
    acts(process, "put");
    acts(process, "put");

    assertEquals(List.of(), process.asked, "asked a third time");
    assertEquals(Outcome.FAILED, outcome(process).outcome());
    assertEquals(
        ErrorCode.BUDGET_EXCEEDED,
        Objects.requireNonNull(outcome(process).failure()).code());
    assertEquals(1, process.image().deadLetters().size(), "its event is kept");
    assertEquals(2, process.entries(BudgetEntry.ModelCall.class).size());
    assertHeld(process);
  }

  @ParameterizedTest
  @CsvSource({
    "max_tokens_per_run: 100, 100, 0, true",
    "max_tokens_per_run: 100, 101, 0, false",
    "max_tokens_per_day: 100, 100, 0, true",
    "max_tokens_per_day: 100, 101, 0, false",
    "max_money_per_run: 0.5, 1, 500000000, true",
    "max_money_per_run: 0.5, 1, 500000001, false",
    "max_money_per_day: 0.5, 1, 500000000, true",
    "max_money_per_day: 0.5, 1, 500000001, false",
  })
  void aCallThatMayUseMoreThanThereIsIsNotMade(
      String limit, long tokens, long money, boolean made) {
    HandProcess process = with("{" + limit + "}");
    process.most = new Message.Usage(tokens, 0, 0, money);
    offer(process, "x");

    assertEquals(made ? 1 : 0, process.asked.size());
    assertEquals(made ? 0 : 1, process.image().deadLetters().size());
  }

  @Test
  void whatWasReservedAndNotUsedComesBack() {
    HandProcess process = with("{max_tokens_per_run: 100, max_money_per_day: 1}");
    process.most = new Message.Usage(60, 20, 0, 900_000_000L);
    process.usage = new Message.Usage(10, 5, 0, 20_000_000L);
    offer(process, "x");
    assertEquals(80, used(process, BudgetLimit.TOKENS_DAY));
    acts(process, "put");
    assertEquals(95, used(process, BudgetLimit.TOKENS_DAY));
    process.say("done");

    assertEquals(30, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(40_000_000, used(process, BudgetLimit.MONEY_DAY));
    assertEquals(ProcessState.RUNNING, process.state());
  }

  @Test
  void whoDoesNotSayWhatItUsedHasUsedAllOfIt() {
    HandProcess process = with("{max_tokens_per_day: 1000, max_money_per_day: 9}");
    process.most = new Message.Usage(60, 20, 0, 900_000_000L);
    process.usage = new Message.Usage(0, 0);
    offer(process, "x");
    process.say("done");

    assertEquals(80, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(900_000_000, used(process, BudgetLimit.MONEY_DAY));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerThatWasLostIsCountedAsIfItHadUsedAllItMay(boolean crashes) {
    HandProcess process = with("{max_tokens_per_day: 1000}");
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(10, 5);
    offer(process, "x");
    Spending spending = process.asked.get(0).request().spending();
    assertTrue(spending.again().succeeded());
    process.flush();
    assertEquals(1, process.entries(BudgetEntry.ModelCall.class).size(), "nothing was lost");
    spending.lost();
    Future<Void> again = spending.again();
    assertFalse(again.isComplete(), "asked again before it is on record");
    process.flush();
    assertTrue(again.succeeded());
    assertEquals(160, used(process, BudgetLimit.TOKENS_DAY));
    if (crashes) {
      process.restart(false);
      process.flush();
      assertEquals(240, used(process, BudgetLimit.TOKENS_DAY));
    }
    process.say("done");
    assertEquals(crashes ? 175 : 95, used(process, BudgetLimit.TOKENS_DAY));
  }

  @ParameterizedTest
  @CsvSource({"false,0", "true,80"})
  void whatNobodyTookIsGivenBack(boolean lost, long used) {
    HandProcess process = with("{max_tokens_per_day: 1000, max_tokens_per_run: 100}");
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(10, 5);
    offer(process, "x");
    HandProcess.Asked asked = process.asked.remove(0);
    if (lost) {
      asked.request().spending().lost();
    }
    asked.promise().fail(new RuntimeFault(ErrorCode.MODEL_UNAVAILABLE, "nobody there"));
    process.flush();
    assertEquals(used, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(lost ? List.of() : List.of("unused null"), notes(process));
    process.reboot(false);
    assertEquals(used, used(process, BudgetLimit.TOKENS_DAY));
  }

  @Test
  void anAnswerThatWasLostStaysChargedWhenTheNextAttemptReservesNothing() {
    HandProcess process = with("{max_tokens_per_day: 1000}");
    process.most = new Message.Usage(60, 20);
    offer(process, "x");
    HandProcess.Asked asked = process.asked.remove(0);
    asked.request().spending().lost();
    process.deploy(config("{max_tool_calls_per_day: 5}", 1));
    Future<Void> again = asked.request().spending().again();
    process.flush();
    assertTrue(again.succeeded());
    asked.promise().fail(new RuntimeFault(ErrorCode.MODEL_UNAVAILABLE, "nobody there"));
    process.flush();
    assertEquals(80, used(process, BudgetLimit.TOKENS_DAY));
  }

  /** Another manifest came while the node was down: the next call reserves nothing. */
  @ParameterizedTest
  @CsvSource({"false,80", "true,95"})
  void whatWasAskedBeforeACrashStaysChargedWhateverBecomesOfTheNextCall(
      boolean answered, long used) {
    HandProcess process = with("{max_tokens_per_day: 1000}");
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(10, 5);
    offer(process, "x");
    process.reboot(false);
    process.kernel().restored(null);
    process.deploy(config("{max_tool_calls_per_day: 5}", 1));
    assertFalse(process.kernel().recover(false, null).failed());
    process.flush();
    if (answered) {
      process.say("done");
    } else {
      process
          .asked
          .remove(0)
          .promise()
          .fail(new RuntimeFault(ErrorCode.MODEL_UNAVAILABLE, "nobody there"));
      process.flush();
    }
    assertEquals(used, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(List.of(), notes(process));
  }

  @Test
  void aRunThatIsCancelledWhileItsModelIsAskedGivesNothingBack() {
    HandProcess process = HandProcess.running(
        HandProcess.config(HandProcess.run(1, Duration.ZERO, Duration.ofMinutes(1)))
            .withGovernance(config("{max_tokens_per_day: 1000}", 1).governance()));
    process.most = new Message.Usage(60, 20);
    offer(process, "x");
    process.pass(Duration.ofMinutes(1));
    process.flush();
    process
        .asked
        .remove(0)
        .promise()
        .tryFail(new RuntimeFault(ErrorCode.CANCELLED, "the call was cancelled"));
    process.flush();
    assertEquals(80, used(process, BudgetLimit.TOKENS_DAY));
  }

  @Test
  void whatIsLostIsNotAskedForAgainBeyondTheLimit() {
    HandProcess process = with("{max_tokens_per_run: 100}");
    process.most = new Message.Usage(60, 20);
    offer(process, "x");
    HandProcess.Asked asked = process.asked.remove(0);
    asked.request().spending().lost();
    Future<Void> again = asked.request().spending().again();
    assertTrue(again.failed());
    asked.promise().fail(again.cause());
    process.flush();
    assertEquals(List.of(), process.asked);
    assertEquals(1, process.entries(BudgetEntry.ModelCall.class).size());
    assertEquals(
        ErrorCode.BUDGET_EXCEEDED,
        Objects.requireNonNull(outcome(process).failure()).code());
  }

  @Test
  void whereTheDayIsUsedUpALostAnswerWaitsForTheNext() {
    HandProcess process = with("{max_tokens_per_day: 100}");
    process.most = new Message.Usage(60, 20);
    offer(process, "x");
    HandProcess.Asked asked = process.asked.remove(0);
    asked.request().spending().lost();
    asked.promise().fail(asked.request().spending().again().cause());
    process.flush();
    assertHeld(process);
    assertEquals(1, process.image().runs().size(), "its run is open");
  }

  @Test
  void moneyIsNotSpentWhereThePriceIsNotKnown() {
    HandProcess process = with("{max_money_per_day: 9}");
    process.most = new Message.Usage(60, 20);
    offer(process, "x");

    assertEquals(List.of(), process.asked);
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        Objects.requireNonNull(outcome(process).failure()).code());
  }

  @Test
  void aReplyThatCannotBeUsedIsATurnToo() {
    HandProcess process = with("{max_llm_turns_per_run: 2}");
    offer(process, "x");
    process.say("");
    process.say("");

    assertEquals(List.of(), process.asked);
    assertEquals(
        List.of(1, 2),
        process.entries(BudgetEntry.ModelCall.class).stream()
            .map(BudgetEntry.ModelCall::attempt)
            .toList());
    assertEquals(
        ErrorCode.BUDGET_EXCEEDED,
        Objects.requireNonNull(outcome(process).failure()).code());
  }
}
