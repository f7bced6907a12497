package dev.agentruntime.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoadScheduleTest {

  private static final long MS = 1_000_000;

  @Test
  void anOpenModelOwesAtAConstantRate() {
    LoadPlan.Schedule schedule = schedule(new LoadPlan.Open(100), 1_000);

    assertEquals(0, schedule.take(0));
    assertEquals(LoadPlan.Schedule.NONE, schedule.take(9 * MS));
    assertEquals(10 * MS, schedule.take(10 * MS));
    assertEquals(LoadPlan.Schedule.NONE, schedule.take(19 * MS));
  }

  @Test
  void anOpenModelCatchesUpAndKeepsTheIntendedTimes() {
    LoadPlan.Schedule schedule = schedule(new LoadPlan.Open(100), 1_000);

    for (int i = 0; i < 6; i++) {
      assertEquals(i * (10 * MS), schedule.take(55 * MS));
    }
    assertEquals(LoadPlan.Schedule.NONE, schedule.take(55 * MS));
  }

  @Test
  void anOpenModelStillOwesAfterTheEndWhatFellDueBefore() {
    LoadPlan.Schedule schedule = schedule(new LoadPlan.Open(10), 200);

    assertFalse(schedule.ended(900 * MS));
    assertEquals(0, schedule.take(900 * MS));
    assertEquals(100 * MS, schedule.take(900 * MS));
    assertTrue(schedule.ended(900 * MS), "200 ms at 10 a second owe two requests");
    assertEquals(LoadPlan.Schedule.NONE, schedule.take(900 * MS));
  }

  @Test
  void aRateThatDoesNotDivideASecondDoesNotDrift() {
    LoadPlan.Schedule schedule = schedule(new LoadPlan.Open(3), 100_000);
    long last = 0;
    for (int i = 0; i <= 30; i++) {
      last = schedule.take(Long.MAX_VALUE / 2);
    }
    assertEquals(10_000 * MS, last, "request 30 at 3 a second is owed after 10 s");
  }

  @Test
  void aClosedModelOwesAtOnceUntilItsEnd() {
    LoadPlan.Schedule schedule = schedule(new LoadPlan.Closed(1), 100);

    assertEquals(7, schedule.take(7));
    assertEquals(7, schedule.take(7));
    assertEquals(100 * MS - 1, schedule.take(100 * MS - 1));
    assertEquals(LoadPlan.Schedule.NONE, schedule.take(100 * MS));
    assertTrue(schedule.ended(100 * MS));
  }

  @Test
  void bothStopAtTheCount() {
    for (LoadPlan.Pace pace :
        new LoadPlan.Pace[] {new LoadPlan.Closed(1), new LoadPlan.Open(1_000)}) {
      LoadPlan.Schedule schedule = new LoadPlan.Schedule(new LoadPlan(
          LoadPlan.Target.of("http://127.0.0.1:1/x"), pace, 200, null, Duration.ofSeconds(1), 2));
      assertFalse(schedule.take(500 * MS) == LoadPlan.Schedule.NONE);
      assertFalse(schedule.take(500 * MS) == LoadPlan.Schedule.NONE);
      assertTrue(schedule.ended(500 * MS));
      assertEquals(LoadPlan.Schedule.NONE, schedule.take(500 * MS));
    }
  }

  private static LoadPlan.Schedule schedule(LoadPlan.Pace pace, long durationMs) {
    return new LoadPlan.Schedule(new LoadPlan(
        LoadPlan.Target.of("http://127.0.0.1:1/x"),
        pace,
        200,
        null,
        Duration.ofMillis(durationMs),
        LoadPlan.COUNT_MAX));
  }
}
