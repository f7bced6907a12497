package dev.agentruntime.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What users of other schedulers complain of, each as a test by the name of the complaint. */
class CronComplaintsTest {

  private static final CronPolicy SKIP = CronPolicy.DEFAULT;
  private static final CronPolicy ONCE = CronBench.misfire(Misfire.ONCE, Duration.ofDays(1), 100);

  private static Duration s(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  /** openclaw#42640: ran at 22:00, the gateway restarted at 22:30, ran again. */
  @Test
  void aJobThatRanDoesNotRunAgainAfterARestart() {
    CronBench bench = new CronBench("2026-03-11T00:59:00Z", "America/Santiago");
    for (CronPolicy policy : List.of(SKIP, ONCE)) {
      bench.start("0 22 * * *", policy).pass(s(1_800)).down(s(37));
    }
    bench.start("0 22 * * *", ONCE);
    assertEquals(List.of("11 01:00:00"), bench.fires());
    assertEquals(1, bench.sink.offers());
    assertEquals(0L, bench.cursor().get("missed"));
  }

  /** The same, when the kill came between the fire and the note of it. */
  @Test
  void aJobThatRanDoesNotRunAgainWhenNoNoteOfItWasKept() {
    for (Misfire misfire : Misfire.values()) {
      CronBench bench = new CronBench("2026-03-01T09:59:00Z", "UTC");
      CronPolicy policy = CronBench.misfire(misfire, Duration.ofDays(1), 100);
      bench.start("0 * * * *", policy);
      Json before = Json.of(bench.cursor());
      bench.pass(s(60)).down(s(7_100));
      assertTrue(bench.sink.saveCursor("tick", before).succeeded());
      bench.start("0 * * * *", policy);
      assertEquals(1, bench.fires().stream().filter("01 10:00:00"::equals).count());
      // 11:00 was missed; 10:00 was not, and is not counted.
      assertEquals(1L, bench.cursor().get("missed"), misfire::toString);
    }
  }

  /** openclaw#33092: down from 8:29:47 to 8:31:05, the brief of 8:30 was lost without a trace. */
  @Test
  void aShortRestartAtTheWrongMomentLosesNothing() {
    CronBench bench = new CronBench("2026-03-03T13:00:00Z", "America/New_York");
    bench.start("30 8 * * *", SKIP).pass(s(1_787)).down(s(78)).start("30 8 * * *", SKIP);
    assertEquals(List.of("03 13:30:00"), bench.fires());
    assertEquals(65_000L, bench.newest().get("late_ms"));
  }

  /** openclaw#4018: a restart 21 s after the time; nothing said that the job was skipped. */
  @Test
  void aRestartJustAfterTheTimeLosesNothing() {
    CronBench bench = new CronBench("2026-01-29T20:59:50Z", "UTC");
    bench.start("0 21 * * *", SKIP).pass(s(5)).down(s(26)).start("0 21 * * *", SKIP);
    assertEquals(List.of("29 21:00:00"), bench.fires());
  }

  /** openclaw#10596: down over 8:00, back at 13:00; users believed that crons are broken. */
  @Test
  void whatALongDowntimeSkippedIsListedWithTheReason() {
    CronBench bench = new CronBench("2026-02-06T07:00:00Z", "UTC");
    bench.start("0 8 * * *", SKIP).down(Duration.ofHours(6)).start("0 8 * * *", SKIP);
    assertEquals(List.of(), bench.fires());
    assertEquals(List.of("1 06 08:00..06 08:00 not running"), bench.rows());
    assertEquals("2026-02-06T08:00:00Z", bench.cursor().get("missed_last"));
  }

  /** openclaw#12440: looking at the list after the time moved the job on, and it never ran. */
  @Test
  void lookingDoesNotMoveAnything() {
    CronBench bench = new CronBench("2026-02-09T00:59:00Z", "UTC");
    TriggerConfig.Cron config =
        new TriggerConfig.Cron("tick", "0 1 * * *", "UTC", SKIP, Rules.NONE);
    bench.start("0 1 * * *", SKIP);
    Map<String, @Nullable Object> status = CronStatus.of(
        config,
        new ProcessName("clock"),
        bench.sink.cursor("tick"),
        Instant.parse("2026-02-09T02:00:00Z"));
    assertEquals("2026-02-10T01:00:00Z", status.get("next_fire"));
    bench.pass(s(60));
    assertEquals(List.of("09 01:00:00"), bench.fires());
  }

  /** openclaw#11912: after a restart the next run jumped two days too far. */
  @Test
  void theNextFireAfterARestartIsTheNextOne() {
    CronBench bench = new CronBench("2026-02-06T20:00:00Z", "America/New_York");
    bench.start("0 4 * * *", SKIP).pass(s(600)).down(s(10)).start("0 4 * * *", SKIP);
    bench.pass(Duration.ofDays(3));
    assertEquals(List.of("07 09:00:00", "08 09:00:00", "09 09:00:00"), bench.fires());
  }

  /** openclaw#2826: nothing ran for 27 minutes, then twenty copies of one event at the restart. */
  @Test
  void aStallAndManyRestartsMakeNoCopies() {
    CronBench bench = new CronBench("2026-01-27T06:22:00Z", "UTC");
    bench.start("30 6 * * *", ONCE);
    bench.timers.jump(Duration.ofMinutes(27));
    bench.pass(s(60));
    for (int i = 0; i < 20; i++) {
      bench.down(s(1)).start("30 6 * * *", ONCE);
    }
    assertEquals(List.of("27 06:30:00"), bench.fires());
    assertEquals(1, bench.sink.offers());
  }

  /** Kubernetes CronJob: more than 100 missed starts, and it never ran again. */
  @Test
  void moreThanAHundredMissedDoNotEndTheSchedule() {
    CronBench bench = new CronBench("2026-03-01T00:00:30Z", "UTC");
    bench.start("* * * * *", SKIP).down(Duration.ofDays(7)).start("* * * * *", SKIP);
    bench.pass(s(120));
    assertEquals(List.of("08 00:00:00", "08 00:01:00", "08 00:02:00"), bench.fires());
    assertEquals(7L * 1_440 - 1, bench.cursor().get("missed"));
  }

  /** Kubernetes CronJob: ran twice on the day the clocks went back. */
  @Test
  void theHourThatComesTwiceFiresOnce() {
    CronBench bench = new CronBench("2026-10-24T12:00:00Z", "Europe/Berlin");
    bench.start("30 2 * * *", SKIP).pass(Duration.ofDays(2));
    assertEquals(List.of("25 00:30:00", "26 01:30:00"), bench.fires());
    assertEquals(0L, bench.cursor().get("missed"));
  }

  /** The machine's clock ran ahead by an hour, fired, and was set right. */
  @Test
  void aClockSetRightFiresNothingTwice() {
    CronBench bench = new CronBench("2026-03-01T09:00:00Z", "UTC");
    bench.start("*/10 * * * *", ONCE).pass(s(60));
    bench.timers.jump(Duration.ofHours(1));
    bench.pass(s(60));
    assertEquals(List.of("01 10:00:00"), bench.fires());
    bench.timers.jump(Duration.ofHours(-1));
    bench.down(s(5)).start("*/10 * * * *", ONCE).pass(s(3_600));
    assertEquals(List.of("01 10:00:00"), bench.fires());
    assertEquals(1, bench.sink.offers());
    bench.pass(s(600));
    assertEquals(List.of("01 10:00:00", "01 10:10:00"), bench.fires());
  }
}
