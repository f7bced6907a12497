package dev.agentruntime.llm;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import io.vertx.core.Future;
import java.util.List;

/**
 * The model {@code echo}: answers with the trigger's payload, at once. A payload that is a text is
 * answered as it is, any other as JSON. Safe on every thread.
 */
public final class EchoChat implements ChatClient {

  /** An echo. */
  public EchoChat() {}

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    return Future.succeededFuture(new ChatReply(
        new Message.Assistant(text(request.event().payload()), List.of()), Message.Usage.NONE));
  }

  private static String text(Json payload) {
    String written = payload.toString();
    boolean words =
        written.startsWith("\"") && payload.value() instanceof String text && !text.isBlank();
    return words ? String.valueOf(payload.value()) : written;
  }

  @Override
  public boolean insideJvm() {
    return true;
  }
}
