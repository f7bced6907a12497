package dev.agentruntime.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestBoundTest {

  private static final ToolDefinition TOOL = new ToolDefinition(
      "look", "Looks.", Json.parse("{\"type\":\"object\"}"), ToolDefinition.Policy.READ_ONLY);

  private static ChatRequest request(List<Message> messages, List<ToolDefinition> tools) {
    TriggerEvent event =
        new TriggerEvent("e", "t", "manual", Instant.EPOCH, Json.EMPTY, Json.EMPTY, null, false);
    return new ChatRequest(messages, tools, 1, new InvocationId("i"), event);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "grüße", "漢字かな", "🙂🙂", "\ud800 alone", "a\u0000b"})
  void isAtLeastTheBytesOfTheText(String text) {
    long bound = RequestBound.input(request(List.of(new Message.UserText(text)), List.of()), null);
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    assertTrue(bound >= bytes, bound + " for " + bytes);
    assertTrue(bound <= bytes + 200, bound + " for " + bytes);
  }

  @Test
  void countsToolsAndEveryKindOfMessage() {
    List<Message> all = List.of(
        new Message.SystemText("s".repeat(1_000)),
        new Message.UserText("u".repeat(1_000)),
        new Message.Assistant(
            "a".repeat(1_000), List.of(new Message.ToolRequest("c", "look", "x".repeat(1_000)))),
        new Message.ToolText("c", "look", "t".repeat(1_000), false));
    long without = RequestBound.input(request(all, List.of()), null);
    assertTrue(without >= 5_000, "" + without);
    assertTrue(RequestBound.input(request(all, List.of(TOOL)), null) > without);
  }

  @Test
  void countsOnlyWhatIsNewSinceAKnownQuestion() {
    List<Message> all = new ArrayList<>(List.of(
        new Message.SystemText("s".repeat(100_000)),
        new Message.UserText("u"),
        new Message.Assistant("a", List.of(new Message.ToolRequest("c", "look", "{}"))),
        new Message.ToolText("c", "look", "t".repeat(500), false)));
    Message.Usage before = new Message.Usage(20_000, 30);
    long bound = RequestBound.input(request(all, List.of(TOOL)), before);
    assertTrue(bound >= 20_530 && bound < 20_800, "" + bound);
    assertTrue(
        RequestBound.input(request(all, List.of(TOOL)), new Message.Usage(0, 0)) > 100_000,
        "a provider that does not say what it counted");
  }

  @Test
  void anEchoUsesNothing() {
    assertEquals(Message.Usage.NONE, new EchoChat().most(request(List.of(), List.of()), null));
  }
}
