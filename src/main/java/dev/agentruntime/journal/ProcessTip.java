package dev.agentruntime.journal;

import dev.agentruntime.core.ProcessId;
import org.jspecify.annotations.Nullable;

/** How far the history of one process was followed. Owned by: one thread, scan or writer. */
final class ProcessTip {

  private final ProcessId id;
  private long sequence;
  private long epoch;
  private byte[] hash = HashChain.start();
  private @Nullable String damage;

  ProcessTip(ProcessId id) {
    this.id = id;
  }

  ProcessId id() {
    return id;
  }

  /** The sequence of its last entry, 0 before the first. */
  long sequence() {
    return sequence;
  }

  void sequence(long last) {
    sequence = last;
  }

  /** What is wrong with it, null when nothing is. */
  @Nullable
  String damage() {
    return damage;
  }

  void damaged(String what) {
    if (damage == null) {
      damage = what;
    }
  }

  /**
   * What keeps the line from being the next entry, null when nothing does. Either way it is the
   * last one from now on, so that one break is told once.
   */
  @Nullable
  String take(LineView view, HashChain chain) {
    long expected = sequence + 1;
    String problem = problem(view, chain, expected);
    if (view.sequence() >= expected) {
      sequence = view.sequence();
      epoch = Math.max(epoch, view.epoch());
      hash = view.hash();
    }
    return problem;
  }

  private @Nullable String problem(LineView view, HashChain chain, long expected) {
    if (view.sequence() != expected) {
      return "sequence of " + id + ", expected=" + expected + ", actual=" + view.sequence();
    }
    if (view.epoch() < epoch) {
      return "epoch of " + id + ", expected>=" + epoch + ", actual=" + view.epoch();
    }
    return view.follows(chain, hash)
        ? null
        : "hash chain of " + id + " is broken at sequence " + expected;
  }
}
