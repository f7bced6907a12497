package dev.agentruntime.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.trigger.ListSink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CronTriggerTest {

  private static final Instant START = Instant.parse("2026-03-01T09:00:10Z");

  private final ManualTimers timers = new ManualTimers(START);
  private final ListSink sink = new ListSink();

  @CanIgnoreReturnValue
  private CronTrigger start(String expression) {
    return start(expression, CronPolicy.DEFAULT);
  }

  @CanIgnoreReturnValue
  private CronTrigger start(String expression, CronPolicy policy) {
    CronSchedule schedule = CronSchedule.of(
        new TriggerConfig.Cron("tick", expression, "UTC", policy, Rules.NONE),
        new ProcessName("clock"));
    CronTrigger trigger = new CronTrigger(schedule, timers, Ids.seeded(timers, new Random(1)));
    assertTrue(trigger.start(sink).succeeded());
    return trigger;
  }

  private List<String> fires() {
    List<String> out = new ArrayList<>();
    for (TriggerEvent event : sink.events()) {
      out.add(String.valueOf(event.payload().object().get("scheduled_time")).substring(11, 19));
    }
    return out;
  }

  private Map<String, @Nullable Object> cursor() {
    return Objects.requireNonNull(sink.cursor("tick")).object();
  }

  @Test
  void firesAtEachInstantAndSaysWhen() {
    start("* * * * *");
    timers.advance(Duration.ofMinutes(3));
    assertEquals(List.of("09:01:00", "09:02:00", "09:03:00"), fires());
    TriggerEvent event = sink.events().get(0);
    assertEquals("tick", event.triggerId());
    assertEquals("cron", event.triggerType());
    assertEquals("tick@2026-03-01T09:01:00Z", event.dedupKey());
    assertEquals(
        "{\"scheduled_time\":\"2026-03-01T09:01:00Z\",\"cron_expression\":\"* * * * *\","
            + "\"timezone\":\"UTC\"}",
        event.payload().toString());
    assertEquals("{\"late_ms\":0}", event.metadata().toString());
    assertEquals("2026-03-01T09:03:00Z", cursor().get("last"));
  }

  @Test
  void stopsFiring() {
    CronTrigger trigger = start("* * * * *");
    timers.advance(Duration.ofMinutes(1));
    assertTrue(trigger.stop().succeeded());
    timers.advance(Duration.ofMinutes(5));
    assertEquals(List.of("09:01:00"), fires());
    assertEquals(0, timers.pending());
  }

  @Test
  void looksAtTheClockEachMinute() {
    start("0 9 2 3 *");
    timers.advance(Duration.ofHours(23));
    assertEquals(1, timers.pending());
    assertTrue(timers.untilNext().compareTo(CronTrigger.WAIT_MAX) <= 0);
    assertEquals(List.of(), fires());
    timers.advance(Duration.ofHours(1));
    assertEquals(List.of("09:00:00"), fires());
  }

  @Test
  void aClockThatGoesBackFiresNothingTwice() {
    start("*/10 * * * *");
    timers.advance(Duration.ofMinutes(20));
    assertEquals(List.of("09:10:00", "09:20:00"), fires());
    timers.jump(Duration.ofMinutes(-15));
    timers.advance(Duration.ofMinutes(24));
    assertEquals(List.of("09:10:00", "09:20:00"), fires());
    timers.advance(Duration.ofMinutes(1));
    assertEquals(List.of("09:10:00", "09:20:00", "09:30:00"), fires());
    assertEquals(3, sink.offers());
  }

  @Test
  void aClockThatGoesBackFiresNothingTwiceAfterARestart() {
    CronTrigger first = start("*/10 * * * *");
    timers.advance(Duration.ofMinutes(20));
    assertTrue(first.stop().succeeded());
    timers.jump(Duration.ofMinutes(-15));
    start("*/10 * * * *");
    timers.advance(Duration.ofMinutes(16));
    assertEquals(List.of("09:10:00", "09:20:00"), fires());
    assertEquals(2, sink.offers());
  }

  @Test
  void aClockThatGoesForwardSkipsWhatIsOldAndCountsIt() {
    start("*/10 * * * *");
    timers.advance(Duration.ofMinutes(5));
    timers.jump(Duration.ofMinutes(60));
    timers.advance(Duration.ofMinutes(5));
    // 09:10 to 10:00 were jumped over; 10:10 is now.
    assertEquals(List.of("10:10:00"), fires());
    assertEquals(6L, cursor().get("missed"));
    assertEquals("2026-03-01T10:00:00Z", cursor().get("missed_last"));
  }

  @Test
  void aClockThatWasYearsAheadForAWhileDoesNotSilenceIt() {
    start("0 * * * *");
    timers.jump(Duration.ofDays(3650));
    timers.advance(Duration.ofHours(1));
    assertEquals(List.of("09:00:00", "10:00:00"), fires());
    timers.jump(Duration.ofDays(-3650));
    timers.advance(Duration.ofHours(3));
    assertEquals(List.of("09:00:00", "10:00:00", "11:00:00", "12:00:00", "13:00:00"), fires());
    assertEquals(5, sink.offers());
  }

  @Test
  void whatWasMissedInAWeekOfDowntimeIsCounted() {
    CronTrigger first = start("0 * * * *");
    timers.advance(Duration.ofHours(1));
    assertTrue(first.stop().succeeded());
    timers.advance(Duration.ofDays(7));
    timers.advance(Duration.ofMinutes(10));
    start("0 * * * *");
    assertEquals(List.of("10:00:00"), fires());
    assertEquals(7L * 24, cursor().get("missed"));
    assertEquals("2026-03-08T10:00:00Z", cursor().get("missed_last"));
    timers.advance(Duration.ofHours(1));
    assertEquals(List.of("10:00:00", "11:00:00"), fires());
    assertEquals(7L * 24, cursor().get("missed"));
  }

  @Test
  void aYearOfADenseScheduleIsCountedToTheLastAndAtOnce() {
    CronTrigger first = start("* * * * * *");
    assertTrue(first.stop().succeeded());
    timers.advance(Duration.ofDays(365));
    assertTimeout(Duration.ofSeconds(1), () -> start("* * * * * *"));
    assertEquals(365L * 86_400 - 1, cursor().get("missed"));
    assertEquals(1, sink.events().size());
  }

  @Test
  void aQuickRestartLosesNothing() {
    CronTrigger first = start("* * * * *");
    timers.advance(Duration.ofSeconds(45));
    assertTrue(first.stop().succeeded());
    timers.advance(Duration.ofSeconds(20));
    start("* * * * *");
    assertEquals(List.of("09:01:00"), fires());
    assertEquals("{\"late_ms\":15000}", sink.events().get(0).metadata().toString());
  }

  @Test
  void anotherScheduleUnderTheSameIdBeginsAnew() {
    CronTrigger first = start("0 * * * *");
    timers.advance(Duration.ofHours(1));
    assertTrue(first.stop().succeeded());
    timers.advance(Duration.ofDays(1));
    start("30 * * * *");
    assertEquals(0L, cursor().get("missed"));
  }

  @Test
  void aCursorOfAnotherKindIsLeftAside() {
    assertTrue(sink.saveCursor("tick", Json.parse("[1]")).succeeded());
    start("* * * * *");
    timers.advance(Duration.ofMinutes(1));
    assertEquals(List.of("09:01:00"), fires());
  }

  @Test
  void triesAgainWhenTheInboxIsFull() {
    sink.refuse(ErrorCode.INBOX_FULL, ErrorCode.OVERLOADED, ErrorCode.JOURNAL_CLOSED);
    start("*/10 * * * *");
    timers.advance(Duration.ofMinutes(11));
    assertEquals(List.of("09:10:00"), fires());
    assertEquals(4, sink.offers());
    assertEquals(0L, cursor().get("missed"));
  }

  @Test
  void givesUpAtTheNextInstantAndCountsIt() {
    ErrorCode[] full = new ErrorCode[5];
    Arrays.fill(full, ErrorCode.INBOX_FULL);
    sink.refuse(full);
    start("* * * * *");
    // Tried after 0, 1, 3, 7, 15 and 31 s; the next try would come with the next instant.
    timers.advance(Duration.ofSeconds(109));
    assertEquals(List.of("09:01:00"), fires());
    sink.refuse(full);
    sink.refuse(ErrorCode.INBOX_FULL);
    timers.advance(Duration.ofMinutes(2));
    assertEquals(List.of("09:01:00", "09:03:00"), fires());
    assertEquals(1L, cursor().get("missed"));
    assertEquals("2026-03-01T09:02:00Z", cursor().get("missed_last"));
  }

  @Test
  void aStoppedProcessIsNotAskedAgain() {
    sink.refuse(ErrorCode.PROCESS_STOPPED);
    start("*/10 * * * *");
    timers.advance(Duration.ofMinutes(19));
    assertEquals(1, sink.offers());
    assertEquals(1L, cursor().get("missed"));
  }

  @Test
  void aSlowAnswerHoldsUpWhatComesAfterIt() {
    sink.hold();
    start("* * * * *");
    timers.advance(Duration.ofMinutes(3));
    assertEquals(List.of("09:01:00"), fires());
    assertEquals(null, cursor().get("last"));
    sink.letGo();
    assertEquals(List.of("09:01:00", "09:03:00"), fires());
    assertEquals("2026-03-01T09:03:00Z", cursor().get("last"));
    assertEquals(1L, cursor().get("missed"));
    assertEquals("2026-03-01T09:02:00Z", cursor().get("missed_last"));
  }
}
