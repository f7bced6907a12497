package dev.agentruntime.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How much something matters, rising. */
public enum Severity {
  INFO,
  WARNING,
  ERROR,
  CRITICAL;

  /** As it is written, in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All words, rising. */
  public static List<String> words() {
    return Arrays.stream(values()).map(Severity::word).toList();
  }
}
