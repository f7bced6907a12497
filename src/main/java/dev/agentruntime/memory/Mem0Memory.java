package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Memories on the Mem0 platform, written as they are ({@code infer: false}: no model rewrites
 * them). The platform gives ids of its own, so ours are in the metadata, and an upsert looks for
 * one first. A memory that something else put there shows the platform's id, and as untrusted. Safe
 * on every thread.
 */
final class Mem0Memory implements Memory {

  private static final int PAGE = 100;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final JsonHttp http;
  private final String url;
  private final Supplier<@Nullable String> apiKey;

  /**
   * A memory of one account.
   *
   * @param url as {@code https://api.mem0.ai}
   * @param apiKey asked for at each call
   */
  Mem0Memory(JsonHttp http, String url, Supplier<@Nullable String> apiKey) {
    this.http = http;
    this.url = url;
    this.apiKey = apiKey;
  }

  /** A memory there. */
  private record Held(String id, Memo memo, double score) {}

  @Override
  public Future<Void> store(Scope scope, Memo memo) {
    return page(scope, Where.id(memo.id()), 1, 1).compose(there -> {
      Map<String, Object> body = new LinkedHashMap<>();
      if (!there.isEmpty()) {
        body.put("text", memo.content());
        body.put("metadata", metadata(scope, memo));
        return send("PUT", "/v1/memories/" + word(there.get(0).id()) + "/", body)
            .mapEmpty();
      }
      body.put("messages", List.of(Map.of("role", "user", "content", memo.content())));
      body.put("user_id", scope.user());
      body.put("agent_id", scope.process().value());
      body.put("metadata", metadata(scope, memo));
      body.put("infer", false);
      return send("POST", "/v3/memories/add/", body).mapEmpty();
    });
  }

  @Override
  public Future<List<Found>> search(Scope scope, String text, int max, double minScore) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("query", text);
    body.put("filters", filters(scope, Where.ALL));
    body.put("top_k", max);
    body.put("threshold", minScore);
    body.put("rerank", false);
    return send("POST", "/v3/memories/search/", body)
        .map(answer -> held(answer).stream()
            .filter(one -> one.score() >= minScore)
            .limit(max)
            .map(one -> new Found(one.memo(), one.score()))
            .toList());
  }

  @Override
  public Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor) {
    int page = Math.max(1, Cursors.offset(cursor));
    return page(scope, where, page, limit)
        .map(held -> new Page(
            held.stream().map(Held::memo).toList(),
            held.size() < limit ? null : String.valueOf(page + 1)));
  }

  @Override
  public Future<Integer> forget(Scope scope, Where where) {
    return forget(scope, where, 0);
  }

  private Future<Integer> forget(Scope scope, Where where, int before) {
    return page(scope, where, 1, PAGE).compose(held -> {
      Future<Void> gone = Future.succeededFuture();
      for (Held one : held) {
        gone = gone.compose(done -> delete(one.id()));
      }
      int now = before + held.size();
      return gone.compose(
          done -> held.size() < PAGE ? Future.succeededFuture(now) : forget(scope, where, now));
    });
  }

  private Future<Void> delete(String id) {
    return send("DELETE", "/v1/memories/" + word(id) + "/", null).mapEmpty();
  }

  private Future<List<Held>> page(Scope scope, Where where, int page, int size) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("filters", filters(scope, where));
    body.put("page", page);
    body.put("page_size", size);
    return send("POST", "/v3/memories/", body).map(Mem0Memory::held);
  }

  private static Map<String, Object> filters(Scope scope, Where where) {
    List<Object> all = new ArrayList<>();
    all.add(Map.of("user_id", scope.user()));
    all.add(Map.of("agent_id", scope.process().value()));
    metadata(all, "collection", scope.collection());
    metadata(all, "id", where.id());
    metadata(all, "origin", where.origin());
    metadata(all, "invocation", where.invocation());
    return Map.of("AND", all);
  }

  private static void metadata(List<Object> all, String key, @Nullable String value) {
    if (value != null) {
      all.add(Map.of("metadata", Map.of(key, value)));
    }
  }

  private static Map<String, @Nullable Object> metadata(Scope scope, Memo memo) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(memo.fields());
    all.remove("content");
    all.put("collection", scope.collection());
    return all;
  }

  private static List<Held> held(Map<String, @Nullable Object> answer) {
    List<Held> held = new ArrayList<>();
    if (answer.get("results") instanceof List<?> results) {
      for (Object result : results) {
        Map<String, @Nullable Object> one = Json.of(result).object();
        String id = String.valueOf(one.get("id"));
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("id", id);
        if (one.get("metadata") instanceof Map<?, ?> metadata) {
          all.putAll(Json.of(metadata).object());
        }
        all.put("content", String.valueOf(one.get("memory")));
        double score = one.get("score") instanceof Number number ? number.doubleValue() : 0;
        held.add(new Held(id, Memo.of(all), Math.max(0, Math.min(1, score))));
      }
    }
    return held;
  }

  private Future<Map<String, @Nullable Object>> send(
      String method, String path, @Nullable Map<String, Object> body) {
    String key = apiKey.get();
    if (key == null || key.isBlank()) {
      return Future.failedFuture(fault("no API key, expected memory.mem0.api_key to be set"));
    }
    Map<String, String> headers =
        Map.of("Authorization", "Token " + key, "Content-Type", "application/json");
    String json = body == null ? null : Json.of(body).toString();
    return http.send(method, url + path, headers, json, TIMEOUT).compose(this::object);
  }

  private Future<Map<String, @Nullable Object>> object(JsonHttp.Answer answer) {
    if (answer.status() / 100 != 2) {
      return Future.failedFuture(fault("status " + answer.status() + ": " + answer.shortBody()));
    }
    try {
      return Future.succeededFuture(
          answer.body().isBlank() ? Map.of() : Json.of(answer.value()).object());
    } catch (RuntimeFault notJson) {
      return Future.failedFuture(fault(notJson.failure().message()));
    }
  }

  private RuntimeFault fault(String what) {
    return new RuntimeFault(
        ErrorCode.MEMORY_UNAVAILABLE, "memory server " + url + ", mem0: " + what);
  }

  private static String word(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
