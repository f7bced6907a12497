package dev.agentruntime.codec;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import java.io.IOException;
import java.util.List;

/** What was said, as {@code conversation?:[{role:user|assistant, text}]} of an entry. */
final class SaidLines {

  private SaidLines() {}

  static void write(JsonGenerator json, List<Message> messages) throws IOException {
    if (messages.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart("conversation");
    for (Message message : messages) {
      if (message instanceof Message.UserText user) {
        said(json, "user", user.text());
      } else if (message instanceof Message.Assistant reply && reply.calls().isEmpty()) {
        said(json, "assistant", reply.text());
      } else {
        throw new IllegalArgumentException("no format for a conversation with " + message);
      }
    }
    json.writeEndArray();
  }

  private static void said(JsonGenerator json, String role, String text) throws IOException {
    json.writeStartObject();
    json.writeFieldName("role");
    Json.writeString(json, role);
    json.writeFieldName("text");
    Json.writeString(json, text);
    json.writeEndObject();
  }

  static List<Message> read(Fields d) {
    return d.objects("conversation").stream().map(SaidLines::said).toList();
  }

  private static Message said(Fields d) {
    return switch (d.text("role")) {
      case "user" -> new Message.UserText(d.text("text"));
      case "assistant" -> new Message.Assistant(d.text("text"), List.of());
      default ->
        throw EntryCodec.corrupt(
            "role " + Json.quote(d.text("role")) + ", expected=user or assistant");
    };
  }
}
