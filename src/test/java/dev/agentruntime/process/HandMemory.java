package dev.agentruntime.process;

import dev.agentruntime.memory.Memo;
import dev.agentruntime.memory.Memory;
import dev.agentruntime.memory.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A memory whose answers a test gives by hand; what was stored is there at once. */
final class HandMemory implements Memory {

  final List<Search> searches = new ArrayList<>();
  final List<Promise<Void>> stores = new ArrayList<>();
  final Map<String, Memo> kept = new LinkedHashMap<>();

  /** A search that waits. */
  record Search(Scope scope, String text, int max, double minScore, Promise<List<Found>> answer) {}

  @Override
  public Future<Void> store(Scope scope, Memo memo) {
    kept.put(memo.id(), memo);
    Promise<Void> promise = Promise.promise();
    stores.add(promise);
    return promise.future();
  }

  @Override
  public Future<List<Found>> search(Scope scope, String text, int max, double minScore) {
    Search search = new Search(scope, text, max, minScore, Promise.promise());
    searches.add(search);
    return search.answer().future();
  }

  @Override
  public Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor) {
    return Future.succeededFuture(new Page(List.copyOf(kept.values()), null));
  }

  @Override
  public Future<Integer> forget(Scope scope, Where where) {
    int before = kept.size();
    kept.values().removeIf(where::holds);
    return Future.succeededFuture(before - kept.size());
  }
}
