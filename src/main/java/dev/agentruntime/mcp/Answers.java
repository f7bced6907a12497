package dev.agentruntime.mcp;

import dev.agentruntime.core.Json;
import dev.agentruntime.tool.Tool;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.List;

/** A server's answer as text for a model. What is no text is named, not shown. */
final class Answers {

  private Answers() {}

  static Tool.Reply reply(McpSchema.CallToolResult result) {
    List<String> parts = new ArrayList<>();
    if (result.content() != null) {
      result.content().forEach(content -> parts.add(text(content)));
    }
    if (parts.isEmpty() && result.structuredContent() != null) {
      parts.add(Json.of(result.structuredContent()).toString());
    }
    String text = String.join("\n", parts);
    return Boolean.TRUE.equals(result.isError()) ? Tool.Reply.error(text) : Tool.Reply.ok(text);
  }

  private static String text(McpSchema.Content content) {
    if (content instanceof McpSchema.TextContent text) {
      return String.valueOf(text.text());
    }
    if (content instanceof McpSchema.ImageContent image) {
      return "[an image, " + image.mimeType() + ", is not shown]";
    }
    if (content instanceof McpSchema.AudioContent audio) {
      return "[a sound, " + audio.mimeType() + ", is not played]";
    }
    if (content instanceof McpSchema.ResourceLink link) {
      return "[a resource: " + link.uri() + "]";
    }
    if (content instanceof McpSchema.EmbeddedResource embedded) {
      return embedded.resource() instanceof McpSchema.TextResourceContents text
          ? String.valueOf(text.text())
          : "[a resource that is no text: " + embedded.resource().uri() + "]";
    }
    return "[content of another kind is not shown]";
  }
}
