package dev.agentruntime.guard;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collection;

/**
 * Tells texts that hold none of some words from those that may, without keeping the words: of each
 * it knows a hash of its first characters, and which of some thousand slots the threes of these
 * fall into, under a key that is another one in every JVM. Where three characters of a text are
 * none of any word, no word stands across them, and the look goes on behind: as in S. Wu and U.
 * Manber, "A fast algorithm for multi-pattern searching" (1994). What is left is decided by the
 * hash. Immutable; safe on every thread.
 */
final class Sieve {

  /** Characters that are hashed, of words that are long enough. */
  private static final int WINDOW_MAX = 8;

  private static final int BLOCK_MAX = 3;

  private static final int BITS_MIN = 12;
  private static final int BITS_MAX = 16;

  /** Slots for each block of a word, so that few others share them. */
  private static final int SLOTS_A_BLOCK = 16;

  private static final long BASE = new SecureRandom().nextLong() | 1;

  /** Spreads a hash over its upper bits: 2^64 divided by the golden ratio. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final int window;
  private final int block;
  private final long[] hashes;
  private final int shift;
  private final long[] slots;

  private Sieve(int window, Collection<String> words) {
    this.window = window;
    this.block = Math.min(window, BLOCK_MAX);
    this.hashes = words.stream()
        .mapToLong(word -> hash(word, 0, window))
        .sorted()
        .distinct()
        .toArray();
    int wanted = hashes.length * (window - block + 1) * SLOTS_A_BLOCK;
    int bits =
        Math.max(BITS_MIN, Math.min(BITS_MAX, Integer.SIZE - Integer.numberOfLeadingZeros(wanted)));
    this.shift = Long.SIZE - bits;
    this.slots = new long[(1 << bits) / Long.SIZE];
    for (String word : words) {
      for (int at = 0; at <= window - block; at++) {
        int slot = slot(word, at);
        slots[slot >> 6] |= 1L << slot;
      }
    }
  }

  /** A sieve for words of at least one character. */
  static Sieve of(Collection<String> words) {
    int shortest = words.stream().mapToInt(String::length).min().orElse(WINDOW_MAX);
    return new Sieve(Math.min(shortest, WINDOW_MAX), words);
  }

  private static long hash(String text, int from, int length) {
    long hash = 0;
    for (int i = from; i < from + length; i++) {
      hash = hash * BASE + text.charAt(i);
    }
    return hash;
  }

  private int slot(String text, int from) {
    return (int) ((hash(text, from, block) * SPREAD) >>> shift);
  }

  /** False when the text holds none of the words. */
  boolean mayHold(String text) {
    int last = text.length() - window;
    int ahead = window - block;
    for (int from = 0; from <= last; ) {
      int slot = slot(text, from + ahead);
      if ((slots[slot >> 6] & 1L << slot) == 0) {
        from += ahead + 1;
      } else if (Arrays.binarySearch(hashes, hash(text, from, window)) >= 0) {
        return true;
      } else {
        from++;
      }
    }
    return false;
  }
}
