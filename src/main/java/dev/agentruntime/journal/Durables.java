package dev.agentruntime.journal;

import dev.agentruntime.core.ProcessId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What became durable since somebody last asked: for anchors, and for checkpoints. Owned by: the
 * log's writer, but for what is said to be for any thread.
 */
final class Durables {

  private @Nullable Map<ProcessId, Journal.Head> stretch;
  private long stretchFrom = 1;
  private Map<ProcessId, Long> unfolded = new HashMap<>();
  private long unfoldedFrom = 1;
  private final AtomicLong waiting = new AtomicLong();

  /** Begins to keep what no anchor vouches for, unless nobody sets anchors. */
  void anchored(boolean wanted) {
    stretch = wanted ? new HashMap<>() : null;
  }

  void stretchFrom(long n) {
    stretchFrom = n;
  }

  /** An entry that no anchor vouches for. */
  void unanchored(ProcessId process, long sequence, byte[] hash) {
    if (stretch != null) {
      stretch.put(process, new Journal.Head(sequence, hash));
    }
  }

  /** An entry that no checkpoint folds. */
  void unfolded(ProcessId process, long sequence) {
    unfolded.put(process, sequence);
    waiting.lazySet(waiting.get() + 1);
  }

  /** Since the last anchor. */
  Journal.Stretch stretch(long next) {
    Map<ProcessId, Journal.Head> heads = stretch;
    if (heads == null || heads.isEmpty()) {
      return Journal.Stretch.NONE;
    }
    stretch = new HashMap<>();
    Journal.Stretch taken = new Journal.Stretch(stretchFrom, next - 1, heads);
    stretchFrom = next;
    return taken;
  }

  /** Entries from this n on are not folded. */
  void unfoldedFrom(long n) {
    unfoldedFrom = n;
  }

  /** What the next checkpoint is to fold. */
  Keeping.Due due(long next) {
    return new Keeping.Due(next, next - unfoldedFrom, Map.copyOf(unfolded));
  }

  /** How many no checkpoint folds; for any thread. */
  long waiting() {
    return waiting.get();
  }

  /** It was folded; what came meanwhile, up to {@code next}, was not. */
  void folded(Keeping.Due due, long next) {
    waiting.set(next - due.from());
    due.processes().forEach(unfolded::remove);
    unfoldedFrom = due.from();
  }

  /** No checkpoint folds anything any more. */
  void forget(Map<ProcessId, Long> all) {
    unfolded = new HashMap<>(all);
    unfoldedFrom = 1;
  }
}
