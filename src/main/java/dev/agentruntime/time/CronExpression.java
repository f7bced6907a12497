package dev.agentruntime.time;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When to fire: {@code minute hour day-of-month month day-of-week [second]}, or a macro. Immutable;
 * safe on every thread; reads no clock.
 *
 * <p>Fields are numbers, {@code *}, ranges, lists and steps; months and weekdays also have English
 * names of three letters; Sunday is 0 or 7. As in Vixie cron, when both day fields are restricted a
 * day that matches either fires; a day field that begins with {@code *} is not restricted.
 *
 * <p>At a change of the clocks: a time that does not exist fires at the first instant after the
 * gap, and one that exists twice fires at its first occurrence. An expression whose hour field
 * begins with {@code *} or names every hour is an interval: it matches the clock as it runs,
 * through both of two equal hours, and not at all in a gap.
 */
public final class CronExpression {

  /** Longest expression in characters. */
  public static final int LENGTH_MAX = 256;

  private static final Map<String, String> MACROS = Map.of(
      "@yearly", "0 0 1 1 *",
      "@annually", "0 0 1 1 *",
      "@monthly", "0 0 1 * *",
      "@weekly", "0 0 * * 0",
      "@daily", "0 0 * * *",
      "@midnight", "0 0 * * *",
      "@hourly", "0 * * * *");

  // February 29 on a given weekday comes again after at most 40 years.
  private static final int YEARS_MAX = 41;

  private final String source;
  private final CronDays days;
  private final CronTimes times;
  private final boolean interval;

  private CronExpression(String source, List<String> fields) {
    this.source = source;
    long minutes = CronField.MINUTE.parse(fields.get(0));
    long hours = CronField.HOUR.parse(fields.get(1));
    this.days = CronDays.parse(fields.get(2), fields.get(3), fields.get(4));
    long seconds = fields.size() == 6 ? CronField.SECOND.parse(fields.get(5)) : 1;
    this.times = new CronTimes(hours, minutes, seconds);
    this.interval = fields.get(1).startsWith("*") || hours == CronField.HOUR.all();
  }

  /**
   * Reads an expression.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} saying which field is wrong and what was
   *     expected, or that the expression never fires
   */
  public static CronExpression parse(String text) {
    String trimmed = text.strip();
    if (trimmed.length() > LENGTH_MAX) {
      throw refuse(trimmed.substring(0, 40) + "...", "is longer than " + LENGTH_MAX);
    }
    try {
      CronExpression cron = new CronExpression(trimmed, fields(trimmed));
      if (cron.days.never()) {
        throw wrong("never fires, expected=a day that exists in a month it names");
      }
      return cron;
    } catch (RuntimeFault e) {
      throw refuse(trimmed, e.failure().message());
    }
  }

  /**
   * Reads the name of a time zone.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it is not an IANA name
   */
  public static ZoneId zone(String name) {
    if (ZoneId.getAvailableZoneIds().contains(name)) {
      return ZoneId.of(name);
    }
    String near = ZoneId.getAvailableZoneIds().stream()
        .filter(known -> known.equalsIgnoreCase(name) || known.endsWith("/" + name))
        .sorted()
        .findFirst()
        .map(known -> ", did you mean " + known + "?")
        .orElse("");
    throw new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "time zone " + Json.quote(name) + " is unknown, expected=an IANA name such as"
            + " Europe/Berlin or UTC" + near);
  }

  private static List<String> fields(String text) {
    if (text.equals("@reboot")) {
      throw wrong("is not supported, expected=a time; a start is not one");
    }
    String expanded = text.startsWith("@") ? MACROS.get(text) : text;
    if (expanded == null) {
      throw wrong(
          "is unknown, expected=one of " + MACROS.keySet().stream().sorted().toList());
    }
    List<String> fields = List.of(expanded.split("[ \t]+", -1));
    if (fields.size() < 5 || fields.size() > 6) {
      throw wrong(
          "has another number of fields, expected=5 (minute hour day-of-month month day-of-week) or"
              + " 6 with seconds last, actual=" + (text.isEmpty() ? 0 : fields.size()));
    }
    return fields;
  }

  private static RuntimeFault wrong(String what) {
    return new RuntimeFault(ErrorCode.INVALID_CONFIG, what);
  }

  private static RuntimeFault refuse(String text, String what) {
    return wrong("cron expression " + Json.quote(text) + ": " + what);
  }

  /**
   * The first instant strictly after {@code after} at which this expression fires, whole seconds.
   */
  public Instant next(Instant after, ZoneId zone) {
    ZoneRules rules = zone.getRules();
    return interval ? nextInterval(after, rules) : nextWallTime(after, rules);
  }

  private Instant nextWallTime(Instant after, ZoneRules rules) {
    LocalDateTime local = LocalDateTime.ofInstant(after, rules.getOffset(after));
    while (true) {
      local = nextLocal(local);
      Instant instant = first(local, rules);
      // Not later: in the second of two equal hours, or at the very end of a gap.
      if (instant.isAfter(after)) {
        return instant;
      }
    }
  }

  private static Instant first(LocalDateTime local, ZoneRules rules) {
    ZoneOffsetTransition change = rules.getTransition(local);
    if (change == null) {
      return local.toInstant(rules.getOffset(local));
    }
    return change.isGap() ? change.getInstant() : local.toInstant(change.getOffsetBefore());
  }

  private Instant nextInterval(Instant after, ZoneRules rules) {
    ZoneOffset offset = rules.getOffset(after);
    LocalDateTime local = LocalDateTime.ofInstant(after, offset);
    Instant from = after;
    while (true) {
      Instant instant = nextLocal(local).toInstant(offset);
      ZoneOffsetTransition change = rules.nextTransition(from);
      if (change == null || instant.isBefore(change.getInstant())) {
        return instant;
      }
      offset = change.getOffsetAfter();
      local = change.getDateTimeAfter().minusSeconds(1);
      from = change.getInstant();
    }
  }

  /** The first matching wall-clock time strictly after the given one. */
  private LocalDateTime nextLocal(LocalDateTime after) {
    LocalDateTime from = after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    LocalDate day = from.toLocalDate();
    LocalTime time = days.match(day) ? times.next(from.toLocalTime()) : null;
    return time != null ? day.atTime(time) : days.next(day, YEARS_MAX).atTime(times.earliest());
  }

  /**
   * How many instants there are after {@code after} and up to {@code until}; costs a look at each
   * day between them and at each change of the clocks, not at each instant.
   */
  public long count(Instant after, Instant until, ZoneId zone) {
    if (!after.isBefore(until)) {
      return 0;
    }
    ZoneRules rules = zone.getRules();
    Instant at = after.truncatedTo(ChronoUnit.SECONDS);
    LocalDateTime low = firstOfItsName(at, rules);
    long count = 0;
    while (true) {
      ZoneOffsetTransition change = rules.nextTransition(at);
      if (change == null || change.getInstant().isAfter(until)) {
        return count + between(low, LocalDateTime.ofInstant(until, rules.getOffset(until)));
      }
      count += between(low, change.getDateTimeBefore().minusSeconds(1));
      if (interval) {
        low = change.getDateTimeAfter().minusSeconds(1);
      } else if (change.isGap()) {
        low = change.getDateTimeAfter();
        count += Math.min(1, between(change.getDateTimeBefore().minusSeconds(1), low));
      } else {
        low = change.getDateTimeBefore().minusSeconds(1);
      }
      at = change.getInstant();
    }
  }

  /** The wall-clock time; in the second of two equal hours the end of the first, if it is told. */
  private LocalDateTime firstOfItsName(Instant at, ZoneRules rules) {
    ZoneOffset offset = rules.getOffset(at);
    LocalDateTime local = LocalDateTime.ofInstant(at, offset);
    ZoneOffsetTransition change = interval ? null : rules.getTransition(local);
    return change != null && change.isOverlap() && offset.equals(change.getOffsetAfter())
        ? change.getDateTimeBefore().minusSeconds(1)
        : local;
  }

  /** Matching wall-clock times after {@code low} and up to {@code high}. */
  private long between(LocalDateTime low, LocalDateTime high) {
    if (!low.isBefore(high)) {
      return 0;
    }
    LocalDate first = low.toLocalDate();
    LocalDate last = high.toLocalDate();
    long count = days.match(last) ? times.countUpTo(high.toLocalTime()) : 0;
    count -= days.match(first) ? times.countUpTo(low.toLocalTime()) : 0;
    for (LocalDate day = first; day.isBefore(last); day = day.plusDays(1)) {
      count += days.match(day) ? times.count() : 0;
    }
    return count;
  }

  /**
   * Of the instants up to {@code until} the one that is {@code n}-th from the end, or the first
   * after {@code after} when there are fewer.
   *
   * @param n 1 asks for the newest
   * @param until there is an instant between the two
   */
  public Instant newest(long n, Instant after, Instant until, ZoneId zone) {
    long low = after.getEpochSecond();
    long high = Math.max(low, until.getEpochSecond());
    // The last second after which there are still n, found by halving.
    if (count(after, until, zone) <= n) {
      return next(after, zone);
    }
    while (low + 1 < high) {
      long middle = (low + high) >>> 1;
      if (count(Instant.ofEpochSecond(middle), until, zone) >= n) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return next(Instant.ofEpochSecond(low), zone);
  }

  /**
   * How close two fires can come, apart from what a change of the clocks does; at most a day. Looks
   * at no more than 41 years of days.
   */
  public Duration smallestGap() {
    int gap = times.smallestGap();
    int overMidnight = times.gapOverMidnight();
    boolean closer = overMidnight < gap && days.haveNeighbours(YEARS_MAX);
    return Duration.ofSeconds(closer ? overMidnight : gap);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CronExpression cron && cron.source.equals(source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  /** The expression as it was written. */
  @Override
  public String toString() {
    return source;
  }
}
