package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of event types and topics, and the patterns of those who listen. A name is 1 to 256
 * characters: segments of letters, digits, {@code _ - :} with dots between. In a pattern {@code *}
 * stands for one segment, and {@code **} as the last segment for one or more. Pure; safe on every
 * thread.
 */
public final class Topics {

  /** Longest name or pattern in characters. */
  public static final int LENGTH_MAX = 256;

  private static final String SEGMENT = "[A-Za-z0-9_:-]+";
  private static final Pattern NAME = Pattern.compile(SEGMENT + "(?:\\." + SEGMENT + ")*+");
  private static final String WILD = "(?:" + SEGMENT + "|\\*(?!\\*))";
  private static final Pattern PATTERN =
      Pattern.compile("(?:\\*\\*|" + WILD + "(?:\\." + WILD + ")*+(?:\\.\\*\\*)?)");

  private Topics() {}

  /** What is wrong with a name, null when nothing is. */
  public static @Nullable String problemOfName(String name) {
    return name.length() <= LENGTH_MAX && NAME.matcher(name).matches()
        ? null
        : "expected segments of letters, digits, '_', '-' or ':' with dots between, at most "
            + LENGTH_MAX + " characters, actual=" + shown(name);
  }

  /** What is wrong with a pattern, null when nothing is. */
  public static @Nullable String problemOfPattern(String pattern) {
    return pattern.length() <= LENGTH_MAX && PATTERN.matcher(pattern).matches()
        ? null
        : "expected segments of letters, digits, '_', '-' or ':' with dots between, '*' for one"
            + " segment, '**' at the end for the rest, at most " + LENGTH_MAX
            + " characters, actual=" + shown(pattern);
  }

  /**
   * A name, checked.
   *
   * @param what it is, for the message
   * @throws RuntimeFault INVALID_REQUEST
   */
  public static String requireName(String what, String name) {
    String problem = problemOfName(name);
    if (problem != null) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, what + ", " + problem);
    }
    return name;
  }

  /** Whether a checked pattern covers a checked name; linear in their length. */
  public static boolean matches(String pattern, String name) {
    int p = 0;
    int n = 0;
    while (true) {
      int pEnd = end(pattern, p);
      if (pattern.startsWith("**", p)) {
        return n <= name.length();
      }
      int nEnd = end(name, n);
      boolean one = pEnd - p == 1 && pattern.charAt(p) == '*';
      if (!one && !(pEnd - p == nEnd - n && pattern.startsWith(name.substring(n, nEnd), p))) {
        return false;
      }
      if (pEnd == pattern.length() || nEnd == name.length()) {
        return pEnd == pattern.length() && nEnd == name.length();
      }
      p = pEnd + 1;
      n = nEnd + 1;
    }
  }

  private static int end(String text, int from) {
    int dot = text.indexOf('.', from);
    return dot < 0 ? text.length() : dot;
  }

  private static String shown(String text) {
    return text.length() <= LENGTH_MAX ? Json.quote(text) : text.length() + " characters";
  }
}
