package dev.agentruntime.mcp;

import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.Timers;
import java.time.Duration;

/**
 * Logs what a server writes beside the protocol: so many lines in a minute, without control
 * characters; how many more there were is said once. Used by one thread.
 */
final class Chatter {

  private static final System.Logger LOG = System.getLogger(Chatter.class.getName());

  /** Longest line logged, in characters. */
  static final int LINE_MAX = 1_000;

  /** Longest line that is searched for secrets, in bytes: of one cut before nobody knows what. */
  static final int SEARCHED_MAX = 16 << 10;

  private static final int LINES_MAX = 100;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final String who;
  private final Timers timers;
  private final Redactor given;
  private long since;
  private int lines;

  /**
   * The log of a server.
   *
   * @param given takes out what the server was given
   */
  Chatter(String who, Timers timers, Redactor given) {
    this.who = who;
    this.timers = timers;
    this.given = given;
    this.since = timers.nanos();
  }

  void line(String line) {
    if (timers.nanos() - since > WINDOW.toNanos()) {
      if (lines > LINES_MAX) {
        LOG.log(System.Logger.Level.INFO, "{0}: {1} more lines", who, lines - LINES_MAX);
      }
      since = timers.nanos();
      lines = 0;
    }
    lines++;
    if (lines <= LINES_MAX) {
      LOG.log(System.Logger.Level.INFO, "{0}: {1}", who, plain(given.redact(line)));
    } else if (lines == LINES_MAX + 1) {
      LOG.log(System.Logger.Level.INFO, "{0}: too many lines, the rest is counted only", who);
    }
  }

  /** Without what would move a terminal's cursor or begin a line of its own. */
  static String plain(String line) {
    String cut = line.length() <= LINE_MAX ? line : line.substring(0, LINE_MAX) + "...";
    StringBuilder out = new StringBuilder(cut.length());
    cut.codePoints().forEach(c -> {
      boolean harmless = c == '\t'
          || (!Character.isISOControl(c)
              && Character.getType(c) != Character.FORMAT
              && c != '\u2028'
              && c != '\u2029');
      out.appendCodePoint(harmless ? c : '\uFFFD');
    });
    return out.toString();
  }
}
