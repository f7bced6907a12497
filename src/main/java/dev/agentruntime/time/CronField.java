package dev.agentruntime.time;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.Locale;

/**
 * One field of a cron expression as a set of numbers: bit {@code n} says that {@code n} matches.
 * Knows the grammar {@code item[,item...]} with items {@code *}, {@code a}, {@code a-b} and a step
 * {@code /n} after each of them.
 */
enum CronField {
  MINUTE("minute", 0, 59, ""),
  HOUR("hour", 0, 23, ""),
  DAY_OF_MONTH("day of month", 1, 31, ""),
  MONTH("month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"),
  /** 0 and 7 are Sunday. */
  DAY_OF_WEEK("day of week", 0, 7, "SUNMONTUEWEDTHUFRISAT"),
  SECOND("second", 0, 59, "");

  private final String title;
  private final int min;
  private final int max;
  /** Names of three letters, one after the other. */
  private final String names;

  CronField(String title, int min, int max, String names) {
    this.title = title;
    this.min = min;
    this.max = max;
    this.names = names;
  }

  /** The set a text stands for; a fault names field and item. */
  long parse(String text) {
    long set = 0;
    for (String item : text.split(",", -1)) {
      set |= item(item);
    }
    if (this == DAY_OF_WEEK && (set & (1L << 7)) != 0) {
      set = (set & ~(1L << 7)) | 1;
    }
    return set;
  }

  /** The largest set of this field, Sunday counted once. */
  long all() {
    return range(min, highest(), 1);
  }

  private long item(String item) {
    int slash = item.indexOf('/');
    String base = slash < 0 ? item : item.substring(0, slash);
    int step = slash < 0 ? 1 : step(item, item.substring(slash + 1));
    if (base.equals("*")) {
      return range(min, highest(), step);
    }
    int dash = base.indexOf('-');
    if (dash < 0) {
      int low = number(item, base);
      return range(low, slash < 0 ? low : Math.max(low, highest()), step);
    }
    int low = number(item, base.substring(0, dash));
    int high = number(item, base.substring(dash + 1));
    if (this == DAY_OF_WEEK && high == 0 && low > 0) {
      high = 7; // FRI-SUN
    }
    if (low > high) {
      throw refuse(item, "goes backwards");
    }
    return range(low, high, step);
  }

  private int step(String item, String text) {
    int step = digits(text);
    int size = highest() - min + 1;
    if (step < 1 || step > size) {
      throw refuse(item, "has no step within 1-" + size);
    }
    return step;
  }

  private int number(String item, String text) {
    int named = text.length() == 3 ? names.indexOf(text.toUpperCase(Locale.ROOT)) : -1;
    int value = named >= 0 && named % 3 == 0 ? named / 3 + min : digits(text);
    if (value < min || value > max) {
      throw refuse(item, "is not allowed");
    }
    return value;
  }

  /** The value of one to three ASCII digits, else -1. */
  private static int digits(String text) {
    if (text.isEmpty() || text.length() > 3) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = 10 * value + (c - '0');
    }
    return value;
  }

  private int highest() {
    return this == DAY_OF_WEEK ? 6 : max;
  }

  private static long range(int low, int high, int step) {
    long set = 0;
    for (int i = low; i <= high; i += step) {
      set |= 1L << i;
    }
    return set;
  }

  private RuntimeFault refuse(String item, String what) {
    String form = names.isEmpty()
        ? ""
        : " or " + names.substring(0, 3) + "-" + names.substring(names.length() - 3);
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        title + " " + Json.quote(item) + " " + what + ", expected=*, a number, low-high or a step"
            + " (*/n, low-high/n) within " + min + "-" + max + form);
  }
}
