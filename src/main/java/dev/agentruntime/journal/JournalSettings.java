package dev.agentruntime.journal;

import dev.agentruntime.core.NodeId;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Where and how a file journal is kept.
 *
 * @param directory of the segments and the lock file; made when missing
 * @param node whose journal it is; a segment of another node is not read
 * @param segmentBytes size to which segments are zeroed ahead, at least 4 KiB
 * @param queueMax entries that may wait to be durable, at least 1
 * @param reserveBytes size of the file that is kept for when the disk is full, 0 = none
 * @param anchored asked once the directory is locked: up to which n somebody outside vouches for
 *     what was durable, -1 = nobody does, and {@link Journal#stretch} stays empty
 */
public record JournalSettings(
    Path directory,
    NodeId node,
    int segmentBytes,
    int queueMax,
    int reserveBytes,
    LongSupplier anchored) {

  /** Without a reserve and without anchors. */
  public JournalSettings(Path directory, NodeId node, int segmentBytes, int queueMax) {
    this(directory, node, segmentBytes, queueMax, 0, () -> -1);
  }

  /** Checks the ranges. */
  public JournalSettings {
    if (segmentBytes < 4096 || queueMax < 1) {
      throw new IllegalArgumentException(
          "journal settings, expected=segmentBytes>=4096 and queueMax>=1, actual=" + segmentBytes
              + " and " + queueMax);
    }
  }
}
