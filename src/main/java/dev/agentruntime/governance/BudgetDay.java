package dev.agentruntime.governance;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/** Days of a budget: 24 hours each, from an hour in UTC. */
public final class BudgetDay {

  private BudgetDay() {}

  /** When the day began in which an instant lies. */
  public static Instant start(Instant time, int hour) {
    Duration shift = Duration.ofHours(hour);
    return time.minus(shift).truncatedTo(ChronoUnit.DAYS).plus(shift);
  }

  /** When the next day begins after that of an instant. */
  public static Instant next(Instant time, int hour) {
    return start(time, hour).plus(1, ChronoUnit.DAYS);
  }

  /** How a day is called: the date on which it begins. */
  public static String name(Instant start) {
    return start.atOffset(ZoneOffset.UTC).toLocalDate().toString();
  }
}
