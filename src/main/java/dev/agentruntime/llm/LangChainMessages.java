package dev.agentruntime.llm;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Our messages as LangChain4j's and back. What a model once wrote is sent back in a form that every
 * provider takes: call ids are made unique and never empty, tool names are reduced to the allowed
 * characters, arguments that are no JSON object become {@code {}} (the tool's answer says what was
 * wrong with them). Owned by: one request.
 */
final class LangChainMessages {

  private final Set<String> usedIds = new HashSet<>();
  private final Deque<String> open = new ArrayDeque<>();

  private LangChainMessages() {}

  /** An exchange, oldest first. */
  static List<ChatMessage> of(List<Message> messages) {
    LangChainMessages mapping = new LangChainMessages();
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
    return (message.text().isEmpty() && !calls.isEmpty() ? mapped : mapped.text(message.text()))
        .build();
  }

  private String unique(String id) {
    String candidate = id.isBlank() ? "call" : id;
    for (int n = 2; !usedIds.add(candidate); n++) {
      candidate = (id.isBlank() ? "call" : id) + "-" + n;
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

  /**
   * Tools. The outermost level of the parameters is taken apart, since LangChain4j wants an object
   * there; each property goes through as it is. Of the outermost level {@code properties, required,
   * $defs} and {@code description} are kept, other keywords are not sent.
   */
  static List<ToolSpecification> tools(List<ToolDefinition> tools) {
    List<ToolSpecification> mapped = new ArrayList<>(tools.size());
    for (ToolDefinition tool : tools) {
      mapped.add(ToolSpecification.builder()
          .name(tool.name())
          .description(tool.description())
          .parameters(parameters(tool.parameters().object()))
          .build());
    }
    return mapped;
  }

  private static JsonObjectSchema parameters(Map<String, @Nullable Object> schema) {
    List<String> required = new ArrayList<>();
    if (schema.get("required") instanceof List<?> names) {
      names.forEach(name -> required.add(String.valueOf(name)));
    }
    JsonObjectSchema.Builder builder = JsonObjectSchema.builder()
        .addProperties(raw(schema.get("properties")))
        .required(required)
        .definitions(raw(schema.get("$defs")));
    if (schema.get("description") instanceof String description) {
      builder.description(description);
    }
    return builder.build();
  }

  private static Map<String, JsonSchemaElement> raw(@Nullable Object schemas) {
    Map<String, JsonSchemaElement> mapped = new LinkedHashMap<>();
    if (schemas instanceof Map<?, ?> map) {
      // A schema may also be true, which allows anything, as {} does.
      map.forEach((name, schema) -> mapped.put(
          String.valueOf(name),
          JsonRawSchema.from(schema instanceof Map ? Json.of(schema).toString() : "{}")));
    }
    return mapped;
  }

  /** What a model answered. */
  static Message.Assistant reply(AiMessage message) {
    List<Message.ToolRequest> calls = new ArrayList<>();
    for (ToolExecutionRequest call : message.toolExecutionRequests()) {
      calls.add(
          new Message.ToolRequest(text(call.id()), text(call.name()), text(call.arguments())));
    }
    return new Message.Assistant(text(message.text()), calls);
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** What it cost; a provider that says nothing, or nonsense, counts as nothing. */
  static Message.Usage usage(@Nullable TokenUsage usage) {
    return usage == null
        ? Message.Usage.NONE
        : new Message.Usage(tokens(usage.inputTokenCount()), tokens(usage.outputTokenCount()));
  }

  private static long tokens(@Nullable Integer count) {
    return count == null ? 0 : Math.max(0, count);
  }
}
