package dev.agentruntime.journal;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.Fields;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What of a journal was let go on purpose: a line in the file {@code kept} beside the segments. It
 * says so before a segment goes, so that one that is missing without it is damage.
 *
 * <pre>
 * {"kept":1,"node":"node-1",
 *  "segment":5,"first":4711,            the first segment that is kept, and the n it begins with
 *  "since":"2026-11-22T08:15:00.123Z",  when its first entry was written; only with segment > 1
 *  "compacted":9,                       segments up to this number are compacted, 0 = none
 *  "c":"8 hex"}
 * </pre>
 */
record Kept(int segment, long first, @Nullable Instant since, int compacted) {

  /** Everything, as it was written. */
  static final Kept ALL = new Kept(1, 1, null, 0);

  private static final int VERSION = 1;
  private static final int LENGTH_MAX = 1 << 10;

  /**
   * Reads the file of a journal; without one everything is kept.
   *
   * @throws RuntimeFault {@code JOURNAL_CORRUPT} when it cannot be read, {@code JOURNAL_FORMAT}
   *     when it is of another version
   */
  static Kept read(Disk disk, Path journal) throws IOException {
    Path file = journal.resolve("kept");
    if (!disk.exists(file)) {
      return ALL;
    }
    byte[] bytes = new byte[LENGTH_MAX];
    int length;
    try (Disk.DiskFile open = disk.openRead(file)) {
      length = open.read(0, bytes, 0, LENGTH_MAX);
    }
    LineView view = new LineView();
    if (length < 1 || bytes[length - 1] != '\n' || !view.isSealed(bytes, 0, length - 1)) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT, file + ": expected=one line with its CRC, left untouched");
    }
    Fields line = new Fields(Arrays.copyOf(bytes, length - 1), 0, length - 1);
    if (line.number("kept") != VERSION) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_FORMAT,
          file + " is of another version and was left untouched, expected=" + VERSION + ", actual="
              + line.number("kept"));
    }
    String since = line.optionalText("since");
    return new Kept(
        line.integer("segment"),
        line.number("first"),
        since == null ? null : Instant.parse(since),
        line.integer("compacted"));
  }

  /** Puts it in the place of the one before, whole or not at all. */
  void write(Disk disk, Path journal, NodeId node) throws IOException {
    Bytes out = new Bytes(256);
    out.ascii("{\"kept\":").number(VERSION).ascii(",\"node\":\"").ascii(node.value());
    out.ascii("\",\"segment\":").number(segment).ascii(",\"first\":").number(first);
    if (since != null) {
      out.ascii(",\"since\":\"").time(since).ascii("\"");
    }
    out.ascii(",\"compacted\":").number(compacted).seal(0);
    Path draft = journal.resolve("kept.new");
    disk.createZeroed(draft, 0);
    try (Disk.DiskFile open = disk.openWrite(draft)) {
      open.write(0, out.array(), 0, out.size());
      open.force();
    }
    disk.rename(draft, journal.resolve("kept"));
    disk.forceDirectory(journal);
  }

  Kept compactedTo(int number) {
    return new Kept(segment, first, since, number);
  }

  /** Whether the beginning of the journal is gone. */
  boolean isCut() {
    return segment > 1;
  }
}
