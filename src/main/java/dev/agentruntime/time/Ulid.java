package dev.agentruntime.time;

import java.util.random.RandomGenerator;

/** The ULID text form: 48 bits of time and 80 of chance in Crockford's base 32. */
final class Ulid {

  private static final char[] ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

  private Ulid() {}

  static String text(long epochMs, RandomGenerator random) {
    char[] out = new char[26];
    long time = epochMs;
    for (int i = 9; i >= 0; i--) {
      out[i] = ALPHABET[(int) (time & 31)];
      time >>>= 5;
    }
    long high = random.nextLong();
    long low = random.nextLong();
    for (int i = 0; i < 8; i++) {
      out[10 + i] = ALPHABET[(int) ((high >>> (5 * i)) & 31)];
      out[18 + i] = ALPHABET[(int) ((low >>> (5 * i)) & 31)];
    }
    return new String(out);
  }
}
