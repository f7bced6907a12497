package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

final class MistralTest extends ProviderContract {

  MistralTest() {
    super(new Dialect.Mistral());
  }

  @Test
  void theExchangeAndTheToolsAreSent() {
    JsonObject body = sent();
    assertEquals("/v1/chat/completions", fake.seen().get(0).path());
    assertEquals("mistral-fake-1", body.getString("model"));
    assertTrue(body.getBoolean("stream"));
    JsonArray messages = body.getJsonArray("messages");
    JsonArray calls = messages.getJsonObject(2).getJsonArray("tool_calls");
    for (int i = 0; i < 2; i++) {
      String id = calls.getJsonObject(i).getString("id");
      assertTrue(id.matches("[a-zA-Z0-9]{9}"), id);
      assertEquals(id, messages.getJsonObject(3 + i).getString("tool_call_id"));
    }
    assertEquals(
        "Error: unknown tool",
        messages.getJsonObject(4).getJsonArray("content").getJsonObject(0).getString("text"));
    JsonObject properties = body.getJsonArray("tools")
        .getJsonObject(0)
        .getJsonObject("function")
        .getJsonObject("parameters")
        .getJsonObject("properties");
    assertEquals(
        "number", properties.getJsonObject("list").getJsonObject("items").getString("type"));
  }
}
