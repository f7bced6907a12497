package dev.agentruntime.history;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.fold.RunHead;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Journal.JournalLine;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The invocations of a process as lists show them. Those that its image no longer holds are read
 * backwards from the journal, a page of entries at a time; such a search is for one request.
 */
public final class InvocationHistory {

  private static final int PAGE = 1_000;

  private final Journal journal;
  private final ProcessId process;
  private final int limit;
  private final @Nullable InvocationId only;
  private final Map<InvocationId, Found> pending = new LinkedHashMap<>();
  private final List<RunHead> heads = new ArrayList<>();
  private long floor = 1;

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

  /** The newest invocations, or those before a cursor; on the process's context. */
  public static Future<Json> page(
      ProcessImage image,
      Future<Void> durable,
      Journal journal,
      int limit,
      @Nullable String cursor) {
    long before = cursor == null ? Long.MAX_VALUE : sequence(cursor);
    List<Object> shown = new ArrayList<>();
    if (cursor == null) {
      List<OpenRun> open = new ArrayList<>(image.runs().values());
      for (int i = open.size() - 1; i >= 0 && shown.size() < limit; i--) {
        shown.add(InvocationViews.open(open.get(i)));
      }
    }
    long last = settled(image, before, limit, shown);
    boolean whole = image.heads().size() < ProcessImage.HEADS_MAX;
    if (shown.size() >= limit || whole) {
      boolean more = !whole || last > oldest(image);
      return durable.map(page(shown, more ? last : 0));
    }
    InvocationHistory history =
        new InvocationHistory(journal, image.id(), limit - shown.size(), null);
    Set<InvocationId> open = Set.copyOf(image.runs().keySet());
    return durable
        .compose(done -> history.search(Math.min(last, oldest(image))))
        .map(older -> {
          for (RunHead head : older) {
            if (!open.contains(head.id())) {
              shown.add(InvocationViews.settled(head));
            }
          }
          return page(shown, older.isEmpty() ? 0 : older.get(older.size() - 1).last());
        });
  }

  private static long settled(ProcessImage image, long before, int limit, List<Object> shown) {
    long last = Math.min(before, image.sequence() + 1);
    for (RunHead head : image.heads()) {
      // One that was delivered again is open, and shown as such.
      boolean isOpen = image.runs().containsKey(head.id());
      if (head.last() < before && shown.size() < limit && !isOpen) {
        shown.add(InvocationViews.settled(head));
        last = head.last();
      }
    }
    return last;
  }

  private static long oldest(ProcessImage image) {
    RunHead head = image.heads().peekLast();
    return head == null ? image.sequence() + 1 : head.last();
  }

  private static Json page(List<Object> shown, long cursor) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("invocations", shown);
    all.put("next_cursor", cursor <= 1 ? null : String.valueOf(cursor));
    return Json.of(all);
  }

  /** One invocation with its steps; on the process's context. */
  public static Future<Json> one(
      ProcessImage image, Future<Void> durable, Journal journal, InvocationId invocation) {
    ProcessId process = image.id();
    OpenRun open = image.runs().get(invocation);
    if (open != null) {
      Map<String, @Nullable Object> all = InvocationViews.open(open);
      all.put("steps", InvocationViews.steps(invocation, open.steps()));
      return durable.map(Json.of(all));
    }
    for (RunHead head : image.heads()) {
      if (head.id().equals(invocation)) {
        return durable.compose(done -> withSteps(journal, process, head));
      }
    }
    return new InvocationHistory(journal, process, 1, invocation)
        .search(oldest(image))
        .compose(found -> found.isEmpty()
            ? Future.failedFuture(new RuntimeFault(
                ErrorCode.INVOCATION_NOT_FOUND,
                "process " + process.name() + " has no invocation "
                    + Json.quote(invocation.value())))
            : withSteps(journal, process, found.get(0)));
  }

  private static Future<Json> withSteps(Journal journal, ProcessId process, RunHead head) {
    return journal
        .read(process, head.first(), (int) Math.min(100_000, head.last() - head.first() + 1))
        .map(lines -> {
          List<JournalEntry> entries = entries(lines);
          Map<String, @Nullable Object> all = InvocationViews.settled(head);
          all.put("steps", InvocationViews.steps(head.id(), entries));
          // Of runs side by side each may lack some of the others' as well.
          boolean dropped =
              entries.stream().anyMatch(entry -> entry.data() instanceof EntryData.Dropped);
          if (dropped) {
            all.put("steps_dropped", true);
          }
          return Json.of(all);
        })
        .recover(cause -> {
          if (!(cause instanceof RuntimeFault fault) || fault.code() != ErrorCode.NOT_KEPT) {
            return Future.failedFuture(cause);
          }
          Map<String, @Nullable Object> all = InvocationViews.settled(head);
          all.put("steps", List.of());
          all.put("steps_dropped", true);
          return Future.succeededFuture(Json.of(all));
        });
  }

  /**
   * The text of the last reply of a run that has settled.
   *
   * @return fails with NOT_KEPT when the journal does not have it any more
   */
  public static Future<String> reply(ProcessImage image, Journal journal, InvocationId invocation) {
    for (RunHead head : image.heads()) {
      if (head.id().equals(invocation)) {
        return journal
            .read(image.id(), head.first(), (int) Math.min(100_000, head.last() - head.first() + 1))
            .map(lines -> reply(entries(lines), invocation));
      }
    }
    return Future.failedFuture(notKept(invocation));
  }

  private static String reply(List<JournalEntry> entries, InvocationId invocation) {
    String last = null;
    for (JournalEntry entry : entries) {
      if (entry.data() instanceof EntryData.ModelReply reply
          && reply.invocation().equals(invocation)
          && reply.rejected() == null) {
        last = reply.reply().text();
      }
    }
    if (last == null) {
      throw notKept(invocation);
    }
    return last;
  }

  private static RuntimeFault notKept(InvocationId invocation) {
    return new RuntimeFault(
        ErrorCode.NOT_KEPT,
        "the run " + invocation.value() + " has ended, and its reply is not kept any more");
  }

  /** The sequence that a cursor is. */
  public static long sequence(String cursor) {
    try {
      return Math.max(1, Long.parseLong(cursor));
    } catch (NumberFormatException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "cursor " + Json.quote(cursor) + ", expected the next_cursor of the page before",
          e);
    }
  }

  /** Settled invocations whose result stands before {@code sequence}, newest first. */
  Future<List<RunHead>> search(long sequence) {
    return journal.first(process).compose(first -> {
      floor = first == 0 ? sequence : first;
      return before(sequence);
    });
  }

  private Future<List<RunHead>> before(long sequence) {
    if (sequence <= floor || heads.size() >= limit) {
      // Found in the order of their starts; of runs side by side the later may have settled first.
      heads.sort(Comparator.comparingLong(RunHead::last).reversed());
      return Future.succeededFuture(heads);
    }
    long from = Math.max(floor, sequence - PAGE);
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
      // Of one that was delivered again the last result counts, and that is met first.
      pending.putIfAbsent(result.invocation(), new Found(result, entry.sequence(), 0));
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
