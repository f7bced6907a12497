package dev.agentruntime.governance;

import java.util.List;

/** Looks for repetition at the end of a list of digests. Pure. */
final class Patterns {

  private Patterns() {}

  /** Whether the last {@code count} are equal. */
  static boolean stuck(List<String> all, int count) {
    int size = all.size();
    return size >= count
        && all.subList(size - count, size).stream().allMatch(all.get(size - 1)::equals);
  }

  /**
   * The length of the shortest pattern, at least two long and not of one item alone, that stands
   * {@code repeats} times in a row at the end of the last {@code window}; 0 = none.
   */
  static int loop(List<String> all, int window, int repeats) {
    List<String> newest = all.subList(Math.max(0, all.size() - window), all.size());
    for (int length = 2; length * repeats <= newest.size(); length++) {
      List<String> tail = newest.subList(newest.size() - length * repeats, newest.size());
      if (repeats(tail, length) && !stuck(tail.subList(0, length), length)) {
        return length;
      }
    }
    return 0;
  }

  private static boolean repeats(List<String> tail, int length) {
    for (int i = length; i < tail.size(); i++) {
      if (!tail.get(i).equals(tail.get(i - length))) {
        return false;
      }
    }
    return true;
  }
}
