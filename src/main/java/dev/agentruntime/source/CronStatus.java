package dev.agentruntime.source;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What can be said of a cron trigger from its cursor. Pure. */
public final class CronStatus {

  private CronStatus() {}

  /**
   * The keys {@code next_fire, last_fire, missed, made_up, missed_last, missed_rows}; times are
   * nominal instants, null where there is none.
   *
   * @param cursor what the trigger journaled, null when it never did
   * @param now null when the trigger does not listen, and so has no next fire
   */
  public static Map<String, @Nullable Object> of(
      TriggerConfig.Cron config, ProcessName owner, @Nullable Json cursor, @Nullable Instant now) {
    CronSchedule schedule = CronSchedule.of(config, owner);
    CronCursor known = CronCursor.of(cursor, schedule.text());
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("next_fire", now == null ? null : next(schedule, known, now).toString());
    all.put("last_fire", known == null ? null : text(known.last()));
    all.put("missed", known == null ? 0 : known.tally().missed());
    all.put("made_up", known == null ? 0 : known.tally().madeUp());
    all.put("missed_last", known == null ? null : text(known.tally().last()));
    all.put(CronCursor.ROWS, known == null ? List.of() : known.rows());
    return all;
  }

  private static Instant next(CronSchedule schedule, @Nullable CronCursor known, Instant now) {
    boolean ahead = known != null
        && known.counted().isAfter(now)
        && !known.counted().isAfter(now.plus(CronTrigger.AHEAD_MAX));
    return schedule.next(ahead && known != null ? known.counted() : now);
  }

  private static @Nullable String text(@Nullable Instant at) {
    return at == null ? null : at.toString();
  }
}
