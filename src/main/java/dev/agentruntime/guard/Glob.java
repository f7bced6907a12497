package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pattern for files below a directory. Without a slash it is held against the file's name, with
 * slashes against the path below the directory, whose separator is {@code /}.
 *
 * <pre>
 * *  any characters but a slash       ?  one of them        [a-z] [!a-z]  one of, one but
 * ** as a whole segment: any directories, none too; at the end everything below
 * {csv,txt}  one of several           \  takes the next character as it is
 * </pre>
 *
 * Case counts. Matching takes time in proportion to pattern times path, whatever they are.
 * Immutable; safe on every thread.
 */
public final class Glob {

  /** Longest pattern in characters. */
  public static final int LENGTH_MAX = 512;

  /** Most segments of a pattern. */
  public static final int DEPTH_MAX = 32;

  private static final int ALTERNATIVES_MAX = 64;

  private final String text;
  private final boolean byName;
  private final List<GlobStates> alternatives = new ArrayList<>();

  private Glob(String text) {
    this.text = text;
    this.byName = text.indexOf('/') < 0;
    List<String> flat = new ArrayList<>();
    expand(text, flat);
    flat.forEach(one -> alternatives.add(new GlobStates(one)));
  }

  /**
   * Reads a pattern.
   *
   * @throws RuntimeFault {@code INVALID_CONFIG} when it is none, or could only match outside of the
   *     directory
   */
  public static Glob of(String pattern) {
    String problem = problem(pattern);
    if (problem != null) {
      throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "pattern " + problem);
    }
    return new Glob(pattern);
  }

  /** What is wrong with a pattern, null when nothing is. */
  public static @Nullable String problem(String pattern) {
    if (pattern.length() > LENGTH_MAX) {
      return "expected<=" + LENGTH_MAX + " characters, actual=" + pattern.length();
    }
    String problem = pattern.isEmpty() ? "expected a pattern, actual=nothing" : slips(pattern);
    if (problem == null) {
      List<String> flat = new ArrayList<>();
      expand(pattern, flat);
      problem = flat.size() > ALTERNATIVES_MAX
          ? "expected<=" + ALTERNATIVES_MAX + " alternatives in braces"
          : flat.stream()
              .map(Glob::misplaced)
              .filter(p -> p != null)
              .findFirst()
              .orElse(null);
    }
    return problem == null ? null : Json.quote(pattern) + ": " + problem;
  }

  /** What never ends or is no text of a path. */
  private static @Nullable String slips(String pattern) {
    boolean inBraces = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == 0) {
        return "expected no NUL character";
      } else if (c == '\\' && ++i == pattern.length()) {
        return "expected a character after the last '\\'";
      } else if (c == '[') {
        int end = GlobStates.endOfClass(pattern, i);
        if (end < 0) {
          return "'[' is not closed, expected ']' before the next '/', or '\\[' for the character";
        }
        i = end;
      } else if (c == '{') {
        if (inBraces) {
          return "expected no '{' within braces";
        }
        inBraces = true;
      } else if (c == '}') {
        inBraces = false;
      }
    }
    return inBraces ? "'{' is not closed, expected '}', or '\\{' for the character" : null;
  }

  /** What is wrong with the segments of a pattern without braces. */
  private static @Nullable String misplaced(String flat) {
    String[] segments = flat.split("/", -1);
    if (segments.length > DEPTH_MAX) {
      return "expected<=" + DEPTH_MAX + " segments, actual=" + segments.length;
    }
    if (flat.startsWith("/")) {
      return "expected a path below the watched directory, actual=an absolute one";
    }
    for (String segment : segments) {
      if (segment.equals("..") || segment.equals(".")) {
        return "expected a path below the watched directory without '.' and '..' segments";
      }
      if (segment.isEmpty()) {
        return "expected something between the slashes and at the end";
      }
      if (segment.contains("**") && !segment.equals("**") && !segment.contains("\\*")) {
        return "'**' stands for directories, expected it alone between slashes";
      }
    }
    return null;
  }

  /** All combinations of what braces offer, one more than allowed at most. */
  private static void expand(String pattern, List<String> out) {
    int open = brace(pattern, 0, "{");
    if (open < 0 || out.size() > ALTERNATIVES_MAX) {
      out.add(pattern);
      return;
    }
    int close = brace(pattern, open + 1, "}");
    int from = open + 1;
    while (from <= close) {
      int end = brace(pattern, from, ",}");
      expand(
          pattern.substring(0, open) + pattern.substring(from, end) + pattern.substring(close + 1),
          out);
      from = end + 1;
      if (out.size() > ALTERNATIVES_MAX) {
        return;
      }
    }
  }

  /** Where the next of some characters stands that means something, -1 when none does. */
  private static int brace(String pattern, int from, String wanted) {
    for (int i = from; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (wanted.indexOf(c) >= 0) {
        return i;
      }
      if (c == '\\') {
        i++;
      } else if (c == '[') {
        i = GlobStates.endOfClass(pattern, i);
      }
    }
    return -1;
  }

  /** Whether a file is meant, by its path below the directory. */
  public boolean matches(String relative) {
    String subject = byName ? relative.substring(relative.lastIndexOf('/') + 1) : relative;
    for (GlobStates states : alternatives) {
      if (states.matches(subject)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is held against paths, not names. */
  public boolean isPath() {
    return !byName;
  }

  @Override
  public String toString() {
    return text;
  }

  /** One pattern without braces as states that a subject moves through, all at once. */
  private static final class GlobStates {

    private enum Kind {
      LITERAL,
      ANY,
      CLASS,
      STAR,
      DIRECTORIES,
      WITHIN,
      REST
    }

    private record State(Kind kind, String text) {}

    private final List<State> states = new ArrayList<>();

    GlobStates(String flat) {
      int i = 0;
      while (i < flat.length()) {
        int c = flat.codePointAt(i);
        if (c == '*') {
          i = star(flat, i);
        } else if (c == '?') {
          states.add(new State(Kind.ANY, ""));
          i++;
        } else if (c == '[') {
          int end = endOfClass(flat, i);
          states.add(new State(Kind.CLASS, flat.substring(i + 1, end)));
          i = end + 1;
        } else {
          i += c == '\\' ? 1 : 0;
          String literal = Character.toString(flat.codePointAt(i));
          states.add(new State(Kind.LITERAL, literal));
          i += literal.length();
        }
      }
    }

    private int star(String flat, int at) {
      boolean whole = flat.startsWith("**", at) && (at == 0 || flat.charAt(at - 1) == '/');
      if (whole && at + 2 == flat.length()) {
        states.add(new State(Kind.REST, ""));
        return at + 2;
      }
      if (whole && flat.charAt(at + 2) == '/') {
        states.add(new State(Kind.DIRECTORIES, ""));
        states.add(new State(Kind.WITHIN, ""));
        return at + 3;
      }
      states.add(new State(Kind.STAR, ""));
      return at + 1;
    }

    /** Where a class ends that begins at {@code open}, -1 when it does not. */
    static int endOfClass(String pattern, int open) {
      int i = open + 1;
      if (i < pattern.length() && pattern.charAt(i) == '!') {
        i++;
      }
      // The first character is always one of the class, also a ']'.
      int first = i;
      while (i < pattern.length() && pattern.charAt(i) != '/') {
        if (pattern.charAt(i) == ']' && i > first) {
          return i;
        }
        i++;
      }
      return -1;
    }

    boolean matches(String subject) {
      BitSet now = new BitSet(states.size() + 1);
      enter(now, 0);
      for (int i = 0; i < subject.length() && !now.isEmpty(); ) {
        int c = subject.codePointAt(i);
        BitSet next = new BitSet(states.size() + 1);
        for (int s = now.nextSetBit(0); s >= 0 && s < states.size(); s = now.nextSetBit(s + 1)) {
          step(next, s, c);
        }
        now = next;
        i += Character.charCount(c);
      }
      return now.get(states.size());
    }

    /** Is in a state, and in those that it leads to without a character. */
    private void enter(BitSet set, int from) {
      int s = from;
      while (!set.get(s)) {
        set.set(s);
        Kind kind = s == states.size() ? Kind.LITERAL : states.get(s).kind();
        if (kind == Kind.STAR || kind == Kind.REST) {
          s++;
        } else if (kind == Kind.DIRECTORIES) {
          s += 2;
        } else {
          return;
        }
      }
    }

    private void step(BitSet next, int s, int c) {
      State state = states.get(s);
      switch (state.kind()) {
        case LITERAL -> enterIf(next, s + 1, c == state.text().codePointAt(0));
        case ANY -> enterIf(next, s + 1, c != '/');
        case CLASS -> enterIf(next, s + 1, c != '/' && inClass(state.text(), c));
        case STAR -> enterIf(next, s, c != '/');
        case DIRECTORIES -> enterIf(next, s + 1, c != '/');
        case WITHIN -> enter(next, c == '/' ? s - 1 : s);
        case REST -> enter(next, s);
      }
    }

    private void enterIf(BitSet next, int s, boolean holds) {
      if (holds) {
        enter(next, s);
      }
    }

    private static boolean inClass(String body, int c) {
      boolean not = body.startsWith("!");
      int[] chars = body.substring(not ? 1 : 0).codePoints().toArray();
      boolean found = false;
      for (int i = 0; i < chars.length; i++) {
        if (i + 2 < chars.length && chars[i + 1] == '-') {
          found |= chars[i] <= c && c <= chars[i + 2];
          i += 2;
        } else {
          found |= chars[i] == c;
        }
      }
      return found != not;
    }
  }
}
