package dev.agentruntime.crash;

import dev.agentruntime.core.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A running node by HTTP: its control API, and webhooks to its ingress. */
final class NodeApi {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final HttpClient CLIENT = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(Duration.ofSeconds(10))
      .build();

  private final String control;
  private final String ingress;
  private final @Nullable String token;

  NodeApi(String control, String ingress) {
    this(control, ingress, null);
  }

  private NodeApi(String control, String ingress, @Nullable String token) {
    this.control = control;
    this.ingress = ingress;
    this.token = token;
  }

  /** The same node, for whoever has a token. */
  NodeApi with(String shown) {
    return new NodeApi(control, ingress, shown);
  }

  /** An answer of the node. */
  record Answer(int status, String body) {

    Map<String, @Nullable Object> object() {
      return Json.parse(body).object();
    }
  }

  /** A call in doubt, as the status tells it. */
  record InDoubt(String invocation, String key, String tool) {}

  // --- Webhooks

  /** Posts an event; its delivery id is the key. Fails with what broke the connection. */
  CompletableFuture<Answer> deliver(String process, String key, String body) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(ingress + "/" + process))
        .timeout(LIMIT)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    return CLIENT
        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenApply(response -> new Answer(response.statusCode(), response.body()));
  }

  // --- Control

  Answer get(String path) throws IOException {
    return send(HttpRequest.newBuilder(URI.create(control + path)).GET());
  }

  Answer delete(String path) throws IOException {
    return send(HttpRequest.newBuilder(URI.create(control + path)).DELETE());
  }

  Answer post(String path, @Nullable String body) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(control + path));
    return send(
        body == null
            ? request.POST(HttpRequest.BodyPublishers.noBody())
            : request
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  /** Asks a process something, under a key. */
  Answer ask(String process, String key, String body) throws IOException {
    return send(asking(process, key, body));
  }

  /** The same, and reads what comes of it while it comes; the stream breaks with the node. */
  InputStream streamedAsk(String process, String key, String body) throws IOException {
    HttpRequest request =
        asking(process, key, body).header("accept", "text/event-stream").build();
    try {
      HttpResponse<InputStream> response =
          CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        throw new IOException("status " + response.statusCode());
      }
      return response.body();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private HttpRequest.Builder asking(String process, String key, String body) {
    return HttpRequest.newBuilder(URI.create(control + "/api/v1/processes/" + process + "/ask"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  /** Puts a manifest in the place of the one of its name, or deploys it. */
  Answer deploy(String manifest, boolean replace) throws IOException {
    return send(HttpRequest.newBuilder(
            URI.create(control + "/api/v1/processes" + (replace ? "?replace=true" : "")))
        .header("content-type", "application/yaml")
        .POST(HttpRequest.BodyPublishers.ofString(manifest)));
  }

  private Answer send(HttpRequest.Builder request) throws IOException {
    if (token != null) {
      request.header("authorization", "Bearer " + token);
    }
    try {
      HttpResponse<String> response =
          CLIENT.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Map<String, @Nullable Object> ok(String path) throws IOException {
    Answer answer = get(path);
    if (answer.status() == 503) {
      throw new IOException("not now: " + answer.body());
    }
    if (answer.status() != 200) {
      throw new AssertionError("GET " + path + ": " + answer);
    }
    return answer.object();
  }

  /** A process's status, with position and digest of its image. */
  Map<String, @Nullable Object> status(String process) throws IOException {
    return ok("/api/v1/processes/" + process + "?digest=true");
  }

  /** A word for a process: {@code start, stop, suspend, resume}; it must be obeyed. */
  void command(String process, String word) throws IOException {
    Answer answer = post("/api/v1/processes/" + process + "/" + word, null);
    if (answer.status() / 100 != 2) {
      throw new AssertionError(word + " " + process + ": " + answer);
    }
  }

  /** Position and digest of a process's image. */
  String image(String process) throws IOException {
    Map<String, @Nullable Object> status = status(process);
    return Answers.number(status, "position") + " " + Answers.text(status, "digest");
  }

  /** Whether nothing is queued and nothing runs. */
  boolean isIdle(String process) throws IOException {
    Map<String, @Nullable Object> status = status(process);
    return Answers.number(status, "queue_size") == 0 && Answers.number(status, "running") == 0;
  }

  List<InDoubt> inDoubt(String process) throws IOException {
    return Answers.objects(status(process), "in_doubt").stream()
        .map(item -> new InDoubt(
            Answers.text(item, "invocation"),
            Answers.text(item, "key"),
            Answers.text(item, "tool")))
        .toList();
  }

  /** Says what became of a call. */
  Answer resolve(String process, InDoubt call, String resolution) throws IOException {
    return post(
        "/api/v1/processes/" + process + "/invocations/" + call.invocation() + "/effects/"
            + call.key(),
        Json.of(Map.of("resolution", resolution)).toString());
  }

  /** All invocations that the node lists, newest first. */
  List<Map<String, Object>> invocations(String process) throws IOException {
    List<Map<String, Object>> all = new ArrayList<>();
    String path = "/api/v1/processes/" + process + "/invocations?limit=500";
    Map<String, @Nullable Object> page = ok(path);
    all.addAll(Answers.objects(page, "invocations"));
    while (page.get("next_cursor") != null) {
      page = ok(path + "&cursor=" + page.get("next_cursor"));
      all.addAll(Answers.objects(page, "invocations"));
    }
    return all;
  }

  Map<?, ?> context(String process) throws IOException {
    Object state = ok("/api/v1/processes/" + process + "/context").get("state");
    return state instanceof Map<?, ?> map ? map : Map.of();
  }
}
