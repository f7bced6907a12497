package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.Samples;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AnthropicTest extends ProviderContract {

  AnthropicTest() {
    super(new Dialect.Anthropic());
  }

  @Test
  void theExchangeAndTheToolsAreSent() {
    JsonObject body = sent();
    assertEquals("/v1/messages", fake.seen().get(0).path());
    assertEquals("2023-06-01", fake.seen().get(0).headers().get("anthropic-version"));
    assertEquals("claude-fake-1", body.getString("model"));
    assertEquals(8_192, body.getInteger("max_tokens"));
    assertTrue(body.getBoolean("stream"));
    assertEquals("Be brief.", body.getJsonArray("system").getJsonObject(0).getString("text"));
    JsonArray messages = body.getJsonArray("messages");
    assertEquals("assistant", messages.getJsonObject(1).getString("role"));
    JsonObject second = messages.getJsonObject(1).getJsonArray("content").getJsonObject(2);
    assertEquals("p_y", second.getString("name"));
    assertEquals(new JsonObject(), second.getJsonObject("input"));
    JsonArray results = messages.getJsonObject(2).getJsonArray("content");
    assertEquals(second.getString("id"), results.getJsonObject(1).getString("tool_use_id"));
    JsonObject schema = body.getJsonArray("tools").getJsonObject(0).getJsonObject("input_schema");
    assertEquals(
        "#/$defs/n",
        schema
            .getJsonObject("properties")
            .getJsonObject("list")
            .getJsonObject("items")
            .getString("$ref"));
    assertEquals("number", schema.getJsonObject("$defs").getJsonObject("n").getString("type"));
  }

  @Test
  void whatTheCacheGaveIsCounted() {
    fake.answer(dialect.says("x"));
    ChatReply reply = ask(Samples.request("{}"));
    assertEquals(11, reply.usage().input());
    assertEquals(4, reply.usage().cached());
  }

  @ParameterizedTest
  @CsvSource({
    "overloaded_error, MODEL_UNAVAILABLE",
    "api_error, MODEL_UNAVAILABLE",
    "timeout_error, MODEL_TIMEOUT",
    "authentication_error, MODEL_UNAUTHORIZED",
    "not_found_error, MODEL_NOT_FOUND",
    "billing_error, MODEL_QUOTA_EXHAUSTED",
    "invalid_request_error, MODEL_REFUSED",
  })
  void anErrorInTheStreamIsTold(String type, ErrorCode expected) {
    List<String> pieces = new ArrayList<>(dialect.text("Half of it").subList(0, 4));
    pieces.add(Dialect.event("error", new JsonObject(dialect.error(0, type))));
    fake.answer(FakeProvider.stream(dialect.type(), pieces));
    Failure failure = failure(once());
    assertEquals(expected, failure.code());
    assertTrue(failure.message().contains("as " + type), failure.message());
  }

  @Test
  void onlyThoughtsAreAnEmptyReply() {
    List<String> pieces = new ArrayList<>(dialect.text("x").subList(0, 1));
    pieces.add(Dialect.event(
        "content_block_start",
        new JsonObject("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
            + "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}")));
    pieces.add(Dialect.event(
        "content_block_delta",
        new JsonObject("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
            + "{\"type\":\"thinking_delta\",\"thinking\":\"Hm.\"}}")));
    fake.answer(FakeProvider.stream(dialect.type(), Dialect.Anthropic.end(pieces, "end_turn")));
    assertEquals(Samples.says(""), ask(Samples.request("{}")).message());
  }

  @Test
  void aRefusalIsNoEmptyReply() {
    fake.answer(FakeProvider.stream(
        dialect.type(),
        Dialect.Anthropic.end(new ArrayList<>(dialect.text("x").subList(0, 1)), "refusal")));
    assertEquals(ErrorCode.MODEL_REFUSED, failure(once()).code());
  }

  @Test
  void anEmptyAccountIsNoBadRequest() {
    fake.answer(FakeProvider.status(
        400, "{\"error\":{\"message\":\"Your credit balance is too low to use the API\"}}"));
    assertEquals(ErrorCode.MODEL_QUOTA_EXHAUSTED, failure(once()).code());
  }
}
