package dev.agentruntime.runtime;

import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which node owns which process; without a cluster, this one owns all. Safe on every thread. */
public interface Placement {

  /**
   * Asks for a name before its first {@code process_deployed}. Succeeds with true when this node
   * may deploy it, with false when another node has it.
   */
  Future<Boolean> claim(ProcessName name);

  /**
   * Claims what the journal knows, once after recovery and before {@link #claim} is asked for
   * anything new. Until then no other node is granted a name that it might share with this one.
   *
   * @param recovered the processes in this node's journal that are not removed
   * @return those of them that another node has claimed, with that node: they must not run here
   */
  default Future<Map<ProcessName, NodeId>> reclaim(Set<ProcessName> recovered) {
    return Future.succeededFuture(Map.of());
  }

  /**
   * Why this node does not answer for a name: NOT_OWNER when it is on another node that is there,
   * UNREACHABLE, with the command that starts it, when that node is away. Empty when nobody else is
   * known to have it.
   */
  default Future<Optional<Failure>> elsewhere(ProcessName name) {
    return Future.succeededFuture(Optional.empty());
  }

  /** Gives a name back after {@code process_removed}. */
  Future<Void> release(ProcessName name);

  /**
   * The members, the oldest first: {@code {"id","state","address","processes","self"}} each, where
   * {@code address} is where its control API listens; {@code state} is {@code silent} for a member
   * that does not answer.
   */
  Future<List<Json>> nodes();

  /** One node that owns all. */
  Placement ALONE = new Placement() {
    @Override
    public Future<Boolean> claim(ProcessName name) {
      return Future.succeededFuture(true);
    }

    @Override
    public Future<Void> release(ProcessName name) {
      return Future.succeededFuture();
    }

    @Override
    public Future<List<Json>> nodes() {
      return Future.succeededFuture(List.of());
    }
  };
}
