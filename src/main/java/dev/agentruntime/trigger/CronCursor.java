package dev.agentruntime.trigger;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a cron trigger remembers over restarts, as journaled in {@code trigger_cursor}:
 *
 * <pre>
 * {"schedule":"*&#47;5 * * * *|UTC","last":"2026-03-01T10:00:00Z","counted":"...","missed":3,
 *  "missed_last":"2026-03-01T09:55:00Z"}
 * </pre>
 *
 * @param last the newest instant that fired and was accepted, null when none did
 * @param counted every instant up to here fired or is counted as missed
 * @param missed how many instants did not fire since the schedule was declared
 * @param missedLast the newest of them, null when there is none
 */
record CronCursor(
    @Nullable Instant last,
    Instant counted,
    long missed,
    @Nullable Instant missedLast) {

  static CronCursor fresh(Instant now) {
    return new CronCursor(null, now, 0, null);
  }

  CronCursor fired(Instant at) {
    return new CronCursor(later(last, at), counted, missed, missedLast);
  }

  CronCursor missed(long more, Instant newest) {
    return new CronCursor(last, counted, missed + more, later(missedLast, newest));
  }

  CronCursor counted(Instant until) {
    return new CronCursor(last, later(counted, until), missed, missedLast);
  }

  private static Instant later(@Nullable Instant one, Instant other) {
    return one == null || other.isAfter(one) ? other : one;
  }

  Json toJson(String schedule) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("schedule", schedule);
    if (last != null) {
      out.put("last", last.toString());
    }
    out.put("counted", counted.toString());
    out.put("missed", missed);
    if (missedLast != null) {
      out.put("missed_last", missedLast.toString());
    }
    return Json.of(out);
  }

  /** What was journaled, null when it belongs to another schedule or cannot be read. */
  static @Nullable CronCursor of(@Nullable Json json, String schedule) {
    if (json == null) {
      return null;
    }
    try {
      Map<String, @Nullable Object> in = json.object();
      Instant counted = instant(in.get("counted"));
      if (!schedule.equals(in.get("schedule")) || counted == null) {
        return null;
      }
      long missed = in.get("missed") instanceof Long count ? count : 0;
      return new CronCursor(
          instant(in.get("last")), counted, missed, instant(in.get("missed_last")));
    } catch (RuntimeFault | DateTimeParseException e) {
      // Another version's cursor: begin anew rather than refuse to run.
      return null;
    }
  }

  private static @Nullable Instant instant(@Nullable Object text) {
    return text instanceof String written ? Instant.parse(written) : null;
  }
}
