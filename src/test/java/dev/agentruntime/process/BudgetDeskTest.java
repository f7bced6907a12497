package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.assertHeld;
import static dev.agentruntime.process.BudgetWorld.notes;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.outcome;
import static dev.agentruntime.process.BudgetWorld.used;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.governance.Grant;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.policy.BudgetLimit;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Grants from process to process, calls of a model that are no steps, and second tries. */
final class BudgetDeskTest {

  private static final Message.Usage MOST = new Message.Usage(50, 10, 0, 400_000_000L);

  private static boolean reserves(HandProcess process, Message.Usage most) {
    Future<Boolean> reserved = ask(process, desk -> desk.reserve("judge", null, most));
    process.flush();
    return reserved.result();
  }

  private static <T> Future<T> ask(HandProcess process, Function<BudgetDesk, Future<T>> what) {
    Oversight oversight = process.kernel().oversight();
    return what.apply(oversight.budget());
  }

  // --- From one to another

  private static Future<Void> arrives(HandProcess process, String item) {
    Future<Void> taken = process.bus.deliver(
        new Due(process.bus.node(), HandProcess.ID.name(), "", null),
        new Arrival(
            item,
            new Grant(
                    HandProcess.ID.name(),
                    "2026-03-02",
                    process.timers.now(),
                    Map.of(BudgetLimit.RUNS_DAY, 2L))
                .emission(),
            "boss",
            process.timers.now(),
            1));
    process.flush();
    return taken;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsSentTwiceArrivesOnce(boolean restarts) {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");
    assertHeld(process);
    assertTrue(arrives(process, "i1").succeeded());
    if (restarts) {
      process.restart(false);
      process.flush();
    }
    assertTrue(arrives(process, "i1").succeeded());
    assertEquals(1, process.asked.size(), "goes on");
    assertEquals(1, process.entries(BudgetEntry.BudgetGrant.class).size());
    assertTrue(arrives(process, "i2").succeeded());
    assertEquals(
        List.of("boss", "boss"),
        process.entries(BudgetEntry.BudgetGrant.class).stream()
            .map(BudgetEntry.BudgetGrant::by)
            .toList());
  }

  @Test
  void whatIsOwedIsGoneHereAndOwedAfterACrash() {
    HandProcess process = with("{max_tool_calls_per_day: 10}");
    Future<Json> given = ask(
        process,
        desk -> desk.give(new ProcessName("child"), Map.of(BudgetLimit.TOOL_CALLS_DAY, 4L)));
    assertEquals(false, given.isComplete(), "answered before it is durable");
    assertTrue(process.drain());
    process.restart(false);
    process.flush();

    assertEquals(4, used(process, BudgetLimit.TOOL_CALLS_DAY));
    assertEquals(1, process.entries(EntryData.Emitted.class).size());
  }

  @Test
  void nobodyGivesMoreThanHeHas() {
    HandProcess process = with("{max_tool_calls_per_day: 10}");
    offer(process, "x");
    acts(process, "put");
    process.say("done");
    Future<Json> tooMuch = process
        .kernel()
        .oversee(all ->
            all.budget().give(new ProcessName("child"), Map.of(BudgetLimit.TOOL_CALLS_DAY, 10L)));

    assertTrue(tooMuch.failed());
    assertEquals(
        ErrorCode.BUDGET_EXCEEDED, ((RuntimeFault) tooMuch.cause()).failure().code());
    assertEquals(List.of(), process.entries(EntryData.Emitted.class));
    assertEquals(1, used(process, BudgetLimit.TOOL_CALLS_DAY));
  }

  // --- A judge

  @Test
  void aJudgeIsChargedBeforeAndSettledAfter() {
    HandProcess process = with("{max_tokens_per_day: 100, max_money_per_day: 1}");
    assertEquals(true, reserves(process, MOST));
    assertEquals(60, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(false, reserves(process, MOST), "more than is left");
    SimWorld.later(ask(
        process,
        desk -> desk.settle(
            "judge", desk.today(), null, MOST, new Message.Usage(8, 2, 0, 100_000_000L))));
    process.flush();

    assertEquals(10, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(100_000_000, used(process, BudgetLimit.MONEY_DAY));
    assertEquals(true, reserves(process, MOST));
    process.restart(false);
    assertEquals(70, used(process, BudgetLimit.TOKENS_DAY));
  }

  @Test
  void whoFindsNothingLeftGoesOnWhenAJudgeGivesBackWhatItDidNotUse() {
    HandProcess process = with("{max_tokens_per_day: 100}");
    process.most = new Message.Usage(50, 0);
    assertEquals(true, reserves(process, MOST));
    offer(process, "x");
    assertHeld(process);
    assertEquals(List.of(), process.asked);

    SimWorld.later(ask(
        process, desk -> desk.settle("judge", desk.today(), null, MOST, new Message.Usage(8, 2))));
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @Test
  void whatAJudgeReservesWarnsToo() {
    HandProcess process = with("{max_tokens_per_day: 70}");
    assertEquals(true, reserves(process, MOST));
    process.flush();
    assertEquals(List.of("judge null", "warning tokens_day"), notes(process));
  }

  @Test
  void whatARunsMemoryReadsIsChargedToTheRunToo() {
    HandProcess process = with("{max_tokens_per_run: 100, max_tokens_per_day: 1000}");
    offer(process, "x");
    acts(process, "put");
    InvocationId run = process.entries(EntryData.InvocationStart.class).get(0).invocation();
    long before = used(process, BudgetLimit.TOKENS_DAY);
    Message.Usage most = new Message.Usage(60, 0, 0, null);
    Future<Boolean> reserved = ask(process, desk -> desk.reserve("memory", run, most));
    assertFalse(reserved.isComplete(), "made before it is on record");
    process.flush();
    assertTrue(reserved.result());
    assertEquals(before + 60, ofRun(process, run));

    process.restart(false);
    process.flush();
    assertEquals(before + 60, ofRun(process, run), "a crash forgets none of it");
    Future<Boolean> tooMuch = ask(process, desk -> desk.reserve("memory", run, most));
    assertEquals(false, tooMuch.result(), "the day has room, the run has not");
    SimWorld.later(ask(
        process,
        desk -> desk.settle("memory", desk.today(), run, most, new Message.Usage(4, 0, 0, null))));
    process.flush();
    assertEquals(before + 4, ofRun(process, run));
    assertEquals(before + 4, used(process, BudgetLimit.TOKENS_DAY));
  }

  private static long ofRun(HandProcess process, InvocationId run) {
    return BudgetWorld.purse(process)
        .used(
            BudgetLimit.TOKENS_RUN,
            run,
            process.timers.now(),
            process.image().config().governance().budget());
  }

  @Test
  void aJudgeOfUnknownPriceIsNotAskedForMoney() {
    HandProcess process = with("{max_money_per_day: 1}");
    assertEquals(false, reserves(process, new Message.Usage(5, 5)));
    assertEquals(List.of(), process.entries(BudgetEntry.class));
  }

  @Test
  void withoutABudgetAJudgeIsNotCounted() {
    HandProcess process = HandProcess.running();
    assertEquals(true, reserves(process, MOST));
    SimWorld.later(ask(process, desk -> desk.settle("judge", desk.today(), null, MOST, MOST)));
    assertEquals(List.of(), process.entries(BudgetEntry.class));
  }

  // --- Again

  @Test
  void aRunThatIsDeliveredAgainHasAFreshBudgetOfItsOwn() {
    HandProcess process = with("{max_llm_turns_per_run: 1}");
    offer(process, "x");
    acts(process, "put");
    assertHeld(process);
    SimWorld.later(process.kernel().resume("operator"));
    process.flush();
    SimWorld.later(
        process.kernel().deadLetters(HandProcess.again(List.of(), false)).mapEmpty());
    process.flush();
    process.say("done");

    assertEquals(Outcome.COMPLETED, outcome(process).outcome());
    assertEquals(1, process.entries(EntryData.ToolCall.class).size(), "done twice");
  }
}
