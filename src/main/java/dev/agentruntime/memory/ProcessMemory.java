package dev.agentruntime.memory;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.llm.EmbeddingSpending;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The long-term memory of one process: a store and the part of it that is its own. Safe on every
 * thread.
 *
 * @param store on behalf of the process, of no run
 * @param config as its manifest has it
 * @param spending counts what embedding costs a run, or the process beside its runs (null)
 */
public record ProcessMemory(
    Memory store,
    Scope scope,
    MemoryConfig config,
    Function<@Nullable InvocationId, EmbeddingSpending> spending) {

  /** The memory of a process in a store. */
  public static ProcessMemory of(
      Memory store,
      ProcessName process,
      MemoryConfig config,
      Function<@Nullable InvocationId, EmbeddingSpending> spending) {
    return new ProcessMemory(
        store.countedBy(spending.apply(null)),
        new Scope(config.collection(), process, config.userId()),
        config,
        spending);
  }

  /** The store, on behalf of a run. */
  public Memory store(InvocationId run) {
    return store.countedBy(spending.apply(run));
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
