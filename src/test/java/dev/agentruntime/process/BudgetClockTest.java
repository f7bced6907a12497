package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.assertHeld;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.policy.BudgetLimit;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A budget whose node's clock somebody sets. It begins at 08:00. */
final class BudgetClockTest {

  private static boolean reserves(HandProcess process, Message.Usage most) {
    Future<BudgetDesk.Charge> reserved =
        process.kernel().oversight().budget().reserve("judge", null, most, "too little");
    process.flush();
    return reserved.succeeded();
  }

  /** Over the hour at which a day begins, and over two. */
  @ParameterizedTest
  @ValueSource(ints = {9, 33})
  void aClockThatIsSetBackBeginsNoDayOnceMore(int hours) {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    process.timers.jump(Duration.ofHours(-hours));
    offer(process, "second");
    assertHeld(process);
    process.restart(false);
    process.flush();
    assertHeld(process);

    process.timers.jump(Duration.ofHours(hours));
    process.pass(Duration.ofHours(2));
    process.flush();
    assertHeld(process);
    assertEquals(List.of(), process.asked, "of the same day");
    process.pass(Duration.ofHours(14));
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
  }

  @Test
  void aClockThatWasSetAheadAndPutRightLeavesItToAGrant() {
    HandProcess process = with("{max_runs_per_day: 1}");
    process.timers.jump(Duration.ofDays(30));
    offer(process, "first");
    process.say("done");
    process.timers.jump(Duration.ofDays(-30));
    offer(process, "second");
    process.pass(Duration.ofDays(2));
    process.flush();
    assertHeld(process);

    SimWorld.later(process
        .kernel()
        .oversee(all -> all.budget().grant(Map.of(BudgetLimit.RUNS_DAY, 1L), "me"))
        .mapEmpty());
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @Test
  void anHourThatIsOverAlreadyBeginsADayAtOnce() {
    HandProcess process = with("{max_runs_per_day: 1}");
    offer(process, "first");
    process.say("done");
    process.deploy(config("{max_runs_per_day: 1, daily_reset_hour_utc: 7}", 1));
    process.flush();
    offer(process, "second");
    assertEquals(1, process.asked.size());
  }

  /** Two days of one date, when the hour at which they begin is another one. */
  @ParameterizedTest
  @CsvSource({"'', 60", "2026-03-02, 10", "2026-03-02T07:00:00Z, 10", "2026-03-02T00:00:00Z, 60"})
  void whatADayGivesBackIsNotGivenToAnotherOfItsDate(String given, long used) {
    HandProcess process = with("{max_tokens_per_day: 100}");
    Message.Usage most = new Message.Usage(60, 0);
    Oversight oversight = process.kernel().oversight();
    Future<BudgetDesk.Charge> charge = oversight.budget().reserve("judge", null, most, "none");
    process.flush();
    process.deploy(config("{max_tokens_per_day: 100, daily_reset_hour_utc: 7}", 1));
    process.flush();
    assertTrue(reserves(process, most), "of another day");

    // Journals of before have the date alone.
    if (given.isEmpty()) {
      charge.result().settle(new Message.Usage(10, 0));
    } else {
      SimWorld.later(process
          .kernel()
          .log()
          .write(new BudgetEntry.BudgetCharge(
              "judge", given, null, null, Map.of(BudgetLimit.TOKENS_DAY.measure(), -50L))));
    }
    process.flush();
    assertEquals(used, BudgetWorld.used(process, BudgetLimit.TOKENS_DAY));
    process.restart(false);
    assertEquals(used, BudgetWorld.used(process, BudgetLimit.TOKENS_DAY));
  }
}
