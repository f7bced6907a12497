package dev.agentruntime.provider;

import dev.agentruntime.provider.FakeProvider.Answer;
import dev.agentruntime.provider.FakeProvider.Call;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The wire format of a provider's streams, as its documentation draws it. */
abstract class Dialect {

  static final String SSE = "text/event-stream";

  /** The model to ask, as a manifest names it. */
  abstract String model();

  /** What a base URL of this provider has after host and port. */
  abstract String basePath();

  /** The content type of a stream. */
  String type() {
    return SSE;
  }

  /** The stream of a reply in words, a few characters a piece: 11 tokens in, 4 cached, 7 out. */
  abstract List<String> text(String text);

  /** The stream of a reply that calls tools. */
  abstract List<String> calls(Call... calls);

  /** A complete error body. */
  abstract String error(int status, String word);

  /** A piece of a stream that can be repeated without end. */
  abstract String drop();

  /** Where in a request its key stands: the header's name. */
  abstract String keyHeader();

  /** The value of that header. */
  abstract String keyValue(String key);

  /** The whole stream of a reply in words. */
  Answer says(String text) {
    return FakeProvider.stream(type(), text(text));
  }

  /** The whole stream of a reply that calls tools. */
  Answer wants(Call... calls) {
    return FakeProvider.stream(type(), calls(calls));
  }

  /** Cuts a text into pieces of a few characters. */
  static List<String> cut(String text) {
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < text.length(); from += 7) {
      pieces.add(text.substring(from, Math.min(text.length(), from + 7)));
    }
    return pieces;
  }

  static String event(String name, JsonObject data) {
    return (name.isEmpty() ? "" : "event: " + name + "\n") + "data: " + data.encode() + "\n\n";
  }

  /** {@code POST /v1/messages} with {@code stream: true}. */
  static final class Anthropic extends Dialect {
    @Override
    String model() {
      return "anthropic:claude-fake-1";
    }

    @Override
    String basePath() {
      return "/v1";
    }

    @Override
    List<String> text(String text) {
      List<String> all = begin();
      all.add(block("start", 0, "content_block", "{\"type\":\"text\",\"text\":\"\"}"));
      all.add(event("ping", new JsonObject().put("type", "ping")));
      for (String piece : cut(text)) {
        all.add(block(
            "delta",
            0,
            "delta",
            new JsonObject().put("type", "text_delta").put("text", piece).encode()));
      }
      all.add(stop(0));
      return end(all, "end_turn");
    }

    @Override
    List<String> calls(Call... calls) {
      List<String> all = begin();
      for (int i = 0; i < calls.length; i++) {
        all.add(block(
            "start",
            i,
            "content_block",
            new JsonObject()
                .put("type", "tool_use")
                .put("id", calls[i].id())
                .put("name", calls[i].tool())
                .put("input", new JsonObject())
                .encode()));
        for (String piece : cut(calls[i].arguments())) {
          all.add(block(
              "delta",
              i,
              "delta",
              new JsonObject()
                  .put("type", "input_json_delta")
                  .put("partial_json", piece)
                  .encode()));
        }
        all.add(stop(i));
      }
      return end(all, "tool_use");
    }

    private static List<String> begin() {
      List<String> all = new ArrayList<>();
      all.add(event(
          "message_start",
          new JsonObject()
              .put("type", "message_start")
              .put(
                  "message",
                  new JsonObject()
                      .put("id", "msg_fake")
                      .put("type", "message")
                      .put("role", "assistant")
                      .put("content", new JsonArray())
                      .put("model", "claude-fake-1")
                      .put("stop_reason", null)
                      .put("stop_sequence", null)
                      .put(
                          "usage",
                          new JsonObject()
                              .put("input_tokens", 7)
                              .put("cache_creation_input_tokens", 0)
                              .put("cache_read_input_tokens", 4)
                              .put("output_tokens", 1)))));
      return all;
    }

    private static String block(String kind, int index, String key, String json) {
      return event(
          "content_block_" + kind,
          new JsonObject()
              .put("type", "content_block_" + kind)
              .put("index", index)
              .put(key, new JsonObject(json)));
    }

    private static String stop(int index) {
      return event(
          "content_block_stop",
          new JsonObject().put("type", "content_block_stop").put("index", index));
    }

    static List<String> end(List<String> all, String reason) {
      all.add(event(
          "message_delta",
          new JsonObject()
              .put("type", "message_delta")
              .put("delta", new JsonObject().put("stop_reason", reason).put("stop_sequence", null))
              .put("usage", new JsonObject().put("output_tokens", 7))));
      all.add(event("message_stop", new JsonObject().put("type", "message_stop")));
      return all;
    }

    @Override
    String error(int status, String word) {
      return new JsonObject()
          .put("type", "error")
          .put("error", new JsonObject().put("type", word).put("message", "as " + word))
          .encode();
    }

    @Override
    String drop() {
      return event("ping", new JsonObject().put("type", "ping"));
    }

    @Override
    String keyHeader() {
      return "x-api-key";
    }

    @Override
    String keyValue(String key) {
      return key;
    }
  }

  /** {@code POST /v1beta/models/MODEL:streamGenerateContent?alt=sse}. */
  static final class Google extends Dialect {
    @Override
    String model() {
      return "google:gemini-3-fake";
    }

    @Override
    String basePath() {
      return "/v1beta";
    }

    @Override
    List<String> text(String text) {
      List<String> all = new ArrayList<>();
      for (String piece : cut(text)) {
        all.add(chunk(new JsonArray().add(new JsonObject().put("text", piece)), null));
      }
      all.add(chunk(new JsonArray().add(new JsonObject().put("text", "")), "STOP"));
      return all;
    }

    @Override
    List<String> calls(Call... calls) {
      JsonArray parts = new JsonArray();
      for (Call call : calls) {
        JsonObject part = new JsonObject()
            .put(
                "functionCall",
                new JsonObject()
                    .put("id", call.id())
                    .put("name", call.tool())
                    .put("args", new JsonObject(call.arguments())));
        parts.add(parts.isEmpty() ? part.put("thoughtSignature", "c2lnbmVk") : part);
      }
      List<String> all = new ArrayList<>();
      all.add(chunk(parts, null));
      all.add(chunk(new JsonArray().add(new JsonObject().put("text", "")), "STOP"));
      return all;
    }

    private static String chunk(JsonArray parts, @Nullable String reason) {
      JsonObject candidate = new JsonObject()
          .put("content", new JsonObject().put("parts", parts).put("role", "model"))
          .put("index", 0);
      return event(
          "",
          new JsonObject()
              .put(
                  "candidates",
                  new JsonArray()
                      .add(reason == null ? candidate : candidate.put("finishReason", reason)))
              .put(
                  "usageMetadata",
                  new JsonObject()
                      .put("promptTokenCount", 11)
                      .put("cachedContentTokenCount", 4)
                      .put("candidatesTokenCount", 5)
                      .put("thoughtsTokenCount", 2)
                      .put("totalTokenCount", 18))
              .put("modelVersion", "gemini-3-fake")
              .put("responseId", "fake"));
    }

    @Override
    String error(int status, String word) {
      return new JsonObject()
          .put(
              "error",
              new JsonObject().put("code", status).put("message", "as " + word).put("status", word))
          .encode();
    }

    @Override
    String drop() {
      return chunk(new JsonArray().add(new JsonObject().put("text", ".")), null);
    }

    @Override
    String keyHeader() {
      return "x-goog-api-key";
    }

    @Override
    String keyValue(String key) {
      return key;
    }
  }

  /** {@code POST /v1/chat/completions} as Mistral streams it: whole tool calls, usage last. */
  static final class Mistral extends Dialect {
    @Override
    String model() {
      return "mistral:mistral-fake-1";
    }

    @Override
    String basePath() {
      return "/v1";
    }

    @Override
    List<String> text(String text) {
      List<String> all = new ArrayList<>();
      for (String piece : cut(text)) {
        all.add(chunk(new JsonObject().put("content", piece), null));
      }
      all.add(chunk(new JsonObject().put("content", ""), "stop"));
      all.add("data: [DONE]\n\n");
      return all;
    }

    @Override
    List<String> calls(Call... calls) {
      JsonArray made = new JsonArray();
      for (int i = 0; i < calls.length; i++) {
        made.add(new JsonObject()
            .put("id", calls[i].id())
            .put("index", i)
            .put(
                "function",
                new JsonObject()
                    .put("name", calls[i].tool())
                    .put("arguments", calls[i].arguments())));
      }
      List<String> all = new ArrayList<>();
      all.add(chunk(new JsonObject().put("content", "").put("tool_calls", made), "tool_calls"));
      all.add("data: [DONE]\n\n");
      return all;
    }

    private static String chunk(JsonObject delta, @Nullable String reason) {
      JsonObject data = new JsonObject()
          .put("id", "cmpl-fake")
          .put("object", "chat.completion.chunk")
          .put("created", 1_763_800_000)
          .put("model", "mistral-fake-1")
          .put(
              "choices",
              new JsonArray()
                  .add(new JsonObject()
                      .put("index", 0)
                      .put("delta", delta)
                      .put("finish_reason", reason)));
      return event(
          "",
          reason == null
              ? data
              : data.put(
                  "usage",
                  new JsonObject()
                      .put("prompt_tokens", 11)
                      .put("total_tokens", 18)
                      .put("completion_tokens", 7)));
    }

    @Override
    String error(int status, String word) {
      return new JsonObject()
          .put("object", "error")
          .put("message", "as " + word)
          .put("type", word)
          .put("code", "" + status)
          .encode();
    }

    @Override
    String drop() {
      return chunk(new JsonObject().put("content", "."), null);
    }

    @Override
    String keyHeader() {
      return "authorization";
    }

    @Override
    String keyValue(String key) {
      return "Bearer " + key;
    }
  }

  /** {@code POST /api/chat}: a JSON text a line. */
  static final class Ollama extends Dialect {
    @Override
    String model() {
      return "ollama:qwen-fake:1b";
    }

    @Override
    String basePath() {
      return "";
    }

    @Override
    String type() {
      return "application/x-ndjson";
    }

    @Override
    List<String> text(String text) {
      List<String> all = new ArrayList<>();
      for (String piece : cut(text)) {
        all.add(line(new JsonObject().put("content", piece), false));
      }
      all.add(line(new JsonObject().put("content", ""), true));
      return all;
    }

    @Override
    List<String> calls(Call... calls) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < calls.length; i++) {
        all.add(line(
            new JsonObject()
                .put("content", "")
                .put(
                    "tool_calls",
                    new JsonArray()
                        .add(new JsonObject()
                            .put("id", calls[i].id())
                            .put(
                                "function",
                                new JsonObject()
                                    .put("index", i)
                                    .put("name", calls[i].tool())
                                    .put("arguments", new JsonObject(calls[i].arguments()))))),
            false));
      }
      all.add(line(new JsonObject().put("content", ""), true));
      return all;
    }

    private static String line(JsonObject message, boolean done) {
      JsonObject all = new JsonObject()
          .put("model", "qwen-fake:1b")
          .put("created_at", "2026-11-22T08:00:00.123456Z")
          .put("message", message.put("role", "assistant"))
          .put("done", done);
      if (done) {
        all.put("done_reason", "stop")
            .put("total_duration", 181_553_584)
            .put("prompt_eval_count", 11)
            .put("eval_count", 7);
      }
      return all.encode() + "\n";
    }

    @Override
    String error(int status, String word) {
      return new JsonObject().put("error", "as " + word).encode();
    }

    @Override
    String drop() {
      return line(new JsonObject().put("content", "."), false);
    }

    @Override
    String keyHeader() {
      return "authorization";
    }

    @Override
    String keyValue(String key) {
      return "Bearer " + key;
    }
  }
}
