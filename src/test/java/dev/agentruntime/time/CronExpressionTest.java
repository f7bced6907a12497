package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronExpressionTest {

  private static final ZoneId UTC = ZoneId.of("UTC");

  @ParameterizedTest(name = "{0} after {1}")
  @CsvSource(delimiter = '|', textBlock = """
      * * * * *           | 2026-03-01T00:00:00Z     | 2026-03-01T00:01:00Z
      * * * * *           | 2026-03-01T00:00:59.999Z | 2026-03-01T00:01:00Z
      * * * * * *         | 2026-03-01T00:00:59.999Z | 2026-03-01T00:01:00Z
      0 0 * * * */20      | 2026-03-01T00:00:20Z     | 2026-03-01T00:00:40Z
      0 0 * * * */20      | 2026-03-01T00:00:40Z     | 2026-03-02T00:00:00Z
      30 9 * * 1-5        | 2026-03-06T09:30:00Z     | 2026-03-09T09:30:00Z
      30 9 * * MON-fri    | 2026-03-06T09:29:59Z     | 2026-03-06T09:30:00Z
      0 0 * * 7           | 2026-03-02T00:00:00Z     | 2026-03-08T00:00:00Z
      0 0 * * 0           | 2026-03-02T00:00:00Z     | 2026-03-08T00:00:00Z
      0 0 * * 5-7         | 2026-03-07T00:00:00Z     | 2026-03-08T00:00:00Z
      0 0 * * FRI-SUN     | 2026-03-07T00:00:00Z     | 2026-03-08T00:00:00Z
      0 0 13 * 5          | 2026-03-01T00:00:00Z     | 2026-03-06T00:00:00Z
      0 0 13 * 5          | 2026-03-06T00:00:00Z     | 2026-03-13T00:00:00Z
      0 0 */2 * 5         | 2026-03-01T00:00:00Z     | 2026-03-13T00:00:00Z
      0 0 29 2 *          | 2026-01-01T00:00:00Z     | 2028-02-29T00:00:00Z
      0 0 29 2 *          | 2096-03-01T00:00:00Z     | 2104-02-29T00:00:00Z
      0 0 29 FEB */6      | 2024-02-29T00:00:00Z     | 2032-02-29T00:00:00Z
      0 0 31 * *          | 2026-01-31T00:00:00Z     | 2026-03-31T00:00:00Z
      15,45 8-10/2 * JUN *| 2026-03-01T00:00:00Z     | 2026-06-01T08:15:00Z
      15,45 8-10/2 * 6 *  | 2026-06-01T08:45:00Z     | 2026-06-01T10:15:00Z
      5/20 * * * *        | 2026-03-01T00:05:00Z     | 2026-03-01T00:25:00Z
      59 23 31 12 *       | 2026-12-31T23:59:00Z     | 2027-12-31T23:59:00Z
      @yearly             | 2026-03-01T00:00:00Z     | 2027-01-01T00:00:00Z
      @annually           | 2026-03-01T00:00:00Z     | 2027-01-01T00:00:00Z
      @monthly            | 2026-03-01T00:00:00Z     | 2026-04-01T00:00:00Z
      @weekly             | 2026-03-01T00:00:00Z     | 2026-03-08T00:00:00Z
      @daily              | 2026-03-01T00:00:00Z     | 2026-03-02T00:00:00Z
      @midnight           | 2026-03-01T00:00:00Z     | 2026-03-02T00:00:00Z
      @hourly             | 2026-03-01T00:00:00Z     | 2026-03-01T01:00:00Z
      """)
  void firesNext(String expression, Instant after, Instant expected) {
    assertEquals(expected, CronExpression.parse(expression).next(after, UTC));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(delimiter = '|', textBlock = """
      * * * *        | or 6 with seconds last, actual=4
      * * * * * * *  | actual=7
      ''             | actual=0
      @reboot        | @reboot": is not supported
      @every 5m      | is unknown, expected=one of [@annually, @daily, @hourly
      60 * * * *     | minute "60" is not allowed, expected=*, a number, low-high or a step
      * 24 * * *     | hour "24" is not allowed
      * * 0 * *      | day of month "0" is not allowed
      * * 32 * *     | day of month "32" is not allowed
      * * * 13 *     | month "13" is not allowed
      * * * 0 *      | within 1-12 or JAN-DEC
      * * * * 8      | day of week "8" is not allowed
      * * * * * 60   | second "60" is not allowed
      */0 * * * *    | minute "*/0" has no step within 1-60
      */90 * * * *   | minute "*/90" has no step within 1-60
      */-1 * * * *   | has no step
      5-1 * * * *    | minute "5-1" goes backwards
      * * * * FRI-MON| day of week "FRI-MON" goes backwards
      1,,2 * * * *   | minute "" is not allowed
      1- * * * *     | minute "1-" is not allowed
      -1 * * * *     | minute "-1" is not allowed
      +1 * * * *     | minute "+1" is not allowed
      1.5 * * * *    | minute "1.5" is not allowed
      ١ * * * *      | is not allowed
      * * ? * *      | day of month "?" is not allowed
      * * L * *      | day of month "L" is not allowed
      * * * * 5#2    | day of week "5#2" is not allowed
      JAN * * * *    | minute "JAN" is not allowed
      0 0 30 2 *     | never fires
      0 0 31 2,4,6 * | never fires
      """)
  void refuses(String expression, String why) {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class, () -> CronExpression.parse(expression == null ? "" : expression));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().contains(why), fault.failure().message());
    assertTrue(
        fault.failure().message().startsWith("cron expression \""),
        fault.failure().message());
  }

  @Test
  void refusesAVeryLongExpression() {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class, () -> CronExpression.parse("1,".repeat(200) + "2 * * * *"));
    assertTrue(
        fault.failure().message().contains("longer than 256"), fault.failure().message());
  }

  @Test
  void aDayThatExistsInNoMonthStillFiresOnItsWeekday() {
    assertEquals(
        Instant.parse("2026-02-02T00:00:00Z"),
        CronExpression.parse("0 0 30 2 1").next(Instant.parse("2026-01-01T00:00:00Z"), UTC));
  }

  @ParameterizedTest
  @CsvSource({
    "Mars/Olympus, ''",
    "+25:00, ''",
    "+02:00, ''",
    "europe/berlin, did you mean Europe/Berlin?",
    "Berlin, did you mean Europe/Berlin?",
    "'', ''"
  })
  void refusesAnUnknownZone(String name, String hint) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> CronExpression.zone(name));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().contains("expected=an IANA name"),
        fault.failure().message());
    assertTrue(fault.failure().message().contains(hint), fault.failure().message());
  }

  @Test
  void showsWhatWasWritten() {
    assertEquals("@daily", CronExpression.parse(" @daily ").toString());
    assertEquals(CronExpression.parse("1 2 3 4 5"), CronExpression.parse("1 2 3 4 5 "));
    assertEquals(UTC, CronExpression.zone("UTC"));
  }
}
