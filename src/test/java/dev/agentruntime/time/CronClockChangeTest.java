package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What P11 promises when the clocks change, zone by zone; instants are in UTC. */
class CronClockChangeTest {

  @ParameterizedTest(name = "{0}: {1} after {2}")
  @CsvSource(delimiter = '|', textBlock = """
      # a time that does not exist fires at the first instant after the gap, once
      America/New_York|30 2 * * *|2026-03-08T05:00|2026-03-08T07:00 2026-03-09T06:30
      America/New_York|*/20 2 * * *|2026-03-08T05:00|2026-03-08T07:00 2026-03-09T06:00
      America/New_York|30 2,3 * * *|2026-03-08T05:00|2026-03-08T07:00 2026-03-08T07:30
      Europe/Berlin|15 2 * * 0|2026-03-28T12:00|2026-03-29T01:00 2026-04-05T00:15
      Europe/London|30 1 29 3 *|2026-03-28T12:00|2026-03-29T01:00 2027-03-29T00:30
      Australia/Lord_Howe|15 2 * * *|2026-10-03T12:00|2026-10-03T15:30 2026-10-04T15:15
      Australia/Lord_Howe|*/15 2 * * *|2026-10-03T12:00|2026-10-03T15:30 2026-10-03T15:45
      Australia/Sydney|30 2 * * *|2026-10-03T12:00|2026-10-03T16:00 2026-10-04T15:30
      America/Santiago|0 0 * * *|2026-09-05T12:00|2026-09-06T04:00 2026-09-07T03:00
      Africa/Cairo|30 0 * * *|2026-04-23T12:00|2026-04-23T22:00 2026-04-24T21:30
      Pacific/Apia|0 12 30 12 *|2011-12-29T12:00|2011-12-30T10:00 2012-12-29T22:00
      Pacific/Apia|0 12 * * *|2011-12-29T12:00|2011-12-29T22:00 2011-12-30T10:00
      # one that exists twice fires at its first occurrence
      America/New_York|30 1 * * *|2026-11-01T04:00|2026-11-01T05:30 2026-11-02T06:30
      America/New_York|30 1 * * *|2026-11-01T06:10|2026-11-02T06:30 2026-11-03T06:30
      EST5EDT|*/30 1 * * *|2026-11-01T04:00|2026-11-01T05:00 2026-11-01T05:30 2026-11-02T06:00
      Europe/Berlin|30 2 * * *|2026-10-24T12:00|2026-10-25T00:30 2026-10-26T01:30
      Europe/London|0 1 * * *|2026-10-24T12:00|2026-10-25T00:00 2026-10-26T01:00
      Australia/Lord_Howe|45 1 * * *|2026-04-04T12:00|2026-04-04T14:45 2026-04-05T15:15
      America/Sao_Paulo|30 23 * * *|2018-02-17T12:00|2018-02-18T01:30 2018-02-19T02:30
      # an interval follows the clock as it runs
      EST5EDT|30 * * * *|2026-03-08T05:00|2026-03-08T05:30 2026-03-08T06:30 2026-03-08T07:30
      EST5EDT|@hourly|2026-03-08T05:30|2026-03-08T06:00 2026-03-08T07:00 2026-03-08T08:00
      EST5EDT|0 0-23 * * *|2026-11-01T04:30|2026-11-01T05:00 2026-11-01T06:00 2026-11-01T07:00
      EST5EDT|*/30 * * * *|2026-11-01T05:00|2026-11-01T05:30 2026-11-01T06:00 2026-11-01T06:30
      Europe/Berlin|0 */2 * * *|2026-10-24T23:00|2026-10-25T00:00 2026-10-25T01:00 2026-10-25T03:00
      Australia/LHI|*/15 * * * *|2026-04-04T14:30|2026-04-04T14:45 2026-04-04T15:00 2026-04-04T15:15
      Asia/Kathmandu|0 * * * *|2026-01-01T00:00|2026-01-01T00:15 2026-01-01T01:15
      """)
  void follows(String zone, String expression, String after, String expected) {
    CronExpression cron = CronExpression.parse(expression);
    List<String> wanted = List.of(expected.split(" ", -1));
    List<String> fires = new ArrayList<>();
    Instant at = Instant.parse(after + ":00Z");
    while (fires.size() < wanted.size()) {
      at = cron.next(at, ZoneId.of(zone));
      fires.add(at.toString().replace(":00Z", ""));
    }
    assertEquals(wanted, fires);
  }
}
