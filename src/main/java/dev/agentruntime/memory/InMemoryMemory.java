package dev.agentruntime.memory;

import dev.agentruntime.memory.TextScore.Counted;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Memories in this JVM, for tests and for what may be forgotten: of each scope the newest {@value
 * #SCOPE_MAX}. Near is what shares many and rare words. Safe on every thread.
 */
final class InMemoryMemory implements Memory {

  /** Memories of one scope; the oldest ids go first. */
  static final int SCOPE_MAX = 10_000;

  private final Map<Scope, NavigableMap<String, Kept>> scopes = new ConcurrentHashMap<>();

  private record Kept(Memo memo, Counted words) {}

  @Override
  public Future<Void> store(Scope scope, Memo memo) {
    NavigableMap<String, Kept> kept = of(scope);
    kept.put(memo.id(), new Kept(memo, TextScore.count(memo.content())));
    while (kept.size() > SCOPE_MAX) {
      kept.pollFirstEntry();
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<List<Found>> search(Scope scope, String text, int max, double minScore) {
    List<Kept> all = List.copyOf(of(scope).values());
    TextScore score = new TextScore(text, all.stream().map(Kept::words).toList());
    List<Found> found = new ArrayList<>();
    for (Kept kept : all) {
      double near = score.of(kept.words());
      if (near > 0 && near >= minScore) {
        found.add(new Found(kept.memo(), near));
      }
    }
    found.sort(Comparator.comparingDouble(Found::score).reversed());
    return Future.succeededFuture(List.copyOf(found.subList(0, Math.min(max, found.size()))));
  }

  @Override
  public Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor) {
    NavigableMap<String, Kept> kept = of(scope);
    List<Memo> memos = (cursor == null ? kept : kept.tailMap(cursor, false))
        .values().stream()
            .map(Kept::memo)
            .filter(where::holds)
            .limit(limit + 1L)
            .toList();
    boolean more = memos.size() > limit;
    return Future.succeededFuture(new Page(
        more ? memos.subList(0, limit) : memos, more ? memos.get(limit - 1).id() : null));
  }

  @Override
  public Future<Integer> forget(Scope scope, Where where) {
    int forgotten = 0;
    for (Kept kept : of(scope).values()) {
      if (where.holds(kept.memo()) && of(scope).remove(kept.memo().id(), kept)) {
        forgotten++;
      }
    }
    return Future.succeededFuture(forgotten);
  }

  private NavigableMap<String, Kept> of(Scope scope) {
    return scopes.computeIfAbsent(scope, unknown -> new ConcurrentSkipListMap<>());
  }
}
