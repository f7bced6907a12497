package dev.agentruntime.llm;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server on loopback that speaks the wire format of {@code POST /v1/chat/completions} with
 * {@code stream: true}: data-only server-sent events, deltas, a usage chunk without choices,
 * {@code [DONE]}.
 * Answers are taken from a queue; the last one goes on for ever. Safe on every thread.
 */
public final class FakeOpenAi {

  private final Vertx vertx;
  private final HttpServer server;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final AtomicInteger open = new AtomicInteger();

  private FakeOpenAi(Vertx vertx) {
    this.vertx = vertx;
    this.server = vertx.createHttpServer().requestHandler(this::onRequest);
  }

  /** A request that arrived. */
  public record Seen(String path, Map<String, String> headers, JsonObject body) {}

  /** How the server answers one request. */
  @FunctionalInterface
  public interface Answer {
    /** Writes the whole answer, or less. */
    void write(Vertx vertx, HttpServerRequest request);
  }

  /** A tool call of an answer. */
  public record Call(String id, String tool, String arguments) {}

  /** Starts on a free port. */
  public static Future<FakeOpenAi> start(Vertx vertx) {
    FakeOpenAi fake = new FakeOpenAi(vertx);
    return fake.server.listen(0, "127.0.0.1").map(fake);
  }

  /** What to configure as base URL. */
  public String baseUrl() {
    return "http://127.0.0.1:" + server.actualPort() + "/v1";
  }

  /** Queues answers; the last one is repeated. */
  public void answer(Answer... next) {
    answers.addAll(List.of(next));
  }

  /** The requests so far, oldest first. */
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** How many requests are being answered and were not broken off by the caller. */
  public int open() {
    return open.get();
  }

  /** Stops. */
  public Future<Void> close() {
    return server.close();
  }

  private void onRequest(HttpServerRequest request) {
    open.incrementAndGet();
    AtomicInteger once = new AtomicInteger(1);
    Runnable gone = () -> open.addAndGet(-once.getAndSet(0));
    request.response().closeHandler(nothing -> gone.run());
    request.response().endHandler(nothing -> gone.run());
    request.body().onSuccess(body -> {
      Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      request.headers().forEach(header -> headers.put(header.getKey(), header.getValue()));
      seen.add(new Seen(request.path(), headers, body.toJsonObject()));
      Answer answer = answers.size() > 1 ? answers.poll() : answers.peek();
      if (answer == null) {
        status(500, "no answer queued").write(vertx, request);
      } else {
        answer.write(vertx, request);
      }
    });
  }

  /** A reply in words, a few characters a chunk. */
  public static Answer text(String text) {
    return (vertx, request) -> {
      HttpServerResponse response = begin(request);
      response.write(chunk(new JsonObject().put("role", "assistant").put("content", ""), null));
      for (int from = 0; from < text.length(); from += 7) {
        String piece = text.substring(from, Math.min(text.length(), from + 7));
        response.write(chunk(new JsonObject().put("content", piece), null));
      }
      finish(response, "stop", 11, 7);
    };
  }

  /** A reply that calls tools; each call's arguments come in two pieces. */
  public static Answer calls(Call... calls) {
    return (vertx, request) -> {
      HttpServerResponse response = begin(request);
      for (int i = 0; i < calls.length; i++) {
        writeCall(response, i, calls[i]);
      }
      finish(response, "tool_calls", 20, 9);
    };
  }

  private static void writeCall(HttpServerResponse response, int index, Call call) {
    int half = call.arguments().length() / 2;
    response.write(callChunk(new JsonObject()
        .put("index", index)
        .put("id", call.id())
        .put("type", "function")
        .put("function", new JsonObject().put("name", call.tool()).put("arguments", ""))));
    for (String piece :
        List.of(call.arguments().substring(0, half), call.arguments().substring(half))) {
      response.write(callChunk(new JsonObject()
          .put("index", index)
          .put("function", new JsonObject().put("arguments", piece))));
    }
  }

  private static Buffer callChunk(JsonObject call) {
    return chunk(new JsonObject().put("tool_calls", new JsonArray().add(call)), null);
  }

  /** A tool call whose connection breaks in the middle of its arguments. */
  public static Answer cutInCall() {
    return (vertx, request) -> {
      HttpServerResponse response = begin(request);
      response
          .write(callChunk(new JsonObject()
              .put("index", 0)
              .put("id", "call_cut")
              .put(
                  "function",
                  new JsonObject().put("name", "pay").put("arguments", "{\"amount\": 1"))))
          .onComplete(written -> request.connection().close());
    };
  }

  /** A reply that ends in good order as HTTP, but before the model was finished. */
  public static Answer endEarly(String text) {
    return (vertx, request) -> {
      HttpServerResponse response = begin(request);
      response.write(chunk(new JsonObject().put("content", text), null));
      response.end();
    };
  }

  /** The bytes of a stream as they are. */
  public static Answer raw(String events) {
    return (vertx, request) -> begin(request).end(Buffer.buffer(events));
  }

  /** A status with a body and headers. */
  public static Answer status(int status, String body, String... headers) {
    return (vertx, request) -> {
      HttpServerResponse response = request.response().setStatusCode(status);
      for (int i = 0; i < headers.length; i += 2) {
        response.putHeader(headers[i], headers[i + 1]);
      }
      response.putHeader("content-type", "application/json").end(body);
    };
  }

  /** An error as the provider words it. */
  public static Answer error(int status, String code, String... headers) {
    return status(
        status,
        new JsonObject()
            .put("error", new JsonObject().put("message", "as " + code).put("code", code))
            .encode(),
        headers);
  }

  /** Takes the request and says nothing. */
  public static Answer silence() {
    return (vertx, request) -> {};
  }

  /** A word every so often, without end. */
  public static Answer drip(long periodMs) {
    return (vertx, request) -> {
      HttpServerResponse response = begin(request);
      long timer = vertx.setPeriodic(
          periodMs, tick -> response.write(chunk(new JsonObject().put("content", "."), null)));
      request.connection().closeHandler(gone -> vertx.cancelTimer(timer));
    };
  }

  private static HttpServerResponse begin(HttpServerRequest request) {
    return request.response().setChunked(true).putHeader("content-type", "text/event-stream");
  }

  /** One {@code chat.completion.chunk}. */
  public static Buffer chunk(JsonObject delta, @Nullable String finishReason) {
    return event(head()
        .put(
            "choices",
            new JsonArray()
                .add(new JsonObject()
                    .put("index", 0)
                    .put("delta", delta)
                    .put("logprobs", null)
                    .put("finish_reason", finishReason))));
  }

  /** The chunk that says what it cost. */
  public static Buffer usage(int input, int output) {
    return event(head()
        .put("choices", new JsonArray())
        .put(
            "usage",
            new JsonObject()
                .put("prompt_tokens", input)
                .put("completion_tokens", output)
                .put("total_tokens", input + output)));
  }

  private static JsonObject head() {
    return new JsonObject()
        .put("id", "chatcmpl-fake")
        .put("object", "chat.completion.chunk")
        .put("created", 1_763_800_000)
        .put("model", "fake-1")
        .put("system_fingerprint", "fp_fake");
  }

  private static Buffer event(JsonObject data) {
    return Buffer.buffer("data: " + data.encode() + "\n\n");
  }

  private static void finish(HttpServerResponse response, String reason, int input, int output) {
    response.write(chunk(new JsonObject(), reason));
    response.write(usage(input, output));
    response.end("data: [DONE]\n\n");
  }
}
