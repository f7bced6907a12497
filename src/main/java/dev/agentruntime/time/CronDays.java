package dev.agentruntime.time;

import java.time.LocalDate;
import java.time.Month;

/**
 * The three day fields of a cron expression.
 *
 * @param either whether a day that matches one of the two day fields fires (both are restricted)
 */
record CronDays(long daysOfMonth, long months, long daysOfWeek, boolean either) {

  static CronDays parse(String dayOfMonth, String month, String dayOfWeek) {
    return new CronDays(
        CronField.DAY_OF_MONTH.parse(dayOfMonth),
        CronField.MONTH.parse(month),
        CronField.DAY_OF_WEEK.parse(dayOfWeek),
        !dayOfMonth.startsWith("*") && !dayOfWeek.startsWith("*"));
  }

  /** Whether no day can ever match, as February 30. */
  boolean never() {
    if (either) {
      return false;
    }
    for (Month month : Month.values()) {
      long existing = (1L << (month.maxLength() + 1)) - 1;
      if (has(months, month.getValue()) && (daysOfMonth & existing) != 0) {
        return false;
      }
    }
    return true;
  }

  boolean match(LocalDate day) {
    boolean ofMonth = has(daysOfMonth, day.getDayOfMonth());
    boolean ofWeek = has(daysOfWeek, day.getDayOfWeek().getValue() % 7);
    return has(months, day.getMonthValue()) && (either ? ofMonth || ofWeek : ofMonth && ofWeek);
  }

  /** The first matching day after {@code after}; a parsed expression has one in {@code years}. */
  LocalDate next(LocalDate after, int years) {
    LocalDate end = after.plusYears(years);
    LocalDate day = after.plusDays(1);
    while (day.isBefore(end)) {
      if (!has(months, day.getMonthValue())) {
        day = day.withDayOfMonth(1).plusMonths(1);
      } else if (match(day)) {
        return day;
      } else {
        day = day.plusDays(1);
      }
    }
    throw new IllegalStateException("no day within " + years + " years after " + after);
  }

  /** Whether it ever matches two days in a row, within so many years. */
  boolean haveNeighbours(int years) {
    LocalDate day = LocalDate.EPOCH;
    LocalDate end = day.plusYears(years);
    boolean before = false;
    while (day.isBefore(end)) {
      boolean now = match(day);
      if (now && before) {
        return true;
      }
      before = now;
      day = day.plusDays(1);
    }
    return false;
  }

  private static boolean has(long set, int member) {
    return (set >>> member & 1) != 0;
  }
}
