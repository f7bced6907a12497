package dev.agentruntime.codec;

import dev.agentruntime.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts a segment into pieces: what stands between line breaks or zeros. Zeros are passed over, for
 * they are room that was made ahead; a piece that ends in zeros, at the end of the file, or after
 * {@link LineView#LENGTH_MAX} bytes is no whole line. Holds one window of the file, which grows
 * with the longest line and never beyond that bound.
 *
 * <p>Owned by: one thread.
 */
public final class LineReader {

  private static final int WINDOW = 1 << 16;
  private static final byte[] ZEROS = new byte[1 << 14];

  private final Disk.DiskFile file;
  private final long limit;
  private byte[] window = new byte[WINDOW];
  private long windowStart;
  private int windowLength;
  private int at;
  private int from;
  private int to;
  private boolean whole;
  private long start;
  private int lineNumber;

  /** Reads from {@code start}, a line's beginning, up to {@code limit}. */
  public LineReader(Disk.DiskFile file, long start, long limit) {
    this.file = file;
    this.limit = limit;
    this.windowStart = start;
  }

  /** Moves to the next piece; false when there is none. */
  public boolean next() throws IOException {
    if (!skipZeros()) {
      return false;
    }
    lineNumber++;
    int scan = at;
    while (true) {
      while (scan < windowLength && window[scan] != '\n' && window[scan] != 0) {
        scan++;
      }
      if (scan < windowLength || scan - at >= LineView.LENGTH_MAX) {
        break;
      }
      int length = scan - at;
      boolean more = fill();
      scan = at + length;
      if (!more) {
        break;
      }
    }
    from = at;
    to = scan;
    start = windowStart + at;
    whole = scan < windowLength && window[scan] == '\n';
    at = whole ? scan + 1 : scan;
    if (to - from >= LineView.LENGTH_MAX) {
      whole = false;
      skipToBreak();
    }
    return true;
  }

  private boolean skipZeros() throws IOException {
    while (true) {
      while (at < windowLength) {
        int length = Math.min(ZEROS.length, windowLength - at);
        int different = Arrays.mismatch(window, at, at + length, ZEROS, 0, length);
        if (different >= 0) {
          at += different;
          return true;
        }
        at += length;
      }
      if (!fill()) {
        return false;
      }
    }
  }

  /** Passes over the rest of a line that is too long to be one. */
  private void skipToBreak() throws IOException {
    to = from;
    while (true) {
      while (at < windowLength) {
        byte b = window[at++];
        if (b == '\n' || b == 0) {
          return;
        }
      }
      from = at;
      to = at;
      if (!fill()) {
        return;
      }
    }
  }

  /** Reads more behind the window, keeping what is not consumed. */
  private boolean fill() throws IOException {
    int keep = windowLength - at;
    if (at > 0) {
      System.arraycopy(window, at, window, 0, keep);
      windowStart += at;
      windowLength = keep;
      at = 0;
    } else if (keep == window.length) {
      window = Arrays.copyOf(window, Math.min(window.length * 2, LineView.LENGTH_MAX + WINDOW));
    }
    long position = windowStart + windowLength;
    int room = (int) Math.min(window.length - windowLength, limit - position);
    int read = room <= 0 ? -1 : file.read(position, window, windowLength, room);
    windowLength += Math.max(0, read);
    return read > 0;
  }

  public byte[] buffer() {
    return window;
  }

  /** Where the piece starts in {@link #buffer}. */
  public int from() {
    return from;
  }

  /** Where it ends there, without the line break. */
  public int to() {
    return to;
  }

  /** Whether the piece ended with a line break. */
  public boolean whole() {
    return whole;
  }

  /** The piece as text. */
  public String text() {
    return new String(window, from, to - from, StandardCharsets.UTF_8);
  }

  /** Where the piece starts in the file. */
  public long start() {
    return start;
  }

  /** Where the next one may start in the file. */
  public long end() {
    return windowStart + at;
  }

  /** Which piece this is, from 1. */
  public int lineNumber() {
    return lineNumber;
  }
}
