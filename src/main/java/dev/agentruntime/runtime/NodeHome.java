package dev.agentruntime.runtime;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.journal.MemoryJournal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/**
 * A node's place: its id and its open journal. Without a configured id it is {@code node-1}; in a
 * cluster the first of {@code node-1, node-2, ...} whose directory nobody holds.
 *
 * @param node who this is
 * @param journal open and not yet replayed
 */
record NodeHome(NodeId node, Journal journal) {

  private static final int NODES_MAX = 1_000;

  static Future<NodeHome> open(Vertx vertx, RuntimeConfig config, Disk disk) {
    String configured = config.node();
    if (configured != null) {
      return open(vertx, config, disk, new NodeId(configured));
    }
    return config.cluster().enabled()
        ? firstFree(vertx, config, disk, 1)
        : open(vertx, config, disk, new NodeId("node-1"));
  }

  private static Future<NodeHome> firstFree(
      Vertx vertx, RuntimeConfig config, Disk disk, int number) {
    return open(vertx, config, disk, new NodeId("node-" + number))
        .recover(cause -> cause instanceof RuntimeFault fault
                && fault.code() == ErrorCode.DIRECTORY_LOCKED
                && number < NODES_MAX
            ? firstFree(vertx, config, disk, number + 1)
            : Future.failedFuture(cause));
  }

  private static Future<NodeHome> open(Vertx vertx, RuntimeConfig config, Disk disk, NodeId node) {
    RuntimeConfig.JournalConfig journal = config.journal();
    if (journal.backend().equals("memory")) {
      return Future.succeededFuture(new NodeHome(node, new MemoryJournal()));
    }
    Path configured = journal.path();
    Path directory =
        configured == null ? config.dataDir().resolve(node.value()).resolve("journal") : configured;
    return FileJournal.open(
            vertx,
            disk,
            new JournalSettings(directory, node, journal.segmentBytes(), journal.queueMax()))
        .map(open -> new NodeHome(node, open));
  }
}
