package dev.agentruntime.audit;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.Journal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * The file that anchors are added to, one line each, forced. A line that was not finished is
 * written over by the next one. Blocks; one thread at a time.
 */
public final class AnchorFile {

  /** The name of the file in the directory of a node's anchors. */
  public static final String NAME = "anchors.jsonl";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** Longer than any anchor with the unfinished one behind it. */
  private static final int TAIL = 1 << 14;

  private final Disk disk;
  private final Path file;
  private final NodeId node;
  private @Nullable Anchor last;
  private long end;
  private boolean read;

  /** The anchors of a node; nothing is touched before the first call. */
  public AnchorFile(Disk disk, Path file, NodeId node) {
    this.disk = disk;
    this.file = file;
    this.node = node;
  }

  /** Where it is. */
  public Path file() {
    return file;
  }

  /**
   * Up to which n the newest anchor vouches for the journal, 0 without one.
   *
   * @throws RuntimeFault {@code JOURNAL_CORRUPT} when the newest line is no anchor of this node's,
   *     {@code STORAGE} when the file cannot be read
   */
  public long anchored() {
    try {
      Anchor newest = newest();
      return newest == null ? 0 : newest.n();
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.STORAGE, "cannot read " + file + ": " + e, e);
    }
  }

  /** Adds the anchor over a stretch; of no entries there is none. */
  public void append(Instant time, Journal.Stretch stretch) throws IOException {
    if (stretch.heads().isEmpty()) {
      return;
    }
    Anchor before = newest();
    Anchor anchor = Anchor.over(
        node.value(), TIME.format(time), stretch, before == null ? Anchor.NONE : before.value());
    byte[] line = (anchor.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    if (!disk.exists(file)) {
      make();
    }
    try (Disk.DiskFile open = disk.openWrite(file)) {
      if (open.size() > end) {
        open.truncate(end);
      }
      open.write(end, line, 0, line.length);
      open.force();
    }
    end += line.length;
    last = anchor;
  }

  private void make() throws IOException {
    Path directory = file.getParent();
    if (directory != null) {
      disk.createDirectories(directory);
    }
    boolean made = disk.createNew(file, new byte[0]);
    if (made && directory != null) {
      disk.forceDirectory(directory);
    }
  }

  private @Nullable Anchor newest() throws IOException {
    if (read || !disk.exists(file)) {
      return last;
    }
    byte[] tail = new byte[TAIL];
    int length = 0;
    long start;
    try (Disk.DiskFile open = disk.openRead(file)) {
      start = Math.max(0, open.size() - TAIL);
      int more = open.read(start, tail, 0, TAIL);
      while (more > 0) {
        length += more;
        more = open.read(start + length, tail, length, TAIL - length);
      }
    }
    while (length > 0 && tail[length - 1] != '\n') {
      length--;
    }
    end = start + length;
    int from = length - 1;
    while (from > 0 && tail[from - 1] != '\n') {
      from--;
    }
    last = length == 0 ? null : mine(java.util.Arrays.copyOfRange(tail, from, length - 1));
    read = true;
    return last;
  }

  private Anchor mine(byte[] line) {
    try {
      Anchor anchor = Anchor.parse(line);
      if (anchor.node().equals(node.value())) {
        return anchor;
      }
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "anchors, expected=node " + node + ", actual=node " + anchor.node());
    } catch (RuntimeFault e) {
      throw new RuntimeFault(e.code(), file + ", last line: " + e.failure().message(), e);
    }
  }
}
