package dev.agentruntime.time;

import java.time.LocalTime;
import org.jspecify.annotations.Nullable;

/**
 * The times of day of a cron expression: every combination of three sets, none of them empty, bit
 * {@code n} for the number {@code n}.
 */
record CronTimes(long hours, long minutes, long seconds) {

  /** The first one at or after the given one, null when the day has none left. */
  @Nullable
  LocalTime next(LocalTime from) {
    int hour = atLeast(hours, from.getHour());
    if (hour == from.getHour()) {
      int minute = atLeast(minutes, from.getMinute());
      if (minute == from.getMinute()) {
        int second = atLeast(seconds, from.getSecond());
        if (second >= 0) {
          return LocalTime.of(hour, minute, second);
        }
        minute = atLeast(minutes, from.getMinute() + 1);
      }
      if (minute >= 0) {
        return LocalTime.of(hour, minute, lowest(seconds));
      }
      hour = atLeast(hours, from.getHour() + 1);
    }
    return hour < 0 ? null : LocalTime.of(hour, lowest(minutes), lowest(seconds));
  }

  LocalTime earliest() {
    return LocalTime.of(lowest(hours), lowest(minutes), lowest(seconds));
  }

  /** How many there are in a day. */
  int count() {
    return Long.bitCount(hours) * Long.bitCount(minutes) * Long.bitCount(seconds);
  }

  /** How many are not later than the given one. */
  int countUpTo(LocalTime time) {
    int perMinute = Long.bitCount(seconds);
    int count = Long.bitCount(below(hours, time.getHour())) * Long.bitCount(minutes) * perMinute;
    if (has(hours, time.getHour())) {
      count += Long.bitCount(below(minutes, time.getMinute())) * perMinute;
      if (has(minutes, time.getMinute())) {
        count += Long.bitCount(below(seconds, time.getSecond() + 1));
      }
    }
    return count;
  }

  /** Seconds between the two that are closest on one day; a day when there is only one. */
  int smallestGap() {
    int second = lowest(seconds);
    int secondSpan = highest(seconds) - second;
    int minuteSpan = 60 * (highest(minutes) - lowest(minutes)) + secondSpan;
    return Math.min(
        gap(seconds, 1, 0), Math.min(gap(minutes, 60, secondSpan), gap(hours, 3_600, minuteSpan)));
  }

  /** Seconds from the last one of a day to the first one of the next. */
  int gapOverMidnight() {
    int last = 3_600 * highest(hours) + 60 * highest(minutes) + highest(seconds);
    return 86_400 + earliest().toSecondOfDay() - last;
  }

  private static int gap(long set, int unit, int span) {
    int smallest = 86_400;
    for (long rest = set; (rest & (rest - 1)) != 0; rest &= rest - 1) {
      int step = lowest(rest & (rest - 1)) - lowest(rest);
      smallest = Math.min(smallest, step * unit - span);
    }
    return smallest;
  }

  private static boolean has(long set, int member) {
    return (set >>> member & 1) != 0;
  }

  private static long below(long set, int limit) {
    return set & ((1L << limit) - 1);
  }

  private static int lowest(long set) {
    return Long.numberOfTrailingZeros(set);
  }

  private static int highest(long set) {
    return 63 - Long.numberOfLeadingZeros(set);
  }

  /** The lowest member not below {@code low}, -1 when there is none. */
  private static int atLeast(long set, int low) {
    long rest = set & (-1L << low);
    return rest == 0 ? -1 : lowest(rest);
  }
}
