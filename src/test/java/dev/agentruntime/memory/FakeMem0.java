package dev.agentruntime.memory;

import dev.agentruntime.core.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Speaks the part of the Mem0 platform's API that is documented and used here: add (as it is, with
 * {@code infer: false}), update, search, list and delete, under {@code Authorization: Token}.
 */
final class FakeMem0 {

  static final String KEY = "m0-key";

  private final Map<String, Map<String, @Nullable Object>> memories = new LinkedHashMap<>();
  private final HttpServer server;
  private int ids;

  FakeMem0(Vertx vertx) throws Exception {
    server = vertx.createHttpServer().requestHandler(this::answer);
    HttpServer unused = server
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      if (!("Token " + KEY).equals(request.getHeader("Authorization"))) {
        String given = String.valueOf(request.getHeader("Authorization"));
        // In the midst of the 300 characters that are shown.
        String said = given.contains(" told-back-") ? "z".repeat(260) + given : "Invalid API key";
        end(request, 401, Map.of("detail", said));
        return;
      }
      Map<String, @Nullable Object> said =
          body.length() == 0 ? Map.of() : Json.parse(body.toString()).object();
      String path = request.path();
      if (request.method().equals(HttpMethod.POST) && path.equals("/v3/memories/add/")) {
        end(request, 200, add(said));
      } else if (request.method().equals(HttpMethod.POST) && path.equals("/v3/memories/search/")) {
        end(request, 200, search(said));
      } else if (request.method().equals(HttpMethod.POST) && path.equals("/v3/memories/")) {
        end(request, 200, page(said));
      } else if (path.matches("/v1/memories/[^/]+/")) {
        one(request, path.split("/", -1)[3], said);
      } else {
        end(request, 404, Map.of("detail", "Not found."));
      }
    });
  }

  private static void end(HttpServerRequest request, int status, Map<String, ?> answer) {
    Future<Void> unused =
        request.response().setStatusCode(status).end(Json.of(answer).toString());
  }

  private Map<String, Object> add(Map<String, @Nullable Object> said) {
    Map<String, @Nullable Object> memory = new LinkedHashMap<>();
    String id = "m0-" + ++ids;
    memory.put("id", id);
    memory.put("memory", Json.of(list(said, "messages").get(0)).object().get("content"));
    memory.put("user_id", said.get("user_id"));
    memory.put("agent_id", said.get("agent_id"));
    memory.put("metadata", said.get("metadata"));
    if (Boolean.FALSE.equals(said.get("infer"))) {
      memories.put(id, memory);
    }
    return Map.of("results", List.of(Map.of("id", id, "event", "ADD")));
  }

  private void one(HttpServerRequest request, String id, Map<String, @Nullable Object> said) {
    Map<String, @Nullable Object> memory = memories.get(id);
    if (memory == null) {
      end(request, 404, Map.of("detail", "Memory not found"));
    } else if (request.method().equals(HttpMethod.DELETE)) {
      memories.remove(id);
      Future<Void> unused = request.response().setStatusCode(204).end();
    } else {
      memory.put("memory", said.get("text"));
      memory.put("metadata", said.get("metadata"));
      end(request, 200, Map.of("id", id, "text", said.get("text")));
    }
  }

  private Map<String, Object> search(Map<String, @Nullable Object> said) {
    List<Map<String, @Nullable Object>> mine = filtered(said);
    TextScore score = new TextScore(
        String.valueOf(said.get("query")),
        mine.stream()
            .map(one -> TextScore.count(String.valueOf(one.get("memory"))))
            .toList());
    double threshold = number(said, "threshold");
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    for (Map<String, @Nullable Object> one : mine) {
      double near = score.of(TextScore.count(String.valueOf(one.get("memory"))));
      if (near > 0 && near >= threshold) {
        Map<String, @Nullable Object> scored = new LinkedHashMap<>(one);
        scored.put("score", near);
        found.add(scored);
      }
    }
    found.sort((a, b) -> Double.compare(number(b, "score"), number(a, "score")));
    int max = (int) number(said, "top_k");
    return Map.of("results", found.subList(0, Math.min(max, found.size())));
  }

  private Map<String, Object> page(Map<String, @Nullable Object> said) {
    List<Map<String, @Nullable Object>> mine = filtered(said);
    int size = (int) number(said, "page_size");
    int from = Math.min(mine.size(), ((int) number(said, "page") - 1) * size);
    return Map.of(
        "count", mine.size(), "results", mine.subList(from, Math.min(mine.size(), from + size)));
  }

  private List<Map<String, @Nullable Object>> filtered(Map<String, @Nullable Object> said) {
    List<?> all = list(Json.of(said.get("filters")).object(), "AND");
    return memories.values().stream()
        .filter(one ->
            all.stream().allMatch(filter -> holds(one, Json.of(filter).object())))
        .toList();
  }

  private static double number(Map<String, @Nullable Object> said, String key) {
    return ((Number) Objects.requireNonNull(said.get(key))).doubleValue();
  }

  private static List<?> list(Map<String, @Nullable Object> said, String key) {
    return (List<?>) Objects.requireNonNull(said.get(key));
  }

  private static boolean holds(
      Map<String, @Nullable Object> memory, Map<String, @Nullable Object> filter) {
    return filter.entrySet().stream().allMatch(wanted -> {
      if (!wanted.getKey().equals("metadata")) {
        return Objects.equals(wanted.getValue(), memory.get(wanted.getKey()));
      }
      Map<String, @Nullable Object> metadata = Json.of(memory.get("metadata")).object();
      return Json.of(wanted.getValue()).object().entrySet().stream()
          .allMatch(entry -> Objects.equals(entry.getValue(), metadata.get(entry.getKey())));
    });
  }

  void close() throws Exception {
    Void unused =
        server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
