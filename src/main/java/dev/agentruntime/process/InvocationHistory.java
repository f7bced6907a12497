package dev.agentruntime.process;

import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.JournalEntry;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.fold.RunHead;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Journal.JournalLine;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Invocations that an image no longer holds, read backwards from the journal, a page of entries at
 * a time. For one request.
 */
final class InvocationHistory {

  private static final int PAGE = 1_000;

  private final Journal journal;
  private final ProcessId process;
  private final int limit;
  private final @Nullable InvocationId only;
  private final Map<InvocationId, Found> pending = new LinkedHashMap<>();
  private final List<RunHead> heads = new ArrayList<>();

  /**
   * A search.
   *
   * @param limit ends after so many settled invocations
   * @param only looks for this one alone, null for any
   */
  InvocationHistory(Journal journal, ProcessId process, int limit, @Nullable InvocationId only) {
    this.journal = journal;
    this.process = process;
    this.limit = limit;
    this.only = only;
  }

  private record Found(EntryData.InvocationResult result, long last, int attempt) {}

  /** Settled invocations whose result stands before {@code sequence}, newest first. */
  Future<List<RunHead>> before(long sequence) {
    if (sequence <= 1 || heads.size() >= limit) {
      // Found in the order of their starts; of runs side by side the later may have settled first.
      heads.sort(Comparator.comparingLong(RunHead::last).reversed());
      return Future.succeededFuture(heads);
    }
    long from = Math.max(1, sequence - PAGE);
    return journal.read(process, from, (int) (sequence - from)).compose(lines -> {
      for (int i = lines.size() - 1; i >= 0; i--) {
        look(lines.get(i).entry());
      }
      return before(from);
    });
  }

  private void look(JournalEntry entry) {
    if (entry.data() instanceof EntryData.InvocationResult result
        && (only == null || only.equals(result.invocation()))
        && heads.size() + pending.size() < limit) {
      pending.put(result.invocation(), new Found(result, entry.sequence(), 0));
    } else if (entry.data() instanceof EntryData.InvocationStart start) {
      Found found = pending.get(start.invocation());
      if (found == null) {
        return;
      }
      int attempt = Math.max(found.attempt(), start.attempt());
      if (start.attempt() > 1) {
        pending.put(start.invocation(), new Found(found.result(), found.last(), attempt));
        return;
      }
      pending.remove(start.invocation());
      heads.add(new RunHead(
          start.invocation(),
          start.eventIds(),
          attempt,
          found.result(),
          entry.time(),
          entry.sequence(),
          found.last()));
    }
  }

  static List<JournalEntry> entries(List<JournalLine> lines) {
    return lines.stream().map(JournalLine::entry).toList();
  }
}
