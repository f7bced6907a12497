package dev.agentruntime.context;

import dev.agentruntime.config.ContextLimits;
import dev.agentruntime.context.ContextTrail.Change;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The key-value state of a process at one position of its journal. Immutable; a run's view shares
 * what it did not write with the base it started from.
 */
public final class AgentContext {

  /** No keys. */
  public static final AgentContext EMPTY = new AgentContext(Map.of(), 0, 0, 0);

  private final Map<String, StateEntry> entries;
  private final long deleted;
  private final long bytes;
  private final int untrusted;

  private AgentContext(Map<String, StateEntry> entries, long deleted, long bytes, int untrusted) {
    this.entries = entries;
    this.deleted = deleted;
    this.bytes = bytes;
    this.untrusted = untrusted;
  }

  /**
   * Rebuilds a state from its entries, in their order.
   *
   * @param deleted {@link #deleted()} of that state
   */
  public static AgentContext of(Map<String, StateEntry> entries, long deleted) {
    long bytes = 0;
    int untrusted = 0;
    for (Map.Entry<String, StateEntry> each : entries.entrySet()) {
      untrusted += each.getValue().untrusted() ? 1 : 0;
      bytes += ContextLimits.size(each.getKey(), each.getValue().value());
    }
    return new AgentContext(
        Collections.unmodifiableMap(new LinkedHashMap<>(entries)), deleted, bytes, untrusted);
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

  /** The version that the next write of a key makes. */
  public long nextVersion(String key) {
    StateEntry entry = entries.get(key);
    return 1 + (entry == null ? deleted : entry.version());
  }

  /** The highest version of an entry that was deleted, 0 when none was. */
  public long deleted() {
    return deleted;
  }

  /** Whether any value was written by a run that had read something from outside. */
  public boolean isUntrusted() {
    return untrusted > 0;
  }

  /** What all entries count for, as {@link ContextLimits#size}. */
  public long bytes() {
    return bytes;
  }

  /** This state with some writes on top; this one stays as it is. */
  public AgentContext with(
      List<ContextWrite> writes, String source, @Nullable InvocationId invocation, Instant time) {
    return with(writes, new Origin(source, invocation, time, false), change -> {});
  }

  /**
   * Where writes come from.
   *
   * @param source {@code initial, api, rewind} or {@code agent}
   * @param invocation the run that writes, null when none does
   * @param untrusted whether the writer had read something from outside
   */
  public record Origin(
      String source, @Nullable InvocationId invocation, Instant time, boolean untrusted) {
    private StateEntry entry(Json value, long version) {
      return new StateEntry(value, version, source, invocation, time, untrusted);
    }
  }

  /** As above, and tells of each change. */
  public AgentContext with(List<ContextWrite> writes, Origin from, Consumer<Change> told) {
    if (writes.isEmpty()) {
      return this;
    }
    Map<String, StateEntry> next = new LinkedHashMap<>(entries);
    long floor = deleted;
    long size = bytes;
    int marked = untrusted;
    for (ContextWrite write : writes) {
      String key = write.key();
      Json value = write.value();
      StateEntry old = next.get(key);
      size -= old == null ? 0 : ContextLimits.size(key, old.value());
      long version = old == null ? floor : old.version();
      marked -= old != null && old.untrusted() ? 1 : 0;
      if (value != null) {
        version++;
        size += ContextLimits.size(key, value);
        next.put(key, from.entry(value, version));
        marked += from.untrusted() ? 1 : 0;
      } else if (old != null) {
        next.remove(key);
        floor = Math.max(floor, version);
      }
      if (value != null || old != null) {
        told.accept(new Change(key, value, version, from.source(), from.invocation(), from.time()));
      }
    }
    return new AgentContext(Collections.unmodifiableMap(next), floor, size, marked);
  }

  /**
   * Why this state cannot take some writes, null when it can. What makes it smaller is always
   * taken, however large it is.
   */
  public @Nullable String refusal(List<ContextWrite> writes) {
    for (ContextWrite write : writes) {
      Json value = write.value();
      String problem = value == null ? null : ContextLimits.problemOfKey(write.key());
      if (value != null && problem == null) {
        problem = ContextLimits.problemOfValue(write.key(), value);
      }
      if (problem != null) {
        return problem;
      }
    }
    AgentContext after = with(writes, "", null, Instant.EPOCH);
    int keys = after.entries.size() > entries.size() ? after.entries.size() : 0;
    return ContextLimits.problemOfAll(keys, after.bytes > bytes ? after.bytes : 0);
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
