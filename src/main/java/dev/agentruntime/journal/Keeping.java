package dev.agentruntime.journal;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a journal short: checkpoints, compaction, retention. One call at a time, each after
 * the one before ended; all may be made from any thread, and work on a thread of their own.
 *
 * <pre>
 * due          what is there that no checkpoint folds
 * (the node takes the images of those processes, and waits until all they fold is durable)
 * checkpoint   those images and, unchanged, all others of the checkpoint before
 * compact      a segment that two checkpoints fold: details of settled work become their hash
 * retire       segments that two checkpoints fold, and that are too old or too many
 * </pre>
 */
public interface Keeping {

  /** How many entries no checkpoint folds; costs nothing to ask. */
  long unfolded();

  /** What the next checkpoint must fold. */
  Future<Due> due();

  /**
   * Writes a checkpoint; everything that the images fold is durable.
   *
   * @param due as it was asked for before the images were taken
   * @param images of at least all processes in {@code due}, each folding at least what it says
   */
  Future<Made> checkpoint(Due due, List<SavedImage> images, Instant now);

  /**
   * An image in the newest checkpoint, null when there is none of that process; for a process that
   * nobody runs any more.
   */
  Future<@Nullable SavedImage> saved(ProcessId process);

  /** Compacts one segment; false when there was none to compact. */
  Future<Boolean> compact(Rule rule);

  /** Lets go of segments; answers how many. */
  Future<Integer> retire(Retention retention, Instant now);

  /** How much there was after the newest change; null before the first. */
  @Nullable
  Size size();

  /**
   * What is not folded.
   *
   * @param from every entry with a lower n was durable when this was asked
   * @param entries how many of them no checkpoint folds
   * @param processes whose they are, and the sequence of the last of each
   */
  record Due(long from, long entries, Map<ProcessId, Long> processes) {}

  /**
   * A checkpoint that was written.
   *
   * @param file its name
   * @param position n of the first entry that a recovery with it reads
   * @param images how many it holds
   * @param bytes its size
   * @param digest SHA-256 of the file, hex
   */
  record Made(String file, long position, int images, long bytes, String digest) {}

  /**
   * An image as a checkpoint keeps it.
   *
   * @param sequence of the last entry it folds
   * @param epoch of that entry
   * @param hash {@code h} of that entry, 32 bytes
   * @param bytes of its entries up to there, as {@link Journal.Replayed#bytes} counts them
   * @param image as plain JSON
   */
  record SavedImage(
      ProcessId process, long sequence, long epoch, byte[] hash, long bytes, Json image) {}

  /** Says what compaction may drop. */
  @FunctionalInterface
  interface Rule {
    /**
     * The ids of a process's invocations and events that have not settled: their details stay.
     *
     * @return null when everything of this process stays
     */
    @Nullable
    Set<String> open(ProcessId process);
  }

  /**
   * What is kept.
   *
   * @param age entries older than this may go, zero = they may not
   * @param bytes of all segments; beyond it the oldest go, 0 = they may not
   * @param archive where they are copied before they go, null = nowhere
   */
  record Retention(Duration age, long bytes, @Nullable Path archive) {}

  /**
   * How much there is.
   *
   * @param segments files with entries
   * @param bytes of these files
   * @param since when the oldest entry was written that is kept, null when none was let go
   */
  record Size(int segments, long bytes, @Nullable Instant since) {}
}
