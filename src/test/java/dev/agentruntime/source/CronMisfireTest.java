package dev.agentruntime.source;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens to instants that were missed: skipped, one for all, or all. */
class CronMisfireTest {

  private static final Duration DAY = Duration.ofDays(1);
  private static final String DOWN = "not running";
  private static final String JUMP =
      "the clock jumped, the machine slept or the fire before took long";

  private final CronBench bench = new CronBench("2026-03-01T09:00:10Z", "UTC");

  private static Duration minutes(long minutes) {
    return Duration.ofMinutes(minutes);
  }

  @Test
  void skipCountsAndListsThem() {
    bench.start("0 * * * *", CronPolicy.DEFAULT).down(minutes(330));
    bench.start("0 * * * *", CronPolicy.DEFAULT);
    assertEquals(List.of(), bench.fires());
    assertEquals(5L, bench.cursor().get("missed"));
    assertEquals(List.of("5 01 10:00..01 14:00 " + DOWN), bench.rows());
  }

  @Test
  void onceFiresTheNewestAndSaysForHowMany() {
    CronPolicy once = CronBench.misfire(Misfire.ONCE, DAY, 100);
    bench.start("0 * * * *", once).down(minutes(330)).start("0 * * * *", once);
    assertEquals(List.of("01 14:00:00"), bench.fires());
    assertEquals(5L, bench.newest().get("missed"));
    assertEquals(1_810_000L, bench.newest().get("late_ms"));
    assertEquals(5L, bench.cursor().get("missed"));
    assertEquals(1L, bench.cursor().get("made_up"));
    assertEquals(List.of("5 01 10:00..01 14:00 " + DOWN), bench.rows());
    bench.pass(minutes(60));
    assertEquals(List.of("01 14:00:00", "01 15:00:00"), bench.fires());
    assertEquals(null, bench.newest().get("missed"));
    assertEquals(5L, bench.cursor().get("missed"));
  }

  @Test
  void onceFiresNothingOlderThanTheWindow() {
    CronPolicy once = CronBench.misfire(Misfire.ONCE, minutes(10), 100);
    bench.start("0 * * * *", once).down(minutes(330)).start("0 * * * *", once);
    assertEquals(List.of(), bench.fires());
    assertEquals(5L, bench.cursor().get("missed"));
  }

  @Test
  void allFiresEachOldestFirst() {
    CronPolicy all = CronBench.misfire(Misfire.ALL, DAY, 100);
    bench.start("0 * * * *", all).down(minutes(210)).start("0 * * * *", all);
    assertEquals(List.of("01 10:00:00", "01 11:00:00", "01 12:00:00"), bench.fires());
    assertEquals(3L, bench.cursor().get("missed"));
    assertEquals(3L, bench.cursor().get("made_up"));
    assertEquals(List.of("3 01 10:00..01 12:00 " + DOWN), bench.rows());
  }

  @Test
  void allFiresNoMoreThanTheMaximumAndTheNewest() {
    CronPolicy all = CronBench.misfire(Misfire.ALL, DAY, 2);
    bench.start("0 * * * *", all).down(minutes(330)).start("0 * * * *", all);
    assertEquals(List.of("01 13:00:00", "01 14:00:00"), bench.fires());
    assertEquals(5L, bench.cursor().get("missed"));
    assertEquals(2L, bench.cursor().get("made_up"));
  }

  @Test
  void allFiresNothingOlderThanTheWindow() {
    CronPolicy all = CronBench.misfire(Misfire.ALL, minutes(100), 100);
    bench.start("0 * * * *", all).down(minutes(330)).start("0 * * * *", all);
    assertEquals(List.of("01 13:00:00", "01 14:00:00"), bench.fires());
  }

  @Test
  void aWeekOfMinutesIsMadeUpForAtOnce() {
    CronPolicy all = CronBench.misfire(Misfire.ALL, Duration.ofDays(30), 1_000);
    bench.start("* * * * *", all).down(Duration.ofDays(7));
    assertTimeout(Duration.ofSeconds(2), () -> bench.start("* * * * *", all));
    assertEquals(1_000, bench.sink.events().size());
    assertEquals(7L * 24 * 60 - 1, bench.cursor().get("missed"));
    assertEquals(999L, bench.cursor().get("made_up"));
    assertEquals("08 09:00:00", bench.fires().get(999));
  }

  @Test
  void aMachineThatSleptMakesUpWhenItWakes() {
    CronPolicy all = CronBench.misfire(Misfire.ALL, DAY, 100);
    bench.start("*/30 * * * *", all).pass(minutes(5));
    bench.timers.jump(minutes(100));
    bench.pass(minutes(2));
    assertEquals(List.of("01 09:30:00", "01 10:00:00", "01 10:30:00"), bench.fires());
    assertEquals(List.of("3 01 09:30..01 10:30 " + JUMP), bench.rows());
  }

  @Test
  void onceAlsoHoldsForWhatTheInboxRefused() {
    ErrorCode[] full = new ErrorCode[20];
    Arrays.fill(full, ErrorCode.INBOX_FULL);
    bench.sink.refuse(full);
    bench.start("* * * * *", CronBench.misfire(Misfire.ONCE, DAY, 100)).pass(minutes(5));
    assertEquals(List.of("01 09:04:00", "01 09:05:00"), bench.fires());
    assertEquals(3L, bench.sink.events().get(0).metadata().object().get("missed"));
    assertEquals(3L, bench.cursor().get("missed"));
    assertEquals(List.of("3 01 09:01..01 09:03 refused: INBOX_FULL"), bench.rows());
  }

  @Test
  void allLosesNothingThatTheInboxRefused() {
    ErrorCode[] full = new ErrorCode[9];
    Arrays.fill(full, ErrorCode.OVERLOADED);
    bench.sink.refuse(full);
    bench.start("* * * * *", CronBench.misfire(Misfire.ALL, DAY, 100)).pass(minutes(10));
    assertEquals(10, bench.fires().size());
    assertEquals(10, new HashSet<>(bench.fires()).size());
    assertEquals(bench.fires().stream().sorted().toList(), bench.fires());
  }

  @Test
  void onlyTheNewestRowsAreListed() {
    bench.start("0 * * * *", CronPolicy.DEFAULT);
    for (int i = 0; i < 30; i++) {
      bench.pass(minutes(60)).down(minutes(60)).start("0 * * * *", CronPolicy.DEFAULT);
      bench.pass(minutes(5));
      bench.down(minutes(115)).start("0 * * * *", CronPolicy.DEFAULT);
    }
    assertEquals(CronCursor.ROWS_MAX, bench.rows().size());
    assertTrue(
        ((Number) requireNonNull(bench.cursor().get("missed"))).longValue() > CronCursor.ROWS_MAX);
  }

  @Test
  void nothingFiresBeforeTheBootDelayIsOver() {
    CronPolicy slow = CronBench.late(Misfire.ALL, Duration.ZERO, minutes(10));
    bench.start("*/3 * * * *", slow).pass(Duration.ofSeconds(599));
    assertEquals(List.of(), bench.fires());
    bench.pass(Duration.ofSeconds(1));
    assertEquals(List.of("01 09:03:00", "01 09:06:00", "01 09:09:00"), bench.fires());
  }

  @Test
  void theBootDelayLosesNothingThatIsNew() {
    CronPolicy slow = CronBench.late(Misfire.SKIP, Duration.ZERO, minutes(10));
    bench.start("*/3 * * * *", slow).pass(minutes(10));
    assertEquals(List.of("01 09:09:00"), bench.fires());
    assertEquals(2L, bench.cursor().get("missed"));
    assertEquals(
        List.of("2 01 09:03..01 09:06 not running, or within the boot delay"), bench.rows());
    bench.pass(minutes(3));
    assertEquals(List.of("01 09:09:00", "01 09:12:00"), bench.fires());
  }

  @Test
  void jitterIsTheSameForTheSameInstantAndWithinBounds() {
    CronPolicy jitter = CronBench.late(Misfire.SKIP, minutes(1), Duration.ZERO);
    CronSchedule one = schedule("one", jitter);
    CronSchedule other = schedule("other", jitter);
    HashSet<Duration> seen = new HashSet<>();
    Instant at = bench.timers.now();
    for (int i = 0; i < 100; i++) {
      at = one.next(at);
      Duration later = Duration.between(at, one.due(at));
      assertEquals(one.due(at), schedule("one", jitter).due(at));
      assertTrue(!later.isNegative() && later.compareTo(minutes(1)) < 0, later::toString);
      seen.add(later);
      seen.add(Duration.between(at, other.due(at)));
    }
    assertTrue(seen.size() > 190, () -> "only " + seen.size() + " different ones");
  }

  private static CronSchedule schedule(String process, CronPolicy policy) {
    return CronSchedule.of(
        new TriggerConfig.Cron("tick", "* * * * *", "UTC", policy, Rules.NONE),
        new ProcessName(process));
  }

  @Test
  void jitterDelaysTheFireAndNotItsIdentity() {
    CronPolicy jitter = CronBench.late(Misfire.SKIP, minutes(1), Duration.ZERO);
    bench.start("* * * * *", jitter).pass(minutes(10));
    assertTrue(bench.fires().size() >= 9, bench.fires()::toString);
    bench.sink.events().forEach(event -> {
      assertEquals(0L, event.metadata().object().get("late_ms"));
      assertEquals("tick@" + event.payload().object().get("scheduled_time"), event.dedupKey());
    });
    assertEquals(0L, bench.cursor().get("missed"));
  }

  @Test
  void aRestartBetweenAnInstantAndItsJitterFiresItOnce() {
    CronPolicy jitter = CronBench.late(Misfire.SKIP, minutes(1), Duration.ZERO);
    bench.start("* * * * *", jitter);
    for (int i = 0; i < 600; i++) {
      bench.down(Duration.ofSeconds(1)).start("* * * * *", jitter);
    }
    assertEquals(new HashSet<>(bench.fires()).size(), bench.sink.offers());
    assertTrue(bench.fires().size() >= 9, bench.fires()::toString);
    assertEquals(0L, bench.cursor().get("missed"));
  }
}
