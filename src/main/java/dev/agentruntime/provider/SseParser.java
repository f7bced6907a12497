package dev.agentruntime.provider;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream of bytes into server-sent events (WHATWG HTML, section 9.2) however it is cut
 * into pieces. Owned by: one response, on its context.
 */
final class SseParser implements StreamParser {

  private final BiConsumer<@Nullable String, String> events;
  private final StringBuilder data = new StringBuilder();
  private Buffer line = Buffer.buffer();
  private @Nullable String name;
  private boolean hasData;
  private boolean lastWasReturn;
  private boolean first = true;

  /** A parser that hands each event's name, null when it has none, and data to {@code events}. */
  SseParser(BiConsumer<@Nullable String, String> events) {
    this.events = events;
  }

  /** Line ends are CR, LF or both. */
  @Override
  public void feed(Buffer piece) {
    int from = 0;
    for (int i = 0; i < piece.length(); i++) {
      byte b = piece.getByte(i);
      if (b == '\n' && lastWasReturn && i == from) {
        from = i + 1;
        lastWasReturn = false;
      } else if (b == '\n' || b == '\r') {
        line.appendBuffer(piece, from, i - from);
        endLine();
        from = i + 1;
        lastWasReturn = b == '\r';
      } else {
        lastWasReturn = false;
      }
    }
    line.appendBuffer(piece, from, piece.length() - from);
  }

  /** An event whose lines all arrived counts, a line that was cut does not. */
  @Override
  public void end() {
    if (line.toString(StandardCharsets.UTF_8).trim().equals("data: [DONE]")) {
      endLine();
    }
    dispatch();
  }

  private void endLine() {
    String text = line.toString(StandardCharsets.UTF_8);
    line = Buffer.buffer();
    if (first && text.startsWith("\uFEFF")) {
      text = text.substring(1);
    }
    first = false;
    if (text.isEmpty()) {
      dispatch();
      return;
    }
    int colon = text.indexOf(':');
    String field = colon < 0 ? text : text.substring(0, colon);
    String value = colon < 0 ? "" : text.substring(colon + 1);
    if (value.startsWith(" ")) {
      value = value.substring(1);
    }
    if (field.equals("event")) {
      name = value;
    } else if (field.equals("data")) {
      if (hasData) {
        data.append('\n');
      }
      hasData = true;
      data.append(value);
    }
  }

  private void dispatch() {
    boolean due = hasData;
    String event = name;
    String text = data.toString();
    data.setLength(0);
    hasData = false;
    name = null;
    if (due) {
      events.accept(event, text);
    }
  }
}
