package dev.agentruntime.past;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.Message;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.desk.ChargedModel;
import dev.agentruntime.llm.ChatClient;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * The model of a what-if copy: what its calls use is charged to today's budget of the original, for
 * it is paid like any other. Owned by: the process's context.
 */
final class ForkModel implements ChatClient {

  private final ChatClient model;
  private final ChargedModel charged;

  ForkModel(ChatClient model, BudgetDesk budget) {
    this.model = model;
    this.charged = new ChargedModel(
        budget, "fork", "the fork may not ask its model: too little is left of the day's budget");
  }

  /** Asks when the most that it may use is charged, and durable. */
  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    return model.insideJvm() ? model.chat(request, cancel) : charged.chat(model, request, cancel);
  }

  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    return model.most(request, before);
  }

  @Override
  public boolean insideJvm() {
    return model.insideJvm();
  }
}
