package dev.agentruntime.journal;

import dev.agentruntime.disk.Disk;
import java.io.IOException;
import java.util.Arrays;

/** Makes the end of a segment zeros again. */
final class SegmentTail {

  private static final int WINDOW = 1 << 16;

  private SegmentTail() {}

  /** Zeroes whatever stands from {@code start} on, and forces it; a clean tail is only read. */
  static void zero(Disk.DiskFile file, long start) throws IOException {
    byte[] window = new byte[WINDOW];
    byte[] zeros = new byte[WINDOW];
    boolean changed = false;
    long at = start;
    int read = file.read(at, window, 0, WINDOW);
    while (read > 0) {
      if (Arrays.mismatch(window, 0, read, zeros, 0, read) >= 0) {
        file.write(at, zeros, 0, read);
        changed = true;
      }
      at += read;
      read = file.read(at, window, 0, WINDOW);
    }
    if (changed) {
      file.force();
    }
  }
}
