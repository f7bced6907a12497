package dev.agentruntime.llm;

import dev.agentruntime.core.Message;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The most tokens that a question comes to. No tokenizer in use makes more tokens than there are
 * bytes; of a question that goes on from one whose tokens are known, only what came since is
 * counted so.
 */
public final class RequestBound {

  /** Longest reply that is assumed where neither settings nor provider bound it, in tokens. */
  public static final int OUTPUT_USUAL = 16_384;

  /** What a provider puts around a message or a tool. */
  private static final int AROUND = 64;

  private RequestBound() {}

  /**
   * Counts.
   *
   * @param before what the question before it in this exchange used, null when there was none
   */
  public static long input(ChatRequest request, Message.@Nullable Usage before) {
    List<Message> messages = request.messages();
    int from = 0;
    long tokens = 0;
    if (before != null && before.input() > 0) {
      from = lastReply(messages) + 1;
      tokens = before.input() + before.output() + AROUND;
    }
    if (from == 0) {
      for (ToolDefinition tool : request.tools()) {
        tokens += AROUND
            + bytes(tool.name())
            + bytes(tool.description())
            + bytes(tool.parameters().toString());
      }
      tokens = tokens + AROUND;
    }
    for (Message message : messages.subList(from, messages.size())) {
      tokens += AROUND + bytes(message);
    }
    return tokens;
  }

  /** Where the newest reply stands, -1 when there is none. */
  private static int lastReply(List<Message> messages) {
    int at = messages.size() - 1;
    while (at >= 0 && !(messages.get(at) instanceof Message.Assistant)) {
      at--;
    }
    return at;
  }

  private static long bytes(Message message) {
    if (message instanceof Message.SystemText system) {
      return bytes(system.text());
    } else if (message instanceof Message.UserText user) {
      return bytes(user.text());
    } else if (message instanceof Message.ToolText tool) {
      return bytes(tool.text()) + bytes(tool.tool());
    } else if (message instanceof Message.Assistant said) {
      long all = bytes(said.text());
      for (Message.ToolRequest call : said.calls()) {
        all += AROUND + bytes(call.tool()) + bytes(call.arguments());
      }
      return all;
    }
    return 0;
  }

  /** As UTF-8. */
  private static long bytes(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Half a pair is two of its four bytes.
      bytes += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
    }
    return bytes;
  }
}
