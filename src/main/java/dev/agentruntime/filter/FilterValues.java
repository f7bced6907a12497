package dev.agentruntime.filter;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a filter may ask of JSON values. Numbers are compared exactly, whatever their size; nothing
 * here takes more than time linear in its arguments.
 */
final class FilterValues {

  /** Longest text that is read as a number, in characters. */
  static final int NUMBER_TEXT_MAX = 64;

  /** Most digits before the point of what {@code int} cuts off. */
  private static final int DIGITS_MAX = 1_000;

  private FilterValues() {}

  static boolean truth(@Nullable Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof String text) {
      return !text.isEmpty();
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    return value instanceof Number number && decimal(number).signum() != 0;
  }

  static @Nullable Object part(@Nullable Object of, @Nullable Object key) {
    if (of == null) {
      return null;
    }
    if (of instanceof Map<?, ?> map && key instanceof String name) {
      return map.get(name);
    }
    if (of instanceof List<?> list && key instanceof Number number) {
      BigDecimal position = decimal(number);
      BigDecimal size = BigDecimal.valueOf(list.size());
      // Compared before anything is converted: a position may be as large as it likes.
      if (position.compareTo(size) >= 0 || position.compareTo(size.negate()) < 0) {
        return null;
      }
      BigDecimal stripped = position.stripTrailingZeros();
      if (stripped.scale() > 0) {
        throw FilterRun.noAnswer("a list has no position between two items");
      }
      int at = stripped.intValue();
      return list.get(at < 0 ? at + list.size() : at);
    }
    throw FilterRun.noAnswer("no subscript");
  }

  static boolean same(@Nullable Object left, @Nullable Object right, FilterRun run) {
    run.step(1);
    if (left instanceof String one && right instanceof String other) {
      run.step(one.length() == other.length() ? one.length() : 0);
      return one.equals(other);
    }
    if (left instanceof Number one && right instanceof Number other) {
      return decimal(one).compareTo(decimal(other)) == 0;
    }
    if (left instanceof List<?> one && right instanceof List<?> other) {
      return sameItems(one, other, run);
    }
    if (left instanceof Map<?, ?> one && right instanceof Map<?, ?> other) {
      return sameMembers(one, other, run);
    }
    return left == null ? right == null : left instanceof Boolean && left.equals(right);
  }

  private static boolean sameItems(List<?> one, List<?> other, FilterRun run) {
    if (one.size() != other.size()) {
      return false;
    }
    Iterator<?> others = other.iterator();
    for (Object item : one) {
      if (!same(item, others.next(), run)) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameMembers(Map<?, ?> one, Map<?, ?> other, FilterRun run) {
    if (one.size() != other.size()) {
      return false;
    }
    for (Map.Entry<?, ?> member : one.entrySet()) {
      if (!other.containsKey(member.getKey())
          || !same(member.getValue(), other.get(member.getKey()), run)) {
        return false;
      }
    }
    return true;
  }

  static int order(@Nullable Object left, @Nullable Object right, FilterRun run) {
    if (left instanceof Number one && right instanceof Number other) {
      run.step(1);
      return decimal(one).compareTo(decimal(other));
    }
    if (left instanceof String one && right instanceof String other) {
      run.step(Math.min(one.length(), other.length()));
      return one.compareTo(other);
    }
    throw FilterRun.noAnswer("no order");
  }

  static boolean contains(@Nullable Object whole, @Nullable Object item, FilterRun run) {
    if (whole instanceof String text && item instanceof String part) {
      run.step(text.length() + (long) part.length());
      return find(text, part);
    }
    if (whole instanceof Map<?, ?> map && item instanceof String key) {
      return map.containsKey(key);
    }
    if (whole instanceof List<?> list) {
      for (Object each : list) {
        if (same(each, item, run)) {
          return true;
        }
      }
      return false;
    }
    throw FilterRun.noAnswer("cannot contain");
  }

  /**
   * Looks for a part in time linear in both (Knuth, Morris, Pratt); String.contains is quadratic
   * for texts made for it.
   */
  private static boolean find(String text, String part) {
    if (part.isEmpty()) {
      return true;
    }
    if (part.length() > text.length()) {
      return false;
    }
    int[] border = borders(part);
    int matched = 0;
    for (int i = 0; i < text.length(); i++) {
      while (matched > 0 && text.charAt(i) != part.charAt(matched)) {
        matched = border[matched - 1];
      }
      if (text.charAt(i) == part.charAt(matched) && ++matched == part.length()) {
        return true;
      }
    }
    return false;
  }

  private static int[] borders(String part) {
    int[] border = new int[part.length()];
    int length = 0;
    for (int i = 1; i < part.length(); i++) {
      while (length > 0 && part.charAt(i) != part.charAt(length)) {
        length = border[length - 1];
      }
      if (part.charAt(i) == part.charAt(length)) {
        length++;
      }
      border[i] = length;
    }
    return border;
  }

  /** A text as it is, anything else but lists and objects as JSON writes it. */
  static String text(@Nullable Object value) {
    if (value instanceof List<?> || value instanceof Map<?, ?>) {
      throw FilterRun.noAnswer("no text");
    }
    return value instanceof Number number ? decimal(number).toString() : String.valueOf(value);
  }

  static BigDecimal number(@Nullable Object value) {
    if (value instanceof Boolean flag) {
      return flag ? BigDecimal.ONE : BigDecimal.ZERO;
    }
    if (value instanceof Number number) {
      return decimal(number);
    }
    if (value instanceof String text && text.length() <= NUMBER_TEXT_MAX) {
      return numeral(text.strip(), true);
    }
    throw FilterRun.noAnswer("not a number");
  }

  static BigDecimal whole(@Nullable Object value) {
    if (value instanceof String text && text.length() <= NUMBER_TEXT_MAX) {
      return numeral(text.strip(), false);
    }
    BigDecimal number = number(value);
    long digits = (long) number.precision() - number.scale();
    if (digits <= 0 || number.signum() == 0) {
      return BigDecimal.ZERO;
    }
    if (digits > DIGITS_MAX) {
      // Written out, 1e999999999 would fill the memory.
      throw FilterRun.noAnswer("more than " + DIGITS_MAX + " digits");
    }
    return number.setScale(0, RoundingMode.DOWN);
  }

  private static BigDecimal numeral(String text, boolean fraction) {
    boolean digits = !text.isEmpty() && text.chars().anyMatch(c -> c >= '0' && c <= '9');
    boolean plain = text.chars()
        .allMatch(c -> (c >= '0' && c <= '9')
            || c == '+'
            || c == '-'
            || (fraction && (c == '.' || c == 'e' || c == 'E')));
    try {
      if (digits && plain) {
        return new BigDecimal(text);
      }
    } catch (NumberFormatException e) {
      // Signs or points where none belong: said below.
    }
    throw FilterRun.noAnswer("not a number");
  }

  static BigDecimal decimal(Number number) {
    if (number instanceof BigDecimal exact) {
      return exact;
    }
    if (number instanceof BigInteger whole) {
      return new BigDecimal(whole);
    }
    return number instanceof Double || number instanceof Float
        ? new BigDecimal(number.toString())
        : BigDecimal.valueOf(number.longValue());
  }
}
