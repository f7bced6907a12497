package dev.agentruntime.time;

import java.util.ArrayList;
import java.util.List;

/**
 * Timers by the tick at which they are due, in six wheels of 64 slots: the first holds the next 64
 * ticks, one a slot, the second the next 64 x 64, and so on; what lies beyond the last wheel waits
 * in it. When a slot's time comes, its timers fire or move to a lower wheel. Adding and removing
 * cost the same however many there are, and finding the next slot is a look at one bit set a wheel.
 *
 * <p>Knows no clock and no thread. Owned by: one thread.
 */
final class TimerWheel {

  /** When nothing is armed. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int LEVELS = 6;
  private static final int BITS = 6;
  private static final int SLOTS = 1 << BITS;

  /** A timer; in at most one wheel at a time. */
  static class Entry {
    private long due;
    private int level;
    private int slot;
    private Entry before = this;
    private Entry after = this;

    /** Whether it is in a wheel. */
    final boolean isArmed() {
      return after != this;
    }

    /** The tick it was added for. */
    final long due() {
      return due;
    }
  }

  /** Rings: the list's head is no timer. */
  private final Entry[][] slots = new Entry[LEVELS][SLOTS];

  /** Bit {@code n} says that slot {@code n} holds something. */
  private final long[] occupied = new long[LEVELS];

  /** Up to here everything was taken out. */
  private long elapsed;

  TimerWheel() {
    for (Entry[] level : slots) {
      for (int slot = 0; slot < SLOTS; slot++) {
        level[slot] = new Entry();
      }
    }
  }

  /** Adds a timer that is in no wheel; one that is due already comes with the next tick. */
  void add(Entry entry, long due) {
    entry.due = Math.max(due, elapsed + 1);
    place(entry);
  }

  private void place(Entry entry) {
    int level = level(elapsed ^ entry.due);
    int slot = slot(entry.due, level);
    Entry head = slots[level][slot];
    entry.level = level;
    entry.slot = slot;
    entry.before = head.before;
    entry.after = head;
    head.before.after = entry;
    head.before = entry;
    occupied[level] |= 1L << slot;
  }

  /** The lowest wheel whose slot of now and of then differ, at most the last. */
  private static int level(long differing) {
    int highest = 63 - Long.numberOfLeadingZeros(differing | (SLOTS - 1));
    return Math.min(LEVELS - 1, highest / BITS);
  }

  private static int slot(long tick, int level) {
    return (int) (tick >>> (BITS * level)) & (SLOTS - 1);
  }

  /** Takes a timer out; one that is in no wheel stays so. */
  void remove(Entry entry) {
    if (!entry.isArmed()) {
      return;
    }
    unlink(entry);
    if (!slots[entry.level][entry.slot].isArmed()) {
      occupied[entry.level] &= ~(1L << entry.slot);
    }
  }

  private static void unlink(Entry entry) {
    entry.before.after = entry.after;
    entry.after.before = entry.before;
    entry.before = entry;
    entry.after = entry;
  }

  /**
   * The tick at which there is something to do next, which may be only to move timers, or {@link
   * #NEVER}.
   */
  long next() {
    int level = lowest();
    return level < 0 ? NEVER : next(level);
  }

  /** The lowest wheel that holds something, which has the next slot; -1 when all are empty. */
  private int lowest() {
    for (int level = 0; level < LEVELS; level++) {
      if (occupied[level] != 0) {
        return level;
      }
    }
    return -1;
  }

  private long next(int level) {
    int shift = BITS * level;
    long now = elapsed >>> shift;
    // The slot of now is the farthest: what it holds has gone once round the last wheel.
    int ahead = Long.numberOfTrailingZeros(Long.rotateRight(occupied[level], (int) now + 1)) + 1;
    return (now + ahead) << shift;
  }

  /** Takes out everything that is due up to {@code now}, in no promised order. */
  List<Entry> advance(long now) {
    List<Entry> due = new ArrayList<>();
    for (long tick = next(); tick <= now; tick = next()) {
      int level = lowest();
      elapsed = tick;
      empty(level, slot(tick, level), due);
    }
    elapsed = Math.max(elapsed, now);
    return due;
  }

  private void empty(int level, int slot, List<Entry> due) {
    occupied[level] &= ~(1L << slot);
    Entry head = slots[level][slot];
    // Those that wait beyond the last wheel come back to this very slot.
    Entry last = head.before;
    for (Entry entry = head.after; head.isArmed(); entry = head.after) {
      unlink(entry);
      if (entry.due <= elapsed) {
        due.add(entry);
      } else {
        place(entry);
      }
      if (entry == last) {
        return;
      }
    }
  }
}
