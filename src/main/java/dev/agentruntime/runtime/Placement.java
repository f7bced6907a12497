package dev.agentruntime.runtime;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import io.vertx.core.Future;
import java.util.List;

/** Which node owns which process; without a cluster, this one owns all. Safe on every thread. */
public interface Placement {

  /**
   * Asks for a name before its first {@code process_deployed}. Succeeds with true when this node
   * may deploy it, with false when another node has it.
   */
  Future<Boolean> claim(ProcessName name);

  /** Gives a name back after {@code process_removed}. */
  Future<Void> release(ProcessName name);

  /** The members: {@code {"id","state","address","processes","self"}} each. */
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
