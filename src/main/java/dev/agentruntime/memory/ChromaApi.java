package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of Chroma's API v2 that a memory needs: make tenant, database and collection (cosine)
 * where they are missing; then upsert, query, get and delete. Safe on every thread.
 */
final class ChromaApi {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final JsonHttp http;
  private final Place place;
  private final Supplier<@Nullable String> token;
  private final Map<String, Future<String>> collections = new ConcurrentHashMap<>();

  /** Where a server keeps things, as {@code http://127.0.0.1:8000}, tenant, database. */
  record Place(String url, String tenant, String database) {}

  /**
   * The API of one server.
   *
   * @param token asked for at each call; null = none is sent
   */
  ChromaApi(JsonHttp http, Place place, Supplier<@Nullable String> token) {
    this.http = http;
    this.place = place;
    this.token = token;
  }

  /** Does something with a collection, which is made first when it is not there. */
  Future<Map<String, @Nullable Object>> post(
      String collection, String action, Map<String, Object> body) {
    return tried(collection, action, body).compose(answer -> {
      if (answer.status() != 404) {
        return object(answer);
      }
      // It was deleted since: the server is asked again what its id is.
      collections.remove(collection);
      return tried(collection, action, body).compose(this::object);
    });
  }

  private Future<JsonHttp.Answer> tried(
      String collection, String action, Map<String, Object> body) {
    return id(collection)
        .compose(id -> send("POST", collections() + "/" + id + "/" + action, Json.of(body)));
  }

  /** The id of a collection; one that fails is asked for again the next time. */
  private Future<String> id(String collection) {
    Future<String> known = collections.get(collection);
    if (known != null && !known.failed()) {
      return known;
    }
    Future<String> made = make("/tenants", place.tenant())
        .compose(done -> make("/tenants/" + word(place.tenant()) + "/databases", place.database()))
        .compose(done -> create(collection));
    collections.put(collection, made);
    return made;
  }

  private Future<Void> make(String path, String name) {
    return send("GET", path + "/" + word(name), null)
        .compose(there -> there.status() == 200
            ? Future.succeededFuture()
            : send("POST", path, Json.of(Map.of("name", name)))
                .compose(made ->
                    // Somebody else made it in between.
                    made.status() == 409
                        ? Future.succeededFuture()
                        : object(made).mapEmpty()));
  }

  private Future<String> create(String collection) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", collection);
    body.put("get_or_create", true);
    body.put("configuration", Map.of("hnsw", Map.of("space", "cosine")));
    body.put("metadata", Map.of("hnsw:space", "cosine"));
    return send("POST", collections(), Json.of(body))
        .compose(this::object)
        .compose(made -> made.get("id") instanceof String id
            ? Future.succeededFuture(id)
            : Future.failedFuture(fault("a collection without an id")));
  }

  private String collections() {
    return "/tenants/" + word(place.tenant()) + "/databases/" + word(place.database())
        + "/collections";
  }

  private Future<JsonHttp.Answer> send(String method, String path, @Nullable Json body) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json");
    String key = token.get();
    if (key != null) {
      headers.put("x-chroma-token", key);
    }
    return http.send(
        method,
        place.url() + "/api/v2" + path,
        headers,
        body == null ? null : body.toString(),
        TIMEOUT);
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
        ErrorCode.MEMORY_UNAVAILABLE, "memory server " + place.url() + ", chroma: " + what);
  }

  private static String word(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
