package dev.agentruntime.llm;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.Message;
import io.vertx.core.Future;
import java.util.List;

/** The model {@code echo}: answers with the trigger's payload, at once. Safe on every thread. */
public final class EchoChat implements ChatClient {

  /** An echo. */
  public EchoChat() {}

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    return Future.succeededFuture(new ChatReply(
        new Message.Assistant(request.event().payload().toString(), List.of()),
        Message.Usage.NONE));
  }

  @Override
  public boolean insideJvm() {
    return true;
  }
}
