package dev.agentruntime.source;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.source.CronSchedule.Gap;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a cron trigger remembers over restarts, as journaled in {@code trigger_cursor}:
 *
 * <pre>
 * {"schedule":"*&#47;5 * * * *|UTC","last":"2026-03-01T10:00:00Z","counted":"...","missed":3,
 *  "made_up":1,"missed_last":"2026-03-01T09:55:00Z",
 *  "missed_rows":[{"from":"...","to":"...","count":3,"why":"not running"}]}
 * </pre>
 *
 * @param last the newest instant that fired and was accepted, null when none did
 * @param counted every instant up to here is settled: it fired, or was missed and does not fire
 * @param tally what was missed
 */
record CronCursor(@Nullable Instant last, Instant counted, Tally tally) {

  /** How many rows are remembered; older ones are only counted. */
  static final int ROWS_MAX = 20;

  static final String ROWS = "missed_rows";

  /**
   * What was missed since the schedule was declared.
   *
   * @param missed how many instants
   * @param madeUp how many of them fired afterwards
   * @param last the newest of them, null when there is none
   * @param rows the newest ones, oldest first
   */
  record Tally(long missed, long madeUp, @Nullable Instant last, List<Row> rows) {
    static final Tally NONE = new Tally(0, 0, null, List.of());

    Tally {
      rows = List.copyOf(rows);
    }
  }

  /** Instants missed one after the other for one reason. */
  record Row(Gap gap, String why) {}

  static CronCursor fresh(Instant now) {
    return new CronCursor(null, now, Tally.NONE);
  }

  CronCursor fired(Instant at) {
    return new CronCursor(later(last, at), later(counted, at), tally);
  }

  /** The instant fired, long after its time. */
  CronCursor madeUp(Instant at) {
    return new CronCursor(
        later(last, at),
        later(counted, at),
        new Tally(tally.missed, tally.madeUp + 1, tally.last, tally.rows));
  }

  /**
   * Instants were missed, and are settled.
   *
   * @param follows whether nothing of the schedule lies between them and the newest row
   */
  CronCursor missed(Gap gap, String why, boolean follows) {
    List<Row> rows = new ArrayList<>(tally.rows);
    Row newest = rows.isEmpty() ? null : rows.get(rows.size() - 1);
    if (newest != null && follows && newest.why.equals(why)) {
      Gap before = newest.gap;
      rows.set(
          rows.size() - 1,
          new Row(new Gap(before.from(), gap.to(), before.count() + gap.count()), why));
    } else {
      rows.add(new Row(gap, why));
    }
    List<Row> kept = rows.subList(Math.max(0, rows.size() - ROWS_MAX), rows.size());
    Instant latest = later(tally.last, gap.to());
    return new CronCursor(
        last,
        later(counted, gap.to()),
        new Tally(tally.missed + gap.count(), tally.madeUp, latest, kept));
  }

  /** Goes on from there, forwards or back. */
  CronCursor from(Instant now) {
    return new CronCursor(last, now, tally);
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
    out.put("missed", tally.missed);
    if (tally.madeUp > 0) {
      out.put("made_up", tally.madeUp);
    }
    if (tally.last != null) {
      out.put("missed_last", tally.last.toString());
    }
    if (!tally.rows.isEmpty()) {
      out.put(ROWS, rows());
    }
    return Json.of(out);
  }

  /** The newest rows as values. */
  List<Map<String, Object>> rows() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Row row : tally.rows) {
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("from", row.gap.from().toString());
      out.put("to", row.gap.to().toString());
      out.put("count", row.gap.count());
      out.put("why", row.why);
      rows.add(out);
    }
    return rows;
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
      List<Row> rows = new ArrayList<>();
      if (in.get(ROWS) instanceof List<?> all) {
        all.forEach(row -> addRow(row, rows));
      }
      return new CronCursor(
          instant(in.get("last")),
          counted,
          new Tally(
              number(in.get("missed")),
              number(in.get("made_up")),
              instant(in.get("missed_last")),
              rows));
    } catch (RuntimeFault | DateTimeParseException e) {
      // Another version's cursor: begin anew rather than refuse to run.
      return null;
    }
  }

  private static void addRow(@Nullable Object value, List<Row> rows) {
    if (value instanceof Map<?, ?> row && row.get("why") instanceof String why) {
      Instant from = instant(row.get("from"));
      Instant to = instant(row.get("to"));
      if (from != null && to != null) {
        rows.add(new Row(new Gap(from, to, number(row.get("count"))), why));
      }
    }
  }

  private static long number(@Nullable Object value) {
    return value instanceof Long number ? number : 0;
  }

  private static @Nullable Instant instant(@Nullable Object text) {
    return text instanceof String written ? Instant.parse(written) : null;
  }
}
