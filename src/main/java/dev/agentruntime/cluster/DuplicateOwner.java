package dev.agentruntime.cluster;

import java.util.Collection;

/**
 * What becomes of a process that is live on two nodes at once, after a partition or because two
 * data directories know the same name. Decides over values, and so that both nodes decide alike: a
 * copy that never accepted a trigger has nothing to lose and yields; where both have, somebody must
 * choose and both are suspended.
 */
final class DuplicateOwner {

  private DuplicateOwner() {}

  /** What happens to this node's copy. */
  enum Verdict {
    /** It goes on. */
    KEEP,
    /** It is suspended until an operator chooses. */
    SUSPEND,
    /** It is removed. */
    YIELD
  }

  /**
   * A live copy.
   *
   * @param accepted whether it ever accepted a trigger
   * @param rank its node's place by age, 0 = the oldest
   */
  record Copy(boolean accepted, int rank) {}

  /** Decides about one copy in the presence of another. */
  static Verdict decide(Copy mine, Copy other) {
    if (mine.accepted()) {
      return other.accepted() ? Verdict.SUSPEND : Verdict.KEEP;
    }
    return other.accepted() || other.rank() < mine.rank() ? Verdict.YIELD : Verdict.KEEP;
  }

  /** Decides about one copy in the presence of any number of others. */
  static Verdict decide(Copy mine, Collection<Copy> others) {
    Verdict verdict = Verdict.KEEP;
    for (Copy other : others) {
      Verdict next = decide(mine, other);
      if (next.compareTo(verdict) > 0) {
        verdict = next;
      }
    }
    return verdict;
  }
}
