package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.assertHeld;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.notes;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.outcome;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a process that has used up its day, or its run. */
final class BudgetDayTest {

  // --- Days

  @Test
  void anEventBeyondTheRunsOfADayStaysQueuedUntilTheHourAndNotUntilMidnight() {
    HandProcess process = with("{max_runs_per_day: 1, daily_reset_hour_utc: 6}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");

    assertHeld(process);
    assertEquals(1, process.image().queue().waiting());
    assertEquals(List.of(), process.asked);
    process.pass(Duration.ofHours(17)); // 01:00
    process.flush();
    assertHeld(process);
    process.pass(Duration.ofHours(5)); // 06:00
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
    process.say("done");
    assertEquals(2, process.image().settled());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theDayTurnsAlsoWhileTheNodeIsDown(boolean clean) {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");
    process.restart(clean);
    process.flush();
    assertHeld(process);
    process.pass(Duration.ofHours(15));
    process.restart(clean);
    process.flush();
    assertHeld(process);
    process.pass(Duration.ofMinutes(59));
    process.restart(clean);
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @Test
  void aRunWhoseDayIsUsedUpWaitsAndGoesOnTheNextDay() {
    HandProcess process = with("{max_tokens_per_day: 100}");
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(50, 0);
    offer(process, "x");
    acts(process, "put");

    assertHeld(process);
    assertEquals(List.of(), process.asked);
    assertEquals(1, process.image().runs().size(), "the run is open");
    process.restart(false);
    process.flush();
    assertHeld(process);
    process.pass(Duration.ofHours(17));
    process.flush();
    assertEquals(1, process.asked.size());
    process.say("done");
    assertEquals(Outcome.COMPLETED, outcome(process).outcome());
    assertEquals(1, process.entries(EntryData.ToolCall.class).size());
  }

  @Test
  void aChangedHourResetsNothingByItself() {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    process.deploy(config("{max_runs_per_day: 1, daily_reset_hour_utc: 9}", 1));
    process.flush();
    offer(process, "second");

    assertHeld(process);
    process.pass(Duration.ofHours(1)); // 09:00 of the same date
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
  }

  // --- What comes of it

  @Test
  void stopsWhenItSaysSo() {
    HandProcess process = with("{max_runs_per_day: 1, on_exceeded: stop}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");

    assertEquals(ProcessState.STOPPED, process.state());
    assertEquals("budget: max_runs_per_day is used up", process.image().reason());
    assertEquals(1, process.image().queue().waiting());
  }

  @Test
  void stopsWithARunOpenWhenTheDayIsUsedUp() {
    HandProcess process = with("{max_tokens_per_day: 100, on_exceeded: stop}");
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(50, 0);
    offer(process, "x");
    acts(process, "put");

    assertEquals(ProcessState.STOPPED, process.state());
    assertEquals(1, process.image().runs().size());
  }

  @Test
  void tellsSomebodyOnceAndIsSuspended() {
    HandProcess process = with("{max_tool_calls_per_day: 1, on_exceeded: escalate,"
        + " escalation: {event_type: ops.budget}}");
    offer(process, "x");
    acts(process, "put");
    process.want("put", "{}");
    process.want("put", "{}");
    process.say("done");

    assertHeld(process);
    process.restart(false);
    process.flush();
    List<PeopleEntry.Escalation> told = process.entries(PeopleEntry.Escalation.class);
    assertEquals(1, told.size());
    assertEquals("ops.budget", told.get(0).event());
    assertEquals("budget_violation", told.get(0).type());
    assertEquals(
        Map.of("limit", "max_tool_calls_per_day", "max", 1L, "current", 1L),
        told.get(0).payload().object().get("violation"));
  }

  @Test
  void anOperatorResumesWhatARunHasPaused() {
    HandProcess process = with("{max_tool_calls_per_run: 1}");
    offer(process, "x");
    acts(process, "put");
    process.want("put", "{}");
    process.say("done");
    assertHeld(process);
    SimWorld.later(process.kernel().resume("operator"));
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
    offer(process, "y");
    acts(process, "put");
    process.say("done");
    assertEquals(2, process.image().settled());
  }

  @Test
  void anOperatorCannotResumeADayThatIsUsedUp() {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");
    SimWorld.later(process.kernel().resume("operator"));
    process.flush();

    assertHeld(process);
    assertEquals(1, process.image().queue().waiting());
  }

  @Test
  void isPausedAfterTheRunAlsoWhenTheJvmEndsInBetween() {
    HandProcess process = with("{max_tool_calls_per_run: 1}");
    offer(process, "x");
    offer(process, "y");
    acts(process, "put");
    process.want("put", "{}");
    process.restart(false);
    process.flush();
    process.say("done");

    assertHeld(process);
    assertEquals(1, process.image().queue().waiting());
  }

  @Test
  void warnsOnceForARunAndOnceForADay() {
    HandProcess process = with("{max_tool_calls_per_run: 5, max_tool_calls_per_day: 10}");
    for (int run = 0; run < 2; run++) {
      offer(process, "x" + run);
      for (int i = 0; i < 5; i++) {
        acts(process, "put");
        if (i == 3) {
          process.restart(false);
          process.flush();
        }
      }
      process.say("done");
    }
    assertEquals(
        List.of("warning tool_calls_run", "warning tool_calls_day", "warning tool_calls_run"),
        notes(process));
  }

  // --- Grants and other budgets

  @Test
  void aGrantOfTodayLetsItGoOn() {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");
    Map<String, @Nullable Object> view = process.answer(process
        .kernel()
        .oversee(all -> all.budget().grant(Map.of(BudgetLimit.RUNS_DAY, 2L), "ops")));

    assertEquals(1, process.asked.size());
    assertEquals(Map.of("runs_day", 2L), view.get("granted"));
    process.say("done");
    offer(process, "third");
    process.say("done");
    offer(process, "fourth");
    assertHeld(process);
    assertEquals("ops", process.entries(BudgetEntry.BudgetGrant.class).get(0).by());
    process.pass(Duration.ofHours(17));
    process.flush();
    process.say("done");
    offer(process, "fifth");
    assertHeld(process);
  }

  @Test
  void nothingIsGrantedThatIsNotBounded() {
    HandProcess process = with("{max_runs_per_day: 1, max_tool_calls_per_run: 1}");
    for (Map<BudgetLimit, Long> wrong : List.of(
        Map.of(BudgetLimit.TOKENS_DAY, 5L),
        Map.of(BudgetLimit.TOOL_CALLS_RUN, 5L),
        Map.of(BudgetLimit.RUNS_DAY, 0L),
        Map.of(BudgetLimit.RUNS_DAY, -1L))) {
      var refused = process.kernel().oversee(all -> all.budget().grant(wrong, "ops"));
      assertTrue(refused.failed(), "" + wrong);
      assertEquals(
          ErrorCode.INVALID_CONFIG, ((RuntimeFault) refused.cause()).failure().code());
    }
    assertEquals(List.of(), process.entries(BudgetEntry.BudgetGrant.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{enabled: false}", "{max_runs_per_day: 5}"})
  void anotherBudgetLetsItGo(String other) {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    offer(process, "second");
    process.deploy(config(other, 1));
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }
}
