package dev.agentruntime.cluster;

import dev.agentruntime.bus.Wire.Info;
import dev.agentruntime.bus.Wire.InfoRequest;
import dev.agentruntime.core.Json;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the nodes are, asked of each when somebody wants to know; nothing is kept, so nothing can be
 * stale. Safe on every thread.
 */
final class NodeInfos {

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);
  private static final Info RECOVERING = new Info("recovering", 0, null, null);
  private static final Info SILENT = new Info("silent", 0, null, null);

  private final ClusterLoop loop;
  private final Membership membership;
  private final AtomicReference<Supplier<Info>> self = new AtomicReference<>(() -> RECOVERING);

  NodeInfos(ClusterLoop loop, Membership membership) {
    this.loop = loop;
    this.membership = membership;
  }

  /** Says how this node is from now on. */
  void say(Supplier<Info> info) {
    self.set(info);
  }

  /** How this node is. */
  Info mine() {
    return Objects.requireNonNull(self.get()).get();
  }

  /** How another node is; {@code silent} when it does not answer. */
  Future<Info> of(Peer peer) {
    if (peer.self()) {
      return Future.succeededFuture(mine());
    }
    return membership
        .ask(peer, new InfoRequest(), ANSWER_TIMEOUT)
        .map(answer -> answer instanceof Info info ? info : SILENT)
        .otherwise(SILENT);
  }

  /** Every node, the oldest first. */
  Future<List<Json>> list() {
    return loop.on(() -> {
      List<Future<Json>> lines = new ArrayList<>();
      for (Peer peer : membership.peers()) {
        lines.add(of(peer).map(info -> line(peer, info)));
      }
      return Future.all(lines).map(all -> lines.stream().map(Future::result).toList());
    });
  }

  private static Json line(Peer peer, Info info) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("id", peer.identity().node().value());
    line.put("state", info.state());
    line.put("address", info.control());
    line.put("ingress", info.ingress());
    line.put("cluster", peer.address());
    line.put("processes", info.processes());
    line.put("journal_format", peer.identity().journalFormat());
    line.put("wire_version", peer.identity().wireVersion());
    line.put("self", peer.self());
    return Json.of(line);
  }
}
