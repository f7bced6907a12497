package dev.agentruntime.provider;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Splits a stream into its lines; blank ones are skipped, and one that was cut is no line. */
final class LineParser implements StreamParser {

  private final Consumer<String> lines;
  private Buffer line = Buffer.buffer();

  LineParser(Consumer<String> lines) {
    this.lines = lines;
  }

  @Override
  public void feed(Buffer piece) {
    int from = 0;
    for (int i = 0; i < piece.length(); i++) {
      if (piece.getByte(i) == '\n') {
        line.appendBuffer(piece, from, i - from);
        String text = line.toString(StandardCharsets.UTF_8).trim();
        line = Buffer.buffer();
        from = i + 1;
        if (!text.isEmpty()) {
          lines.accept(text);
        }
      }
    }
    line.appendBuffer(piece, from, piece.length() - from);
  }

  @Override
  public void end() {
    // What has no end is no line.
  }
}
