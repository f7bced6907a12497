package dev.agentruntime.journal;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.JournalEntry;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where entries become durable.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>complete the future of {@link #append} only when the entry and every entry appended before
 *       it would survive the loss of this JVM (and of power, where it writes to a disk);
 *   <li>keep the order of the calls of one thread, and complete futures in that order, on the
 *       Vert.x context that called, or on the completing thread where the caller had none;
 *   <li>after the first failed write close for writing: fail that append, all after it, and every
 *       later one with {@code JOURNAL_CLOSED}, until {@link #reopen} succeeded;
 *   <li>never hand out, in {@link #replay} or {@link #read}, an entry that was not durable;
 *   <li>never block the caller, and never drop: beyond its bound it fails with {@code OVERLOADED};
 *   <li>answer {@link #accepting()} with false from three quarters of that bound on;
 *   <li>refuse, with {@code VERSION_CONFLICT}, an entry that is not the next one of its process.
 * </ol>
 *
 * <p>All methods may be called from any thread.
 */
public interface Journal {

  /** Appends one entry; the future completes when it is durable. */
  Future<Void> append(EncodedEntry entry);

  /** Whether new work may be taken in: open for writing, and less than three quarters full. */
  boolean accepting();

  /** Whether an acknowledgement by this journal survives the JVM. */
  boolean durable();

  /**
   * Reads every entry in order, on a worker, handing each to {@code sink} on that worker.
   *
   * @return what was found besides entries
   */
  Future<Replayed> replay(EntrySink sink);

  /**
   * Reads what a recovery needs: the newest checkpoint that can be read, where there is one, and
   * the entries that it does not fold; on a worker, as {@link #replay}.
   */
  default Future<Replayed> recover(Folding into) {
    into.restart();
    return replay(into);
  }

  /**
   * Reads entries of one process. An entry whose data compaction dropped comes with {@code
   * EntryData.Dropped} in its place.
   *
   * @param from the first sequence wanted; before the first one that is kept it fails with {@code
   *     NOT_KEPT}, which names the time of the oldest entry there is
   * @param limit at most so many
   */
  Future<List<JournalLine>> read(ProcessId process, long from, int limit);

  /** The first sequence of a process that is kept; 1 when nothing of it was let go. */
  default Future<Long> first(ProcessId process) {
    return Future.succeededFuture(1L);
  }

  /** What keeps this journal short, null where nothing does. */
  default @Nullable Keeping keeping() {
    return null;
  }

  /** Tells {@code listener}, on any thread, when the journal closes for writing by itself. */
  void onFailure(java.util.function.Consumer<RuntimeFault> listener);

  /**
   * Opens a journal that closed itself: cuts what was never durable, goes on after it. Images built
   * from appends that failed must be rebuilt by {@link #replay} before the next append.
   */
  Future<Void> reopen();

  /**
   * Takes what became durable since it was last asked, and begins anew; {@link Stretch#NONE} where
   * nothing did or nobody wants to know.
   */
  default Future<Stretch> stretch() {
    return Future.succeededFuture(Stretch.NONE);
  }

  /** What keeps this journal from taking more than it must, in words; null when nothing does. */
  default @Nullable String shortage() {
    return null;
  }

  /** Tries to end a {@link #shortage}; fails while it lasts, does nothing when there is none. */
  default Future<Void> replenish() {
    return Future.succeededFuture();
  }

  /** Makes everything appended durable, says that the stop was clean, and lets go of the files. */
  Future<Void> close();

  /** Takes entries during a replay. */
  @FunctionalInterface
  interface EntrySink {
    /**
     * One entry.
     *
     * @param entry the entry
     * @param hash its chain hash, 32 bytes
     */
    void accept(JournalEntry entry, byte[] hash);
  }

  /** Takes images and then the entries after them. */
  interface Folding extends EntrySink {
    /** Begins: what was handed out so far does not count. */
    void restart();

    /**
     * One image.
     *
     * @throws RuntimeFault {@code JOURNAL_CORRUPT} when it cannot be used; an earlier checkpoint,
     *     or none, is tried then
     */
    void image(Keeping.SavedImage image);
  }

  /**
   * Durable entries in a row.
   *
   * @param from n of the first
   * @param to n of the last
   * @param heads for each process with entries among them, its newest one there
   */
  record Stretch(long from, long to, Map<ProcessId, Head> heads) {
    /** No entry. */
    public static final Stretch NONE = new Stretch(1, 0, Map.of());
  }

  /**
   * How far the history of a process goes.
   *
   * @param sequence of its last entry
   * @param hash that entry's {@code h}, 32 bytes
   */
  record Head(long sequence, byte[] hash) {}

  /**
   * An entry as it stands in the journal.
   *
   * @param entry decoded
   * @param text the whole line, without the line break
   */
  record JournalLine(JournalEntry entry, String text) {}

  /**
   * What a replay found.
   *
   * @param entries how many entries were handed out
   * @param cleanStop whether the journal ends with the closing line of a clean stop
   * @param tornTail what was cut from the end, in words, null when nothing was
   * @param damaged processes with a gap, and what is wrong, {@code file:line: ...}
   * @param suspect damage that cannot be told to belong to a process, {@code file:line: ...}
   * @param bytes of each process's entries, as {@link EncodedEntry#head} counts them
   * @param notes checkpoints that could not be used, and why
   */
  record Replayed(
      long entries,
      boolean cleanStop,
      @Nullable String tornTail,
      Map<ProcessId, String> damaged,
      List<String> suspect,
      Map<ProcessId, Long> bytes,
      List<String> notes) {}
}
