package dev.agentruntime.mcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Lines of a stream, each of a bounded length. Used by one thread. */
final class Lines {

  private final InputStream in;
  private final int max;
  private final byte[] buffer = new byte[8_192];
  private int from;
  private int to;
  private boolean tooLong;

  Lines(InputStream in, int max) {
    this.in = in;
    this.max = max;
  }

  /** The next line without its end, cut at the bound; null at the end of the stream. */
  @Nullable
  String next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    tooLong = false;
    boolean any = false;
    while (true) {
      if (from == to) {
        from = 0;
        to = Math.max(0, in.read(buffer));
        if (to == 0) {
          return any ? text(line) : null;
        }
      }
      any = true;
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      int taken = Math.min(end - from, max - line.size());
      line.write(buffer, from, taken);
      tooLong |= taken < end - from;
      boolean whole = end < to;
      from = whole ? end + 1 : end;
      if (whole) {
        return text(line);
      }
      if (tooLong) {
        // The rest of the line is worth nothing either.
        return text(line);
      }
    }
  }

  /** Whether the line answered last was longer than the bound. */
  boolean wasTooLong() {
    return tooLong;
  }

  private static String text(ByteArrayOutputStream line) {
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
