package dev.agentruntime.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What no text file of the repository may contain, found line by line. */
final class TextRules {

  private static final int COLUMNS_MAX = 100;
  private static final int FILE_LINES_MAX = 500;
  private static final Pattern MARKS = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  /** Directories of somebody's machine, as a path begins. */
  private static final Pattern PLACES =
      Pattern.compile("(?<![\\w.}/~-])/(home|root|Users|work|mnt|usr/lib/jvm)/\\w");

  // Text blocks of tests are exempt from the columns: they hold tables of cases.

  /** What Markdown cannot break: rows of tables and links. */
  private static final Pattern UNBREAKABLE = Pattern.compile("^\\s*\\|.*|.*https?://\\S{40,}.*");

  private TextRules() {}

  /**
   * Checks one file.
   *
   * @param path as shown in the answer; its ending says which rules hold
   * @return {@code path:line: what} each
   */
  static List<String> check(String path, String text) {
    List<String> found = new ArrayList<>();
    List<String> lines = text.lines().toList();
    boolean cases = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean fence = line.split("\"\"\"", -1).length == 2;
      cases ^= fence;
      String where = path + ":" + (i + 1) + ": ";
      Matcher mark = MARKS.matcher(line);
      if (mark.find()) {
        found.add(where + "an open end: " + mark.group());
      }
      Matcher place = PLACES.matcher(line);
      if (place.find()) {
        found.add(where + "a path of one machine: " + place.group());
      }
      if (tooLong(path, line) && !(cases && !fence && path.startsWith("src/test/"))) {
        found.add(where + "columns, expected<=" + COLUMNS_MAX + ", actual="
            + line.codePointCount(0, line.length()));
      }
    }
    if (path.endsWith(".java") && lines.size() > FILE_LINES_MAX) {
      found.add(path + ": lines, expected<=" + FILE_LINES_MAX + ", actual=" + lines.size());
    }
    if (!text.isEmpty() && !text.endsWith("\n")) {
      found.add(path + ": no line break at the end");
    }
    return found;
  }

  private static boolean tooLong(String path, String line) {
    boolean exempt = path.endsWith(".java")
        ? line.startsWith("import ")
        : UNBREAKABLE.matcher(line).matches();
    return (path.endsWith(".java") || path.endsWith(".md"))
        && !exempt
        && line.codePointCount(0, line.length()) > COLUMNS_MAX;
  }
}
