package dev.agentruntime.memory;

import dev.agentruntime.core.Json;
import dev.agentruntime.llm.EmbeddingSpending;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memories on a Chroma server: one collection, the scope of a memory in its metadata, found by
 * meaning. An id there is the scope's process and user and the id here. Safe on every thread.
 */
final class ChromaMemory implements Memory {

  private static final List<String> SHOWN = List.of("documents", "metadatas");

  private final ChromaApi api;
  private final Embedder embedder;
  private final EmbeddingSpending spending;

  ChromaMemory(ChromaApi api, Embedder embedder, EmbeddingSpending spending) {
    this.api = api;
    this.embedder = embedder;
    this.spending = spending;
  }

  @Override
  public Memory countedBy(EmbeddingSpending other) {
    return new ChromaMemory(api, embedder, other);
  }

  @Override
  public Future<Void> store(Scope scope, Memo memo) {
    return embedder
        .embed(memo.content(), spending)
        .compose(vector -> {
          Map<String, Object> body = new LinkedHashMap<>();
          body.put("ids", List.of(id(scope, memo.id())));
          body.put("embeddings", List.of(numbers(vector)));
          body.put("documents", List.of(memo.content()));
          body.put("metadatas", List.of(metadata(scope, memo)));
          return api.post(scope.collection(), "upsert", body);
        })
        .mapEmpty();
  }

  @Override
  public Future<List<Found>> search(Scope scope, String text, int max, double minScore) {
    return embedder.embed(text, spending).compose(vector -> {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("query_embeddings", List.of(numbers(vector)));
      body.put("n_results", max);
      body.put("where", where(scope, Where.ALL));
      body.put("include", List.of("documents", "metadatas", "distances"));
      return api.post(scope.collection(), "query", body).map(answer -> {
        List<Memo> memos = memos(first(answer, "documents"), first(answer, "metadatas"));
        List<?> distances = first(answer, "distances");
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < memos.size(); i++) {
          double score = score(distances.get(i));
          if (score >= minScore) {
            found.add(new Found(memos.get(i), score));
          }
        }
        return List.copyOf(found);
      });
    });
  }

  /** The cosine distance goes from 0 to 2; what points away from the question is no nearer to 0. */
  private static double score(@Nullable Object distance) {
    double away = distance instanceof Number number ? number.doubleValue() : 1;
    return Math.max(0, Math.min(1, 1 - away));
  }

  @Override
  public Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor) {
    int offset = Cursors.offset(cursor);
    return get(scope, where, limit + 1, offset).map(answer -> {
      List<Memo> memos = memos(list(answer, "documents"), list(answer, "metadatas"));
      boolean more = memos.size() > limit;
      return new Page(
          more ? memos.subList(0, limit) : memos, more ? String.valueOf(offset + limit) : null);
    });
  }

  /** The server does not say how many it deletes, so those that are there are counted before. */
  @Override
  public Future<Integer> forget(Scope scope, Where where) {
    return forget(scope, where, 0);
  }

  private Future<Integer> forget(Scope scope, Where where, int before) {
    return get(scope, where, RESULTS_MAX, 0).compose(answer -> {
      List<?> ids = list(answer, "ids");
      if (ids.isEmpty()) {
        return Future.succeededFuture(before);
      }
      Map<String, Object> body = Map.of("ids", ids);
      return api.post(scope.collection(), "delete", body)
          .compose(gone -> ids.size() < RESULTS_MAX
              ? Future.succeededFuture(before + ids.size())
              : forget(scope, where, before + ids.size()));
    });
  }

  private Future<Map<String, @Nullable Object>> get(
      Scope scope, Where where, int limit, int offset) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("where", where(scope, where));
    body.put("limit", limit);
    body.put("offset", offset);
    body.put("include", SHOWN);
    return api.post(scope.collection(), "get", body);
  }

  private static Map<String, Object> where(Scope scope, Where where) {
    List<Object> all = new ArrayList<>();
    all.add(Map.of("process", Map.of("$eq", scope.process().value())));
    all.add(Map.of("user", Map.of("$eq", scope.user())));
    equal(all, "id", where.id());
    equal(all, "origin", where.origin());
    equal(all, "invocation", where.invocation());
    return Map.of("$and", all);
  }

  private static void equal(List<Object> all, String key, @Nullable String value) {
    if (value != null) {
      all.add(Map.of(key, Map.of("$eq", value)));
    }
  }

  /** Metadata holds words, numbers and truth values only. */
  private static Map<String, @Nullable Object> metadata(Scope scope, Memo memo) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(memo.fields());
    all.remove("content");
    all.put("tags", Json.of(memo.tags()).toString());
    all.put("process", scope.process().value());
    all.put("user", scope.user());
    return all;
  }

  private static List<Memo> memos(List<?> documents, List<?> metadatas) {
    List<Memo> memos = new ArrayList<>();
    for (int i = 0; i < documents.size() && i < metadatas.size(); i++) {
      Map<String, @Nullable Object> all =
          new LinkedHashMap<>(Json.of(metadatas.get(i)).object());
      all.put("content", documents.get(i));
      if (all.get("tags") instanceof String tags) {
        all.put("tags", Json.parse(tags).value());
      }
      memos.add(Memo.of(all));
    }
    return memos;
  }

  private static List<?> list(Map<String, @Nullable Object> answer, String key) {
    return answer.get(key) instanceof List<?> list ? list : List.of();
  }

  /** Of the one question that was asked. */
  private static List<?> first(Map<String, @Nullable Object> answer, String key) {
    List<?> lists = list(answer, key);
    return !lists.isEmpty() && lists.get(0) instanceof List<?> list ? list : List.of();
  }

  private static List<Float> numbers(float[] vector) {
    List<Float> numbers = new ArrayList<>(vector.length);
    for (float number : vector) {
      numbers.add(number);
    }
    return numbers;
  }

  private static String id(Scope scope, String id) {
    return scope.process().value() + "/" + scope.user() + "/" + id;
  }
}
