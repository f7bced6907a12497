package dev.agentruntime.llm;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Requests for tests. */
public final class Samples {

  public static final InvocationId RUN = new InvocationId("01K0000000000000000000000A");

  private Samples() {}

  public static TriggerEvent event(String payload) {
    return new TriggerEvent(
        "01K0000000000000000000000E",
        "push",
        "webhook",
        Instant.parse("2026-11-22T08:00:00Z"),
        Json.parse(payload),
        Json.EMPTY,
        null,
        false);
  }

  /** A request of the turn that follows {@code since}. */
  public static ChatRequest request(String payload, Message... since) {
    List<Message> messages = new ArrayList<>();
    messages.add(new Message.SystemText("Be brief."));
    messages.add(new Message.UserText("the event"));
    messages.addAll(List.of(since));
    int turn = 1;
    for (Message message : since) {
      turn += message instanceof Message.Assistant ? 1 : 0;
    }
    return new ChatRequest(messages, List.of(), turn, RUN, event(payload));
  }

  public static Message.Assistant says(String text) {
    return new Message.Assistant(text, List.of());
  }

  public static Message.Assistant calls(String tool) {
    return new Message.Assistant("", List.of(new Message.ToolRequest("c", tool, "{}")));
  }

  public static Message.ToolText answered(String tool) {
    return new Message.ToolText("c", tool, "done", false);
  }
}
