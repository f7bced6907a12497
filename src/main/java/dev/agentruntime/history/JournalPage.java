package dev.agentruntime.history;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Journal.JournalLine;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One page of a process's entries, as they stand in the journal. For one request. */
public final class JournalPage {

  private static final int READ = 500;

  /** Entries looked at for one page; what comes after is for the next. */
  private static final int LOOKED_AT_MAX = 20_000;

  private final Journal journal;
  private final ProcessId process;
  private final int limit;
  private final @Nullable String kind;
  private final List<Json> shown = new ArrayList<>();
  private long next;
  private int lookedAt;

  /**
   * The page at a cursor: the newest entries without one, or the first of a kind.
   *
   * @param limit at most so many entries
   * @param kind only these, null = all
   * @return shows it, once the image may be shown
   */
  public static Supplier<Future<Json>> of(
      Journal journal,
      ProcessImage image,
      int limit,
      @Nullable String cursor,
      @Nullable String kind) {
    long last = image.sequence();
    long from = cursor != null
        ? InvocationHistory.sequence(cursor)
        : kind == null ? Math.max(1, last - limit + 1) : 1;
    JournalPage page = new JournalPage(journal, image.id(), limit, kind);
    return () -> page.show(from, last);
  }

  private JournalPage(Journal journal, ProcessId process, int limit, @Nullable String kind) {
    this.journal = journal;
    this.process = process;
    this.limit = limit;
    this.kind = kind;
  }

  /** Shows what is kept from one sequence to another. */
  private Future<Json> show(long from, long last) {
    return journal
        .first(process)
        .compose(first -> read(first == 0 ? last + 1 : Math.max(first, from), last));
  }

  private Future<Json> read(long from, long last) {
    next = from;
    if (from > last || shown.size() >= limit || lookedAt >= LOOKED_AT_MAX) {
      Map<String, Object> page = new LinkedHashMap<>();
      page.put("entries", shown);
      page.put("next_cursor", String.valueOf(next));
      return Future.succeededFuture(Json.of(page));
    }
    int want = kind == null ? limit - shown.size() : READ;
    return journal.read(process, from, want).compose(lines -> {
      take(lines);
      return read(lines.isEmpty() ? last + 1 : next, last);
    });
  }

  private void take(List<JournalLine> lines) {
    for (JournalLine line : lines) {
      if (shown.size() >= limit) {
        return;
      }
      next = line.entry().sequence() + 1;
      lookedAt++;
      if (kind == null || kind.equals(line.entry().data().kind())) {
        shown.add(Json.parse(line.text()));
      }
    }
  }
}
