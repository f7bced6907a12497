package dev.agentruntime.home;

import dev.agentruntime.audit.AnchorFile;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.journal.MemoryJournal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A node's place: its id and its open journal. Without a configured id it is {@code node-1}.
 *
 * @param node who this is
 * @param journal open and not yet replayed
 * @param anchors where anchors are set, null = nowhere
 */
public record NodeHome(
    NodeId node, Journal journal, @Nullable AnchorFile anchors) {

  /** Takes the directory, opens the journal. */
  public static Future<NodeHome> open(Vertx vertx, RuntimeConfig config, Disk disk) {
    return open(vertx, config, disk, idOf(config));
  }

  /** The node that a configuration makes. */
  public static NodeId idOf(RuntimeConfig config) {
    String configured = config.node();
    return new NodeId(configured == null ? "node-1" : configured);
  }

  private static Future<NodeHome> open(Vertx vertx, RuntimeConfig config, Disk disk, NodeId node) {
    RuntimeConfig.JournalConfig journal = config.journal();
    if (journal.backend().equals("memory")) {
      return Future.succeededFuture(new NodeHome(node, new MemoryJournal(), null));
    }
    Path configured = journal.path();
    Path directory =
        configured == null ? config.dataDir().resolve(node.value()).resolve("journal") : configured;
    RuntimeConfig.Safeguards safe = journal.safeguards();
    Path vouching = safe.anchorDir() == null ? config.dataDir() : safe.anchorDir();
    AnchorFile anchors = safe.anchorInterval().isZero()
        ? null
        : new AnchorFile(disk, vouching.resolve(node.value()).resolve(AnchorFile.NAME), node);
    return FileJournal.open(
            vertx,
            disk,
            new JournalSettings(
                directory,
                node,
                journal.segmentBytes(),
                journal.queueMax(),
                safe.reserveBytes(),
                anchors == null ? () -> -1 : anchors::anchored))
        .map(open -> new NodeHome(node, open, anchors));
  }
}
