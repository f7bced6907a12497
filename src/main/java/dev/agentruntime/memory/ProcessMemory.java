package dev.agentruntime.memory;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The long-term memory of one process: a store and the part of it that is its own. Safe on every
 * thread.
 *
 * @param config as its manifest has it
 */
public record ProcessMemory(Memory store, Scope scope, MemoryConfig config) {

  /** The memory of a process in a store. */
  public static ProcessMemory of(Memory store, ProcessName process, MemoryConfig config) {
    return new ProcessMemory(
        store, new Scope(config.collection(), process, config.userId()), config);
  }

  /** What a run begins with, see {@link Recall}. */
  public Future<Map<String, String>> recall(
      TriggerEvent event, InvocationId invocation, Timers timers) {
    return new Recall(store, scope, config, timers).blocks(event, invocation);
  }

  /**
   * Keeps what a run said of itself, once for all calls with one id.
   *
   * @param said as the process owes it: content, origin, untrusted, invocation
   * @param at when the run committed
   */
  public Future<Void> remember(String id, Json said, Instant at) {
    Map<String, @Nullable Object> all = said.object();
    Memo.Provenance from = new Memo.Provenance(
        String.valueOf(all.get("origin")),
        !Boolean.FALSE.equals(all.get("untrusted")),
        all.get("invocation") instanceof String run ? run : null);
    return store.store(
        scope, new Memo(id, String.valueOf(all.get("content")), List.of(), from, at));
  }
}
