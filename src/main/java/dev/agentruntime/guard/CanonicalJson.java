package dev.agentruntime.guard;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One text for all ways to write a JSON value, as RFC 8785 (JSON Canonicalization Scheme) has it:
 * no blanks, members in the order of their names' UTF-16 units, the shortest escapes, numbers as
 * ECMAScript prints them. It differs where that RFC would round: a number keeps every digit it was
 * written with, so two ids that a double cannot tell apart stay two. Pure; safe on every thread.
 */
public final class CanonicalJson {

  private CanonicalJson() {}

  /** SHA-256 of the canonical text in UTF-8, hex. */
  public static String digest(Json value) {
    return Hex.sha256(of(value));
  }

  /** The canonical text. */
  public static String of(Json value) {
    StringBuilder out = new StringBuilder(value.length());
    write(out, value.value());
    return out.toString();
  }

  private static void write(StringBuilder out, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      TreeMap<String, @Nullable Object> members = new TreeMap<>();
      map.forEach((name, member) -> members.put(String.valueOf(name), member));
      char before = '{';
      for (Map.Entry<String, @Nullable Object> member : members.entrySet()) {
        out.append(before);
        before = ',';
        write(out, member.getKey());
        out.append(':');
        write(out, member.getValue());
      }
      out.append(before == '{' ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      char before = '[';
      for (Object item : list) {
        out.append(before);
        before = ',';
        write(out, item);
      }
      out.append(before == '[' ? "[]" : "]");
    } else if (value instanceof String text) {
      write(out, text);
    } else if (value instanceof Long whole) {
      number(out, BigDecimal.valueOf(whole));
    } else if (value instanceof BigInteger whole) {
      number(out, new BigDecimal(whole));
    } else if (value instanceof BigDecimal decimal) {
      number(out, decimal);
    } else {
      // true, false, null
      out.append(value);
    }
  }

  private static void write(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || isLone(text, i)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Half a surrogate pair has no UTF-8, so it stays an escape. */
  private static boolean isLone(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }

  /** ECMAScript's Number::toString over exact digits: {@code 0.digits x 10^point}. */
  private static void number(StringBuilder out, BigDecimal number) {
    if (number.signum() == 0) {
      out.append('0');
      return;
    }
    BigDecimal exact = number.stripTrailingZeros();
    String digits = exact.unscaledValue().abs().toString();
    long point = (long) digits.length() - exact.scale();
    if (number.signum() < 0) {
      out.append('-');
    }
    if (point > 21 || point <= -6) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      out.append('e').append(point > 0 ? "+" : "").append(point - 1);
    } else if (point <= 0) {
      out.append("0.").append("0".repeat((int) -point)).append(digits);
    } else if (point >= digits.length()) {
      out.append(digits).append("0".repeat((int) point - digits.length()));
    } else {
      out.append(digits, 0, (int) point).append('.').append(digits, (int) point, digits.length());
    }
  }
}
