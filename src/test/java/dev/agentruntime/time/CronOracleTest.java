package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random expressions against cron-utils, in UTC: at clock changes our rule is another one. */
class CronOracleTest {

  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final CronParser ORACLE =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  private final long seed = Long.getLong("seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @Test
  void agreesWithCronUtils() {
    for (int i = 0; i < 500; i++) {
      String day = field(1, 28);
      // To cron-utils a stepped star is a restriction, to Vixie cron and to us it is not.
      String weekday = day.startsWith("*/") ? "*" : field(0, 6);
      day = weekday.startsWith("*/") ? "*" : day;
      String expression =
          field(0, 59) + " " + field(0, 23) + " " + day + " " + field(1, 12) + " " + weekday;
      Instant at = Instant.ofEpochSecond(1_700_000_000L + random.nextInt(300_000_000));
      ExecutionTime oracle = ExecutionTime.forCron(ORACLE.parse(expression));
      CronExpression cron = CronExpression.parse(expression);
      for (int fire = 0; fire < 5; fire++) {
        String what = "seed " + seed + ": " + expression + " after " + at;
        Instant expected =
            oracle.nextExecution(ZonedDateTime.ofInstant(at, UTC)).orElseThrow().toInstant();
        at = cron.next(at, UTC);
        assertEquals(expected, at, what);
      }
    }
  }

  @Test
  void alwaysMovesOnInEveryZone() {
    ZoneId[] zones =
        ZoneId.getAvailableZoneIds().stream().sorted().map(ZoneId::of).toArray(ZoneId[]::new);
    for (int i = 0; i < 500; i++) {
      ZoneId zone = zones[random.nextInt(zones.length)];
      CronExpression cron = CronExpression.parse(field(0, 59) + " " + field(0, 23) + " * * *");
      Instant at = Instant.ofEpochSecond(random.nextInt(2_000_000_000));
      Instant halfway = at;
      for (int fire = 0; fire < 20; fire++) {
        Instant next = cron.next(at, zone);
        assertTrue(next.isAfter(at), "seed " + seed + ": " + cron + " " + zone + " " + at);
        // Nothing is jumped over: asked from in between, the same fire comes.
        halfway = at.plusNanos((next.toEpochMilli() - at.toEpochMilli()) * 500_000L);
        assertEquals(next, cron.next(halfway, zone), "seed " + seed + ": " + cron + " " + zone);
        at = next;
      }
    }
  }

  private String field(int min, int max) {
    int low = min + random.nextInt(max - min + 1);
    int high = low + random.nextInt(max - low + 1);
    return switch (random.nextInt(6)) {
      case 0 -> "*/" + (1 + random.nextInt(max - min));
      case 1 -> low + "-" + high;
      case 2 -> low + "-" + high + "/" + (1 + random.nextInt(4));
      case 3 -> low + "," + high;
      case 4 -> String.valueOf(low);
      default -> "*";
    };
  }
}
