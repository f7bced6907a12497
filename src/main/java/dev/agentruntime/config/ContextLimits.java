package dev.agentruntime.config;

import dev.agentruntime.core.Json;
import org.jspecify.annotations.Nullable;

/** How large the context of a process may be, whoever writes it. Pure. */
public final class ContextLimits {

  /** Longest key in characters. */
  public static final int KEY_CHARS_MAX = 200;

  /** Largest value, as JSON in UTF-8. */
  public static final int VALUE_BYTES_MAX = 256 << 10;

  /** Most keys. */
  public static final int KEYS_MAX = 1_000;

  /** All keys and values together. */
  public static final long BYTES_MAX = 4L << 20;

  private ContextLimits() {}

  /** What is wrong with a key, null when nothing is. */
  public static @Nullable String problemOfKey(String key) {
    return key.isBlank() || key.length() > KEY_CHARS_MAX
        ? "key, expected=1 to " + KEY_CHARS_MAX + " characters, actual=" + key.length()
        : null;
  }

  /** What is wrong with the value of a key, null when nothing is. */
  public static @Nullable String problemOfValue(String key, Json value) {
    return value.length() > VALUE_BYTES_MAX
        ? "value of " + Json.quote(key) + ", expected<=" + VALUE_BYTES_MAX + " bytes of JSON,"
            + " actual=" + value.length()
        : null;
  }

  /** What is wrong with a whole, null when nothing is. */
  public static @Nullable String problemOfAll(int keys, long bytes) {
    if (keys > KEYS_MAX) {
      return "keys of the context, expected<=" + KEYS_MAX + ", actual=" + keys;
    }
    return bytes > BYTES_MAX
        ? "size of the context, expected<=" + BYTES_MAX + " bytes, actual=" + bytes
        : null;
  }

  /** What an entry counts for: its key in characters and its value in bytes. */
  public static long size(String key, Json value) {
    return (long) key.length() + value.length();
  }
}
