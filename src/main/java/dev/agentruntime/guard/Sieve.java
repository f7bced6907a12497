package dev.agentruntime.guard;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collection;

/**
 * Tells texts that hold none of some words from those that may, in one pass, without keeping the
 * words: of each it knows a hash of its first characters, another one in every JVM. A rolling hash
 * as in R. Karp and M. Rabin, "Efficient randomized pattern-matching algorithms" (1987), modulo
 * 2^64. Immutable; safe on every thread.
 */
final class Sieve {

  /** Characters that are hashed, of words that are long enough. */
  private static final int WINDOW_MAX = 8;

  private static final int FILTER_BITS = 12;

  private static final long BASE = new SecureRandom().nextLong() | 1;

  /** Spreads a hash over its upper bits: 2^64 divided by the golden ratio. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final int window;
  private final long first;
  private final long[] hashes;
  private final long[] filter = new long[(1 << FILTER_BITS) / Long.SIZE];

  private Sieve(int window, long[] hashes) {
    this.window = window;
    this.hashes = hashes;
    long power = 1;
    for (int i = 1; i < window; i++) {
      power *= BASE;
    }
    this.first = power;
    for (long hash : hashes) {
      filter[slot(hash) >> 6] |= 1L << slot(hash);
    }
  }

  /** A sieve for words of at least one character. */
  static Sieve of(Collection<String> words) {
    int window = words.stream().mapToInt(String::length).min().orElse(WINDOW_MAX);
    int hashed = Math.min(window, WINDOW_MAX);
    return new Sieve(
        hashed,
        words.stream().mapToLong(word -> hash(word, hashed)).sorted().distinct().toArray());
  }

  private static long hash(String text, int length) {
    long hash = 0;
    for (int i = 0; i < length; i++) {
      hash = hash * BASE + text.charAt(i);
    }
    return hash;
  }

  private static int slot(long hash) {
    return (int) ((hash * SPREAD) >>> (Long.SIZE - FILTER_BITS));
  }

  /** False when the text holds none of the words. */
  boolean mayHold(String text) {
    if (text.length() < window) {
      return false;
    }
    long hash = hash(text, window);
    for (int next = window; ; next++) {
      int slot = slot(hash);
      if ((filter[slot >> 6] & 1L << slot) != 0 && Arrays.binarySearch(hashes, hash) >= 0) {
        return true;
      }
      if (next == text.length()) {
        return false;
      }
      hash = (hash - text.charAt(next - window) * first) * BASE + text.charAt(next);
    }
  }
}
