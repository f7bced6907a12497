package dev.agentruntime.console;

import dev.agentruntime.core.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a command prints: answers to standard output, everything else to standard error. What came
 * from elsewhere is shown with its control characters escaped, so that no agent can write to the
 * terminal of its operator. For one thread.
 */
public final class Console {

  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String YELLOW = "\u001b[33m";
  private static final String CYAN = "\u001b[36m";
  private static final String OFF = "\u001b[0m";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;
  private final boolean colours;

  /** One that is a terminal with colours, or neither. */
  public Console(PrintWriter out, PrintWriter err, boolean colours) {
    this(out, err, colours, colours);
  }

  /**
   * Describes where it prints.
   *
   * @param terminal whether a person sits before it, who may be told how far something is
   * @param colours whether states have colours
   */
  public Console(PrintWriter out, PrintWriter err, boolean terminal, boolean colours) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.colours = colours;
  }

  /** Whether this program talks with a terminal that can draw a screen anew. */
  @SuppressWarnings("SystemConsoleNull") // the versions where it says nothing are left out
  public static boolean onTerminal(Map<String, String> environment) {
    int java = Runtime.version().feature();
    // From 22 to 24 there is a console object even when output goes to a file.
    return System.console() != null
        && !environment.getOrDefault("TERM", "dumb").equals("dumb")
        && (java < 22 || java > 24);
  }

  /** Whether it is a terminal that wants colours. */
  public static boolean wantsColours(Map<String, String> environment) {
    return onTerminal(environment) && environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** A line of the answer. */
  public void line(String text) {
    out.println(text);
  }

  /** A part of the answer, which has lines of its own; it is seen at once. */
  public void piece(String text) {
    out.print(text.lines().map(Console::printable).collect(Collectors.joining("\n"))
        + (text.endsWith("\n") ? "\n" : ""));
    out.flush();
  }

  /** A line about the answer. */
  public void note(String text) {
    err.println(printable(text));
  }

  /** Whether the reader of the answer is still there. */
  public boolean flushed() {
    return !out.checkError();
  }

  /** A JSON value on one line, as it is. */
  public void json(Json value) {
    out.println(value);
  }

  /**
   * Lines in place of those before: on a terminal the screen is drawn anew, elsewhere they follow,
   * with an empty line between.
   *
   * @param first whether nothing was drawn before
   */
  public void screen(List<String> lines, boolean first) {
    if (!terminal) {
      list(lines, first);
      return;
    }
    StringBuilder frame = new StringBuilder(first ? Terminal.HOME + Terminal.REST_OF_SCREEN : "");
    frame.append(Terminal.HOME);
    lines.forEach(
        line -> frame.append(line).append(Terminal.REST_OF_LINE).append(System.lineSeparator()));
    out.print(frame.append(Terminal.REST_OF_SCREEN));
    out.flush();
  }

  /** Lines below those before, with an empty line between. */
  public void list(List<String> lines, boolean first) {
    if (!first) {
      out.println();
    }
    lines.forEach(out::println);
    out.flush();
  }

  /** Whether it is a terminal, on which a screen can be drawn anew. */
  public boolean isTerminal() {
    return terminal;
  }

  /** Rows under a header, in columns as wide as they need. */
  public void table(List<String> header, List<List<String>> rows) {
    columns(header, rows).forEach(out::println);
  }

  /** The lines of a table. */
  public List<String> columns(List<String> header, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    rows.forEach(row -> all.add(row.stream().map(Console::printable).toList()));
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(coloured(row.get(i)));
        if (i < widths.length - 1) {
          line.append(" ".repeat(widths[i] - row.get(i).length() + 2));
        }
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** An object as {@code key: value} lines. */
  public void properties(Map<String, @Nullable Object> values) {
    int width = values.keySet().stream().mapToInt(String::length).max().orElse(0);
    values.forEach((key, value) -> out.println(
        printable(key) + ":" + " ".repeat(width - key.length() + 1) + coloured(text(value))));
  }

  /** A value in words: a text as it is, printable, anything else as JSON. */
  public static String text(@Nullable Object value) {
    return printable(value instanceof String text ? text : Json.of(value).toString());
  }

  /** The objects of a JSON array. */
  @SuppressWarnings("unchecked") // Json makes maps with string keys only
  public static List<Map<String, @Nullable Object>> objects(@Nullable Object list) {
    List<Map<String, @Nullable Object>> objects = new ArrayList<>();
    if (list instanceof List<?> items) {
      for (Object item : items) {
        if (item instanceof Map<?, ?> map) {
          objects.add((Map<String, @Nullable Object>) map);
        }
      }
    }
    return objects;
  }

  /** A word in its colour, if it has one, and blanks up to a width. */
  public String word(String word, int width) {
    return coloured(word) + " ".repeat(Math.max(1, width - word.length()));
  }

  /** A state in its colour; any other word as it is. */
  private String coloured(String word) {
    if (!colours) {
      return word;
    }
    return switch (word) {
      case "running", "ok", "completed" -> GREEN + word + OFF;
      case "failed", "fail", "stopped", "journal-closed" -> RED + word + OFF;
      case "suspended", "starting", "stopping", "draining", "warn" -> YELLOW + word + OFF;
      case "awaiting" -> CYAN + word + OFF;
      default -> word;
    };
  }

  /**
   * A text on one line, with everything escaped that moves a cursor, rings a bell, turns the
   * direction of writing or is not seen at all.
   */
  public static String printable(String text) {
    return text.codePoints().mapToObj(Console::shown).collect(Collectors.joining());
  }

  private static String shown(int character) {
    // Marks of direction, spaces of no width, tags: whoever approves a call must see them.
    boolean unseen = Character.getType(character) == Character.FORMAT || isIgnorable(character);
    boolean lone = character >= 0xd800 && character <= 0xdfff;
    boolean breaks = character == 0x2028 || character == 0x2029;
    if (character == '\n') {
      return "\\n";
    }
    if (character == '\t') {
      return "\\t";
    }
    return Character.isISOControl(character) || unseen || lone || breaks
        ? Character.toString(character)
            .chars()
            .mapToObj(unit -> String.format("\\u%04x", unit))
            .collect(Collectors.joining())
        : Character.toString(character);
  }

  /** What Unicode lets everybody leave out when it is drawn, and is no mark of form. */
  private static boolean isIgnorable(int character) {
    return (character >= 0xfe00 && character <= 0xfe0f)
        || (character >= 0xe0000 && character <= 0xe0fff)
        || (character >= 0x180b && character <= 0x180f)
        || (character >= 0xfff0 && character <= 0xfff8)
        || character == 0x034f
        || character == 0x115f
        || character == 0x1160
        || character == 0x17b4
        || character == 0x17b5
        || character == 0x2065
        || character == 0x3164
        || character == 0xffa0;
  }
}
