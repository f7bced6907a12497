package dev.agentruntime.provider;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Our messages as LangChain4j's and back. What a model once wrote is sent back in a form that every
 * provider takes: call ids are made unique, short and never empty, in the form that it wants, tool
 * names are reduced to the allowed characters, arguments that are no JSON object become {@code {}}
 * (the tool's answer says what was wrong with them). Owned by: one request.
 */
final class LangChainMessages {

  /** Under this name LangChain4j keeps what a provider wants back. */
  private static final String SIGNATURE = "thinking_signature";

  private static final int ID_CHARS_MAX = 36;

  private final Provider provider;
  private final @Nullable String unsigned;
  private final Set<String> usedIds = new HashSet<>();
  private final Deque<String> open = new ArrayDeque<>();

  private LangChainMessages(Provider provider, String model) {
    this.provider = provider;
    this.unsigned = provider.unsigned(model);
  }

  /** An exchange, oldest first, for this provider's model of that name. */
  static List<ChatMessage> of(List<Message> messages, Provider provider, String model) {
    LangChainMessages mapping = new LangChainMessages(provider, model);
    List<ChatMessage> mapped = new ArrayList<>(messages.size());
    for (Message message : messages) {
      ChatMessage one = mapping.map(message);
      if (one != null) {
        mapped.add(one);
      }
    }
    return mapped;
  }

  private @Nullable ChatMessage map(Message message) {
    if (message instanceof Message.SystemText system) {
      return system.text().isBlank() ? null : SystemMessage.from(system.text());
    }
    if (message instanceof Message.UserText user) {
      return UserMessage.from(user.text());
    }
    if (message instanceof Message.Assistant assistant) {
      return assistant(assistant);
    }
    Message.ToolText tool = (Message.ToolText) message;
    String id = open.isEmpty() ? unique(tool.callId()) : open.remove();
    String text = tool.error() ? "Error: " + tool.text() : tool.text();
    return ToolExecutionResultMessage.from(id, name(tool.tool()), text);
  }

  private ChatMessage assistant(Message.Assistant message) {
    open.clear();
    List<ToolExecutionRequest> calls = new ArrayList<>();
    for (Message.ToolRequest call : message.calls()) {
      String id = unique(call.callId());
      open.add(id);
      calls.add(ToolExecutionRequest.builder()
          .id(id)
          .name(name(call.tool()))
          .arguments(arguments(call.arguments()))
          .build());
    }
    AiMessage.Builder mapped = AiMessage.builder().toolExecutionRequests(calls);
    String signature = message.signature() == null ? unsigned : message.signature();
    if (signature != null && !calls.isEmpty()) {
      mapped.attributes(Map.of(SIGNATURE, signature));
    }
    return (message.text().isEmpty() && !calls.isEmpty() ? mapped : mapped.text(message.text()))
        .build();
  }

  private String unique(String id) {
    String written = id.replaceAll("[^a-zA-Z0-9_-]", "_");
    if (!provider.takesCallId(written)) {
      int n = usedIds.size();
      String counted;
      do {
        counted = String.format(Locale.ROOT, "call%05d", ++n);
      } while (!usedIds.add(counted));
      return counted;
    }
    String base = written.isBlank() || written.length() > ID_CHARS_MAX ? "call" : written;
    String candidate = base;
    for (int n = 2; !usedIds.add(candidate); n++) {
      candidate = base + "-" + n;
    }
    return candidate;
  }

  private static String name(String tool) {
    String name = tool.replaceAll("[^a-zA-Z0-9_-]", "_");
    return name.isEmpty() ? "unnamed" : name.substring(0, Math.min(64, name.length()));
  }

  private static String arguments(String written) {
    try {
      return !written.isBlank() && Json.parse(written).isObject() ? written : "{}";
    } catch (RuntimeFault notJson) {
      return "{}";
    }
  }

  /** What a model answered. */
  static Message.Assistant reply(AiMessage message) {
    List<Message.ToolRequest> calls = new ArrayList<>();
    for (ToolExecutionRequest call : message.toolExecutionRequests()) {
      calls.add(
          new Message.ToolRequest(text(call.id()), text(call.name()), text(call.arguments())));
    }
    return new Message.Assistant(
        text(message.text()), calls, message.attribute(SIGNATURE, String.class));
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
