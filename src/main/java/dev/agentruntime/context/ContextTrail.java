package dev.agentruntime.context;

import dev.agentruntime.config.ContextLimits;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who changed the context, key by key: the newest changes of each key, deletions included. Bounded;
 * what is older stands in the journal only. Part of the fold. Owned by: the process's context.
 */
public final class ContextTrail {

  /** Changes kept of one key. */
  public static final int PER_KEY_MAX = 20;

  /** Changes kept of all keys. */
  public static final int CHANGES_MAX = 1_000;

  /** Keys and values of all changes kept, but for the newest change. */
  public static final long BYTES_MAX = 1L << 20;

  private final LinkedHashMap<Long, Change> all = new LinkedHashMap<>();
  private final Map<String, Deque<Long>> byKey = new HashMap<>();
  private final Set<String> cut = new TreeSet<>();
  private boolean forgot;
  private long next;
  private long bytes;

  /**
   * A committed change of one key.
   *
   * @param value null = the key was deleted
   * @param version of the value, or of the one that was deleted
   * @param source {@code initial, api, rewind} or {@code agent}
   * @param invocation the run that made it, null when none did
   * @param time when it was committed
   */
  public record Change(
      String key,
      @Nullable Json value,
      long version,
      String source,
      @Nullable InvocationId invocation,
      Instant time) {

    private long size() {
      return ContextLimits.size(key, value == null ? Json.NULL : value);
    }
  }

  /**
   * Rebuilds a trail.
   *
   * @param changes oldest first
   * @param cut {@link #cut()} of that trail
   * @param forgot {@link #forgot()} of that trail
   */
  public static ContextTrail of(List<Change> changes, Set<String> cut, boolean forgot) {
    ContextTrail trail = new ContextTrail();
    changes.forEach(trail::add);
    trail.cut.addAll(cut);
    trail.forgot = forgot;
    return trail;
  }

  /** Keeps a change. */
  public void add(Change change) {
    Deque<Long> line = byKey.get(change.key());
    if (line == null) {
      line = new ArrayDeque<>();
      byKey.put(change.key(), line);
      if (forgot) {
        cut.add(change.key());
      }
    }
    line.addLast(next);
    all.put(next, change);
    next++;
    bytes += change.size();
    if (line.size() > PER_KEY_MAX) {
      drop(line.getFirst());
    }
    while (all.size() > CHANGES_MAX || (bytes > BYTES_MAX && all.size() > 1)) {
      drop(all.keySet().iterator().next());
    }
  }

  private void drop(long number) {
    Change gone = all.remove(number);
    if (gone == null) {
      return;
    }
    bytes -= gone.size();
    Deque<Long> line = byKey.get(gone.key());
    if (line != null) {
      // Always the oldest of its key.
      line.removeFirst();
      cut.add(gone.key());
      if (line.isEmpty()) {
        byKey.remove(gone.key());
        cut.remove(gone.key());
        forgot = true;
      }
    }
  }

  /** The changes of a key, oldest first. */
  public List<Change> changes(String key) {
    List<Change> changes = new ArrayList<>();
    for (long number : byKey.getOrDefault(key, new ArrayDeque<>())) {
      Change change = all.get(number);
      if (change != null) {
        changes.add(change);
      }
    }
    return changes;
  }

  /** Whether older changes of a key may be in the journal than are kept here. */
  public boolean isCut(String key) {
    return byKey.containsKey(key) ? cut.contains(key) : forgot;
  }

  /** All changes kept, oldest first; unmodifiable. */
  public Collection<Change> changes() {
    return Collections.unmodifiableCollection(all.values());
  }

  /** The keys of changes kept, of which older ones may be gone; unmodifiable. */
  public Set<String> cut() {
    return Collections.unmodifiableSet(cut);
  }

  /** Whether there are keys of which nothing is kept any more. */
  public boolean forgot() {
    return forgot;
  }
}
