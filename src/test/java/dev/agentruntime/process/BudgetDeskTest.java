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
import dev.agentruntime.core.Lifecycle;
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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Grants from process to process, calls of a model that are no steps, and second tries. */
final class BudgetDeskTest {

  private static final Message.Usage MOST = new Message.Usage(50, 10, 0, 400_000_000L);

  private static boolean reserves(HandProcess process, Message.Usage most) {
    return charge(process, most) != null;
  }

  private static BudgetDesk.@Nullable Charge charge(HandProcess process, Message.Usage most) {
    Future<BudgetDesk.Charge> reserved =
        ask(process, desk -> desk.reserve("judge", null, most, "too little"));
    process.flush();
    if (reserved.failed()) {
      assertEquals(ErrorCode.BUDGET_EXCEEDED, ((RuntimeFault) reserved.cause()).code());
      assertEquals("too little", reserved.cause().getMessage());
    }
    return reserved.result();
  }

  private static void settle(
      HandProcess process, BudgetDesk.@Nullable Charge charge, Message.Usage used) {
    Objects.requireNonNull(charge).settle(used);
    process.flush();
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
    BudgetDesk.Charge charge = charge(process, MOST);
    assertEquals(60, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(false, reserves(process, MOST), "more than is left");
    settle(process, charge, new Message.Usage(8, 2, 0, 100_000_000L));
    settle(process, charge, Message.Usage.NONE);

    assertEquals(10, used(process, BudgetLimit.TOKENS_DAY));
    assertEquals(100_000_000, used(process, BudgetLimit.MONEY_DAY));
    assertEquals(true, reserves(process, MOST));
    process.restart(false);
    assertEquals(70, used(process, BudgetLimit.TOKENS_DAY));
  }

  /** What is only reserved stops nobody: neither who waits to begin nor who has begun. */
  @ParameterizedTest
  @CsvSource({"pause, 100", "stop, 100", "pause, 60", "stop, 60"})
  void whoFindsNothingLeftWaitsWhileAJudgeMayGiveBackWhatItDoesNotUse(String then, int max) {
    HandProcess process = with("{max_tokens_per_day: " + max + ", on_exceeded: " + then + "}");
    process.most = new Message.Usage(50, 0);
    BudgetDesk.Charge charge = charge(process, MOST);
    offer(process, "x");
    assertTrue(Lifecycle.runs(process.state()), () -> process.state().toString());
    assertEquals(List.of(), process.asked);
    assertEquals(List.of("judge null"), notes(process), "nothing is known yet");

    settle(process, charge, new Message.Usage(8, 2));
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @ParameterizedTest
  @CsvSource({"pause, 100", "stop, 100", "pause, 60", "stop, 60"})
  void whoWaitedIsHeldWhenAJudgeGivesNothingBack(String then, int max) {
    HandProcess process = with("{max_tokens_per_day: " + max + ", on_exceeded: " + then + "}");
    process.most = new Message.Usage(50, 0);
    BudgetDesk.Charge charge = charge(process, MOST);
    offer(process, "x");
    settle(process, charge, new Message.Usage(0, 0));
    assertEquals(
        then.equals("stop") ? ProcessState.STOPPED : ProcessState.SUSPENDED, process.state());
    assertEquals(List.of(), process.asked);
    assertEquals(1, process.image().queue().waiting() + process.image().runs().size());
  }

  @Test
  void nobodyWaitsForEverForACallThatNeverEnds() {
    HandProcess process = with("{max_tokens_per_day: 60}");
    process.most = new Message.Usage(50, 0);
    BudgetDesk.Charge charge = charge(process, MOST);
    offer(process, "x");
    process.pass(Duration.ofMinutes(14));
    process.flush();
    assertTrue(Lifecycle.runs(process.state()), () -> process.state().toString());
    process.pass(Duration.ofMinutes(1));
    process.flush();
    assertHeld(process);

    settle(process, charge, Message.Usage.NONE);
    assertEquals(ProcessState.RUNNING, process.state(), "late is better than never");
    assertEquals(1, process.asked.size());
  }

  /** Of what was held nothing is known after a crash: it stays charged. */
  @Test
  void whoWaitedForAJudgeIsHeldAfterACrash() {
    HandProcess process = with("{max_tokens_per_day: 60}");
    process.most = new Message.Usage(50, 0);
    assertEquals(true, reserves(process, MOST));
    offer(process, "x");
    assertEquals(ProcessState.RUNNING, process.state());
    process.restart(false);
    process.flush();
    assertHeld(process);
    assertEquals(List.of(), process.asked);
  }

  /** Nobody waits for what is charged to the day of another budget. */
  @Test
  void aJudgeThatWasNotChargedGivesNothingBack() {
    HandProcess process = HandProcess.running();
    BudgetDesk.Charge charge = charge(process, MOST);
    process.deploy(BudgetWorld.config("{max_tokens_per_day: 100}", 1));
    process.flush();
    settle(process, charge, new Message.Usage(8, 2));
    assertEquals(10, used(process, BudgetLimit.TOKENS_DAY));
  }

  @Test
  void whatAJudgeUsedWarnsToo() {
    HandProcess process = with("{max_tokens_per_day: 70}");
    BudgetDesk.Charge charge = charge(process, MOST);
    assertEquals(List.of("judge null"), notes(process), "it may come back");
    settle(process, charge, new Message.Usage(0, 0));
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
    Future<BudgetDesk.Charge> reserved =
        ask(process, desk -> desk.reserve("memory", run, most, "too little"));
    assertFalse(reserved.isComplete(), "made before it is on record");
    process.flush();
    assertTrue(reserved.succeeded());
    assertEquals(before + 60, ofRun(process, run));

    Future<BudgetDesk.Charge> tooMuch =
        ask(process, desk -> desk.reserve("memory", run, most, "too little"));
    assertTrue(tooMuch.failed(), "the day has room, the run has not");
    settle(process, reserved.result(), new Message.Usage(4, 0, 0, null));
    assertEquals(before + 4, ofRun(process, run));
    assertEquals(before + 4, used(process, BudgetLimit.TOKENS_DAY));

    reserved = ask(process, desk -> desk.reserve("memory", run, most, "too little"));
    process.flush();
    assertTrue(reserved.succeeded());
    process.restart(false);
    process.flush();
    assertEquals(before + 64, ofRun(process, run), "a crash forgets none of it");
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
    settle(process, charge(process, MOST), MOST);
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
