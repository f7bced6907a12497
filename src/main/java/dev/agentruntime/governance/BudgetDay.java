package dev.agentruntime.governance;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** Days of a budget: 24 hours each, from an hour in UTC. */
public final class BudgetDay {

  private static final long HOUR = 3_600;
  private static final long DAY = 24 * HOUR;

  private BudgetDay() {}

  /** When the day began in which an instant lies. */
  public static Instant start(Instant time, int hour) {
    return Instant.ofEpochSecond(startSecond(time, hour));
  }

  /** Whether a day that began at an instant is over at another one. Asked for every run, often. */
  static boolean isOver(Instant day, Instant now, int hour) {
    return startSecond(now, hour) > day.getEpochSecond();
  }

  private static long startSecond(Instant time, int hour) {
    long shift = hour * HOUR;
    return Math.floorDiv(time.getEpochSecond() - shift, DAY) * DAY + shift;
  }

  /** When the next day begins after that of an instant. */
  public static Instant next(Instant time, int hour) {
    return start(time, hour).plus(1, ChronoUnit.DAYS);
  }

  /** How a day is told from any other: when it begins, for two may begin on one date. */
  public static String id(Instant start) {
    return start.toString();
  }

  /** Whether a day is the one that was written down, by its id or, in old journals, its date. */
  public static boolean is(String written, Instant start) {
    return written.equals(id(start)) || written.equals(name(start));
  }

  /** The date on which a day begins that was written down. */
  public static String date(String written) {
    int end = written.indexOf('T');
    return end < 0 ? written : written.substring(0, end);
  }

  /** How a day is called: the date on which it begins. */
  public static String name(Instant start) {
    return start.atOffset(ZoneOffset.UTC).toLocalDate().toString();
  }
}
