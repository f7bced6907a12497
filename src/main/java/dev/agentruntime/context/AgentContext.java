package dev.agentruntime.context;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The key-value state of a process at one position of its journal. Immutable; a run's view shares
 * what it did not write with the base it started from.
 */
public final class AgentContext {

  /** No keys. */
  public static final AgentContext EMPTY = new AgentContext(Map.of());

  private final Map<String, StateEntry> entries;

  private AgentContext(Map<String, StateEntry> entries) {
    this.entries = entries;
  }

  /** Rebuilds a state from its entries, in their order. */
  public static AgentContext of(Map<String, StateEntry> entries) {
    return new AgentContext(Collections.unmodifiableMap(new LinkedHashMap<>(entries)));
  }

  /** The entry of a key, null when it has none. */
  public @Nullable StateEntry get(String key) {
    return entries.get(key);
  }

  /** All entries, in the order their keys were first written; unmodifiable. */
  public Map<String, StateEntry> entries() {
    return entries;
  }

  /** The version of a key, 0 when it has no value. */
  public long version(String key) {
    StateEntry entry = entries.get(key);
    return entry == null ? 0 : entry.version();
  }

  /** This state with some writes on top; this one stays as it is. */
  public AgentContext with(
      List<ContextWrite> writes, String source, @Nullable InvocationId invocation, Instant time) {
    if (writes.isEmpty()) {
      return this;
    }
    Map<String, StateEntry> next = new LinkedHashMap<>(entries);
    for (ContextWrite write : writes) {
      Json value = write.value();
      if (value == null) {
        next.remove(write.key());
      } else {
        long version = next.containsKey(write.key()) ? next.get(write.key()).version() + 1 : 1;
        next.put(write.key(), new StateEntry(value, version, source, invocation, time));
      }
    }
    return new AgentContext(Collections.unmodifiableMap(next));
  }

  /** The state as one JSON object. */
  public Json toJson() {
    Map<String, Json> values = new LinkedHashMap<>();
    entries.forEach((key, entry) -> values.put(key, entry.value()));
    return Json.of(values);
  }

  /** The keys in order. */
  public List<String> keys() {
    return new ArrayList<>(entries.keySet());
  }
}
