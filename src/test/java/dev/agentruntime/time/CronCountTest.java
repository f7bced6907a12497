package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counting instants says the same as walking through them, and is quick. */
class CronCountTest {

  private static final ZoneId UTC = ZoneId.of("UTC");

  /** With changes of one hour, half an hour, at midnight, and a day that does not exist. */
  private static final List<String> ZONES = List.of(
      "UTC",
      "America/New_York",
      "Europe/Berlin",
      "Australia/Lord_Howe",
      "America/Santiago",
      "America/Sao_Paulo",
      "Africa/Cairo",
      "Pacific/Apia",
      "Asia/Kathmandu",
      "Africa/Casablanca");

  private final long seed = Long.getLong("seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @Test
  void countsWhatItWalks() {
    for (int i = 0; i < 300; i++) {
      ZoneId zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
      CronExpression cron = CronExpression.parse(expression());
      // From 2004 to 2020, half a year or less, at any millisecond.
      Instant after = Instant.ofEpochMilli(1_072_915_200_000L + random.nextLong(504_576_000_000L));
      Instant until = after.plusMillis(random.nextLong(15_552_000_000L));
      List<Instant> walked = new ArrayList<>();
      for (Instant at = cron.next(after, zone); !at.isAfter(until); at = cron.next(at, zone)) {
        walked.add(at);
      }
      String what = "seed " + seed + ": " + cron + " " + zone + " " + after + " " + until;
      assertEquals(walked.size(), cron.count(after, until, zone), what);
      for (int n = 1; n <= Math.min(3, walked.size()); n++) {
        assertEquals(
            walked.get(walked.size() - n), cron.newest(n, after, until, zone), what + " " + n);
      }
      if (!walked.isEmpty()) {
        assertEquals(walked.get(0), cron.newest(walked.size() + 9, after, until, zone), what);
      }
    }
  }

  @Test
  void countsNothingBackwards() {
    Instant at = Instant.parse("2026-03-01T00:00:00Z");
    CronExpression cron = CronExpression.parse("* * * * *");
    assertEquals(0, cron.count(at, at, UTC));
    assertEquals(0, cron.count(at, at.minusSeconds(600), UTC));
    assertEquals(1, cron.count(at.minusMillis(1), at, UTC));
  }

  @Test
  void countsTenYearsOfSecondsAtOnce() {
    Instant after = Instant.parse("2026-01-01T00:00:00Z");
    Instant until = Instant.parse("2036-01-01T00:00:00Z");
    CronExpression cron = CronExpression.parse("* * * * * *");
    ZoneId zone = ZoneId.of("Europe/Berlin");
    assertTimeout(
        Duration.ofSeconds(1),
        () -> assertEquals(
            Duration.between(after, until).toSeconds(), cron.count(after, until, zone)));
    assertEquals(until, cron.newest(1, after, until, zone));
  }

  @ParameterizedTest
  @CsvSource({
    "* * * * * *, 1",
    "* * * * * */20, 20",
    "* * * * * 0;55, 5",
    "* * * * * 0;59, 1",
    "0;1 * * * * 30, 60",
    "0;59 * * * *, 60",
    "0;50 */2 * * *, 3000",
    "59 0 * * *, 86400",
    "0 0;23 * * *, 3600",
    "59;0 23;0 * * * 59;0, 1",
    "0 0;23 1 * *, 82800",
    "0 0;23 1;15 * *, 82800",
    "0 0;23 28-31 2 *, 3600",
    "0 0;23 29 2 */6, 82800",
    "@daily, 86400",
    "@yearly, 86400",
    "@hourly, 3600"
  })
  void knowsHowCloseFiresCanCome(String expression, long seconds) {
    assertEquals(
        Duration.ofSeconds(seconds),
        CronExpression.parse(expression.replace(';', ',')).smallestGap());
  }

  private String expression() {
    String second = random.nextInt(3) == 0 ? " " + field(0, 59) : "";
    String minute = second.isEmpty() ? field(0, 59) : String.valueOf(random.nextInt(60));
    return minute + " " + field(0, 23) + " " + field(1, 31) + " * " + field(0, 6) + second;
  }

  private String field(int min, int max) {
    int low = min + random.nextInt(max - min + 1);
    int high = low + random.nextInt(max - low + 1);
    return switch (random.nextInt(5)) {
      case 0 -> "*/" + (1 + random.nextInt(max - min));
      case 1 -> low + "-" + high;
      case 2 -> low + "," + high;
      case 3 -> String.valueOf(low);
      default -> "*";
    };
  }
}
