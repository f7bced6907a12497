package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What P11 promises when the clocks change, zone by zone. */
class CronClockChangeTest {

  @ParameterizedTest(name = "{0}: {1} after {2}")
  @CsvSource(delimiter = '|', textBlock = """
      # a time that does not exist fires at the first instant after the gap, once
      America/New_York    | 30 2 * * *    | 2026-03-08T05:00:00Z | 2026-03-08T07:00:00Z 2026-03-09T06:30:00Z
      America/New_York    | */20 2 * * *  | 2026-03-08T05:00:00Z | 2026-03-08T07:00:00Z 2026-03-09T06:00:00Z
      America/New_York    | 30 2,3 * * *  | 2026-03-08T05:00:00Z | 2026-03-08T07:00:00Z 2026-03-08T07:30:00Z
      Europe/Berlin       | 15 2 * * 0    | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z 2026-04-05T00:15:00Z
      Europe/London       | 30 1 29 3 *   | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z 2027-03-29T00:30:00Z
      Australia/Lord_Howe | 15 2 * * *    | 2026-10-03T12:00:00Z | 2026-10-03T15:30:00Z 2026-10-04T15:15:00Z
      Australia/Lord_Howe | */15 2 * * *  | 2026-10-03T12:00:00Z | 2026-10-03T15:30:00Z 2026-10-03T15:45:00Z
      Australia/Sydney    | 30 2 * * *    | 2026-10-03T12:00:00Z | 2026-10-03T16:00:00Z 2026-10-04T15:30:00Z
      America/Santiago    | 0 0 * * *     | 2026-09-05T12:00:00Z | 2026-09-06T04:00:00Z 2026-09-07T03:00:00Z
      Africa/Cairo        | 30 0 * * *    | 2026-04-23T12:00:00Z | 2026-04-23T22:00:00Z 2026-04-24T21:30:00Z
      Pacific/Apia        | 0 12 30 12 *  | 2011-12-29T12:00:00Z | 2011-12-30T10:00:00Z 2012-12-29T22:00:00Z
      Pacific/Apia        | 0 12 * * *    | 2011-12-29T12:00:00Z | 2011-12-29T22:00:00Z 2011-12-30T10:00:00Z
      # one that exists twice fires at its first occurrence
      America/New_York    | 30 1 * * *    | 2026-11-01T04:00:00Z | 2026-11-01T05:30:00Z 2026-11-02T06:30:00Z
      America/New_York    | 30 1 * * *    | 2026-11-01T06:10:00Z | 2026-11-02T06:30:00Z 2026-11-03T06:30:00Z
      America/New_York    | */30 1 * * *  | 2026-11-01T04:00:00Z | 2026-11-01T05:00:00Z 2026-11-01T05:30:00Z 2026-11-02T06:00:00Z
      Europe/Berlin       | 30 2 * * *    | 2026-10-24T12:00:00Z | 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z
      Europe/London       | 0 1 * * *     | 2026-10-24T12:00:00Z | 2026-10-25T00:00:00Z 2026-10-26T01:00:00Z
      Australia/Lord_Howe | 45 1 * * *    | 2026-04-04T12:00:00Z | 2026-04-04T14:45:00Z 2026-04-05T15:15:00Z
      America/Sao_Paulo   | 30 23 * * *   | 2018-02-17T12:00:00Z | 2018-02-18T01:30:00Z 2018-02-19T02:30:00Z
      # an interval follows the clock as it runs
      America/New_York    | 30 * * * *    | 2026-03-08T05:00:00Z | 2026-03-08T05:30:00Z 2026-03-08T06:30:00Z 2026-03-08T07:30:00Z
      America/New_York    | @hourly       | 2026-03-08T05:30:00Z | 2026-03-08T06:00:00Z 2026-03-08T07:00:00Z 2026-03-08T08:00:00Z
      America/New_York    | 0 0-23 * * *  | 2026-11-01T04:30:00Z | 2026-11-01T05:00:00Z 2026-11-01T06:00:00Z 2026-11-01T07:00:00Z
      America/New_York    | */30 * * * *  | 2026-11-01T05:00:00Z | 2026-11-01T05:30:00Z 2026-11-01T06:00:00Z 2026-11-01T06:30:00Z
      Europe/Berlin       | 0 */2 * * *   | 2026-10-24T23:00:00Z | 2026-10-25T00:00:00Z 2026-10-25T01:00:00Z 2026-10-25T03:00:00Z
      Australia/Lord_Howe | */15 * * * *  | 2026-04-04T14:30:00Z | 2026-04-04T14:45:00Z 2026-04-04T15:00:00Z 2026-04-04T15:15:00Z
      Asia/Kathmandu      | 0 * * * *     | 2026-01-01T00:00:00Z | 2026-01-01T00:15:00Z 2026-01-01T01:15:00Z
      """)
  void follows(String zone, String expression, Instant after, String expected) {
    CronExpression cron = CronExpression.parse(expression);
    List<String> wanted = List.of(expected.split(" ", -1));
    List<String> fires = new ArrayList<>();
    Instant at = after;
    while (fires.size() < wanted.size()) {
      at = cron.next(at, ZoneId.of(zone));
      fires.add(at.toString());
    }
    assertEquals(wanted, fires);
  }
}
