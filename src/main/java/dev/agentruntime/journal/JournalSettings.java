package dev.agentruntime.journal;

import dev.agentruntime.core.NodeId;
import java.nio.file.Path;

/**
 * Where and how a file journal is kept.
 *
 * @param directory of the segments and the lock file; made when missing
 * @param node whose journal it is; a segment of another node is not read
 * @param segmentBytes size to which segments are zeroed ahead, at least 4 KiB
 * @param queueMax entries that may wait to be durable, at least 1
 */
public record JournalSettings(Path directory, NodeId node, int segmentBytes, int queueMax) {

  /** Checks the ranges. */
  public JournalSettings {
    if (segmentBytes < 4096 || queueMax < 1) {
      throw new IllegalArgumentException(
          "journal settings, expected=segmentBytes>=4096 and queueMax>=1, actual=" + segmentBytes
              + " and " + queueMax);
    }
  }
}
