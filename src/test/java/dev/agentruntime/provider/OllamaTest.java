package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OllamaTest extends ProviderContract {

  OllamaTest() {
    super(new Dialect.Ollama());
  }

  @Test
  void theExchangeAndTheToolsAreSent() {
    JsonObject body = sent();
    assertEquals("/api/chat", fake.seen().get(0).path());
    assertEquals("qwen-fake:1b", body.getString("model"));
    assertTrue(body.getBoolean("stream"));
    JsonArray messages = body.getJsonArray("messages");
    assertEquals("system", messages.getJsonObject(0).getString("role"));
    JsonObject call = messages.getJsonObject(2).getJsonArray("tool_calls").getJsonObject(0);
    assertEquals("pay", call.getJsonObject("function").getString("name"));
    assertEquals(
        new JsonObject().put("to", "A"), call.getJsonObject("function").getJsonObject("arguments"));
    assertEquals("tool", messages.getJsonObject(4).getString("role"));
    assertEquals("Error: unknown tool", messages.getJsonObject(4).getString("content"));
  }

  @Test
  void anErrorInTheStreamIsTold() {
    fake.answer(FakeProvider.stream(
        dialect.type(),
        List.of(dialect.text("Half").get(0), "{\"error\":\"model runner has stopped\"}\n")));
    Failure failure = failure(once());
    assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code());
    assertTrue(failure.message().contains("model runner has stopped"), failure.message());
  }
}
