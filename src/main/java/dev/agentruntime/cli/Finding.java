package dev.agentruntime.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the doctor found in one place.
 *
 * @param check where it looked, a word
 * @param what it saw
 * @param mend what to do about it, null when there is nothing to do
 */
record Finding(
    String check, Level level, String what, @Nullable String mend) {

  /** How bad it is. */
  enum Level {
    OK("ok"),
    WARN("warn"),
    FAIL("fail");

    private final String word;

    Level(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  static Finding ok(String check, String what) {
    return new Finding(check, Level.OK, what, null);
  }

  /** A node runs with it, and somebody should look. */
  static Finding warn(String check, String what, String mend) {
    return new Finding(check, Level.WARN, what, mend);
  }

  /** A node does not start with it, or loses something. */
  static Finding fail(String check, String what, String mend) {
    return new Finding(check, Level.FAIL, what, mend);
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("check", check);
    all.put("level", level.word());
    all.put("what", what);
    all.put("mend", mend);
    return all;
  }
}
