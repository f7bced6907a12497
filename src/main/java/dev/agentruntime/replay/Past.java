package dev.agentruntime.replay;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Journal.JournalLine;
import dev.agentruntime.journal.Keeping;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one process, read from its journal a page at a time. What is done with them is
 * done on a worker; its futures complete where it was called.
 */
public record Past(Journal journal, ProcessId process, Worker worker) {

  /** Entries of the first page; of the others as many as are about so many characters. */
  private static final int PAGE_FIRST = 500;

  private static final long PAGE_CHARS = 8_000_000;
  private static final int PAGE_MAX = 50_000;

  /** Takes entries on the worker, one after the other and none twice. */
  @FunctionalInterface
  interface Visitor {
    /** Takes one; false = the rest is not wanted. */
    boolean take(JournalEntry entry);
  }

  /**
   * The image at a sequence, from the first entry on; where compaction has dropped what the first
   * ones said, from the newest checkpoint on.
   */
  Future<Folded> fold(long to) {
    return fold(new ProcessImage(process), to)
        .map(image -> new Folded(image, 1))
        .recover(cause -> Failure.of(cause).code() == ErrorCode.NOT_KEPT
            ? fromCheckpoint(to, cause)
            : Future.failedFuture(cause));
  }

  /**
   * An image that was folded again.
   *
   * @param from sequence of the first entry it was folded from
   */
  record Folded(ProcessImage image, long from) {}

  private Future<Folded> fromCheckpoint(long to, Throwable cause) {
    Keeping keeping = journal.keeping();
    return keeping == null
        ? Future.failedFuture(cause)
        : keeping.saved(process).compose(saved -> {
          if (saved == null || saved.sequence() > to) {
            return Future.failedFuture(cause);
          }
          AtomicReference<@Nullable ProcessImage> read = new AtomicReference<>();
          return worker
              .run(() -> read.set(ImageReader.read(saved.image())))
              .compose(done -> fold(Objects.requireNonNull(read.get()), to))
              .map(image -> new Folded(image, saved.sequence() + 1));
        });
  }

  /** Moves an image over the entries behind it, up to a sequence. */
  Future<ProcessImage> fold(ProcessImage image, long to) {
    return walk(image.sequence() + 1, to, entry -> {
          image.apply(entry);
          return true;
        })
        .map(image);
  }

  /**
   * Shows the entries from one sequence to another.
   *
   * @return fails with NOT_KEPT when one of them is kept no more
   */
  Future<Void> walk(long from, long to, Visitor visitor) {
    return walk(from, to, PAGE_FIRST, visitor);
  }

  private Future<Void> walk(long from, long to, int limit, Visitor visitor) {
    if (from > to) {
      return Future.succeededFuture();
    }
    return journal.read(process, from, (int) Math.min(limit, to - from + 1)).compose(lines -> {
      Page page = new Page(from, visitor);
      return worker.run(() -> page.show(lines, process)).compose(shown -> {
        if (page.enough) {
          return Future.succeededFuture();
        }
        return walk(page.next, to, next(limit, lines), visitor);
      });
    });
  }

  /** A journal looks for each page anew, so pages are large; but of long entries there are few. */
  private static int next(int limit, List<JournalLine> lines) {
    long chars = lines.stream().mapToLong(line -> line.text().length()).sum();
    long fit = PAGE_CHARS * lines.size() / Math.max(1, chars);
    return (int) Math.max(1, Math.min(Math.min(fit, 8L * limit), PAGE_MAX));
  }

  private static RuntimeFault gone(ProcessId process, long wanted, List<JournalLine> lines) {
    String kept = "nothing from there on is kept";
    if (!lines.isEmpty()) {
      JournalEntry first = lines.get(0).entry();
      kept = "the next one that is kept is " + first.sequence() + ", of " + first.time();
    }
    return new RuntimeFault(
        ErrorCode.NOT_KEPT, "entry " + wanted + " of " + process + " is kept no more: " + kept);
  }

  /** For one page; filled on the worker, read afterwards. */
  private static final class Page {
    private final Visitor visitor;
    private long next;
    private boolean enough;

    Page(long from, Visitor visitor) {
      this.next = from;
      this.visitor = visitor;
    }

    void show(List<JournalLine> lines, ProcessId process) {
      if (lines.isEmpty()) {
        throw gone(process, next, lines);
      }
      for (int i = 0; i < lines.size() && !enough; i++) {
        JournalEntry entry = lines.get(i).entry();
        if (entry.sequence() != next) {
          throw gone(process, next, lines.subList(i, lines.size()));
        }
        if (entry.data() instanceof EntryData.Dropped) {
          throw new RuntimeFault(
              ErrorCode.NOT_KEPT,
              "entry " + next + " of " + process + ", of " + entry.time()
                  + ", is kept without its details: compaction dropped them, expected=level full");
        }
        next++;
        enough = !visitor.take(entry);
      }
    }
  }
}
