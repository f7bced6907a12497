package dev.agentruntime.provider;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server that speaks the wire format of {@code POST /v1/chat/completions} with {@code stream:
 * true}: data-only server-sent events, deltas, a usage chunk without choices, {@code [DONE]}.
 */
public final class FakeOpenAi extends FakeProvider {

  private FakeOpenAi(Vertx vertx) {
    super(vertx);
  }

  /** Starts on a free port. */
  public static Future<FakeOpenAi> start(Vertx vertx) {
    FakeOpenAi fake = new FakeOpenAi(vertx);
    return fake.listen().map(fake);
  }

  /** What to configure as base URL. */
  public String baseUrl() {
    return url() + "/v1";
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

  /** An error as the provider words it. */
  public static Answer error(int status, String code, String... headers) {
    return FakeProvider.status(
        status,
        new JsonObject()
            .put("error", new JsonObject().put("message", "as " + code).put("code", code))
            .encode(),
        headers);
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
