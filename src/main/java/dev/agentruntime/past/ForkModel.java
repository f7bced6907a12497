package dev.agentruntime.past;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.llm.ChatClient;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * The model of a what-if copy: what its calls use is charged to today's budget of the original, for
 * it is paid like any other. Owned by: the process's context.
 */
final class ForkModel implements ChatClient {

  private static final String WHY = "fork";

  private final ChatClient model;
  private final BudgetDesk budget;

  ForkModel(ChatClient model, BudgetDesk budget) {
    this.model = model;
    this.budget = budget;
  }

  /** Asks when the most that it may use is charged, and durable. */
  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    if (model.insideJvm()) {
      return model.chat(request, cancel);
    }
    Message.Usage most = model.most(request, null);
    String day = budget.today();
    return budget.reserve(WHY, null, most).compose(enough -> {
      if (!enough) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.BUDGET_EXCEEDED,
            "the fork may not ask its model: too little is left of the day's budget"));
      }
      if (cancel.isCancelled()) {
        return Future.failedFuture(new RuntimeFault(ErrorCode.CANCELLED, "the fork was ended"));
      }
      return model
          .chat(request, cancel)
          .onSuccess(reply -> settle(budget.settle(WHY, day, most, reply.usage())));
    });
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  private static void settle(Future<Void> durable) {
    durable.onFailure(cause -> System.getLogger(ForkModel.class.getName())
        .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
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
