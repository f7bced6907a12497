package dev.agentruntime.memory;

import dev.agentruntime.core.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Speaks the embeddings calls of OpenAI ({@code /embeddings}) and Ollama ({@code /api/embed}). */
public final class FakeEmbeddings {

  /** What it was sent: path, authorization, body. */
  public final List<String> seen = new CopyOnWriteArrayList<>();

  private final HttpServer server;

  public FakeEmbeddings(Vertx vertx) throws Exception {
    server = vertx.createHttpServer().requestHandler(this::answer);
    HttpServer unused = server
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  public String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      Map<String, @Nullable Object> said = Json.parse(body.toString()).object();
      String model = String.valueOf(said.get("model"));
      seen.add(request.path() + " " + request.getHeader("Authorization") + " " + model);
      if (model.equals("broken")) {
        end(request, 500, Map.of("error", Map.of("message", "out of order")));
        return;
      }
      if (model.equals("silent")) {
        return;
      }
      List<Object> vectors = new ArrayList<>();
      List<?> inputs = said.get("input") instanceof List<?> many
          ? many
          : List.of(String.valueOf(said.get("input")));
      inputs.forEach(text -> vectors.add(
          model.equals("zero")
              ? List.of(0, 0, 0)
              : numbers(WordVectors.vector(String.valueOf(text)))));
      if (request.path().endsWith("/api/embed")) {
        end(request, 200, Map.of("model", model, "embeddings", vectors));
      } else {
        List<Object> items = new ArrayList<>();
        vectors.forEach(vector -> items.add(Map.of("index", items.size(), "embedding", vector)));
        end(
            request,
            200,
            Map.of(
                "data",
                items,
                "model",
                model,
                "usage",
                Map.of("prompt_tokens", 1, "total_tokens", 1)));
      }
    });
  }

  private static List<Object> numbers(float[] vector) {
    List<Object> numbers = new ArrayList<>();
    for (float number : vector) {
      numbers.add(number);
    }
    return numbers;
  }

  private static void end(HttpServerRequest request, int status, Map<String, ?> answer) {
    Future<Void> unused = request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(Json.of(answer).toString());
  }

  public void close() throws Exception {
    Void unused =
        server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
