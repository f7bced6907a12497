package dev.agentruntime.journal;

import dev.agentruntime.disk.Disk;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the first line of a segment says.
 *
 * @param segment which one
 * @param limit how far it may be read
 * @param header null when there is none that can be read
 * @param end where the header ends, 0 without one
 * @param kind what the file looks like
 */
record SegmentHead(
    Segment segment, long limit, ControlLine.@Nullable Header header, long end, Kind kind) {

  /** What a file looks like from its beginning. */
  enum Kind {
    GOOD,
    /** Nothing but zeros: made ahead, never used. */
    EMPTY,
    /** Nothing but a few bytes that begin like a header: a header that was never finished. */
    TORN,
    /** Something else. */
    UNREADABLE
  }

  /** Reads it; an unknown format is a fault of {@code JOURNAL_FORMAT}. */
  static SegmentHead read(Disk.DiskFile file, Segment segment, long limit) throws IOException {
    LineReader reader = new LineReader(file, 0, limit);
    if (!reader.next()) {
      return new SegmentHead(segment, limit, null, 0, Kind.EMPTY);
    }
    LineView view = new LineView();
    if (reader.whole()
        && view.parse(reader.buffer(), reader.from(), reader.to()) == LineView.Form.CONTROL) {
      ControlLine line = ControlLine.read(reader, segment.file());
      if (line instanceof ControlLine.Header header && reader.start() == 0) {
        return new SegmentHead(segment, limit, header, reader.end(), Kind.GOOD);
      }
    }
    boolean torn = reader.start() == 0
        && reader.end() <= ControlLine.HEADER_MAX
        && beginsLikeHeader(reader)
        && !reader.next();
    return new SegmentHead(segment, limit, null, 0, torn ? Kind.TORN : Kind.UNREADABLE);
  }

  private static boolean beginsLikeHeader(LineReader reader) {
    String head = "{\"format\":" + ControlLine.FORMAT;
    for (int i = 0; i < Math.min(head.length(), reader.to() - reader.from()); i++) {
      if (reader.buffer()[reader.from() + i] != head.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
