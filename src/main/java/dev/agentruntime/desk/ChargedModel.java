package dev.agentruntime.desk;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.llm.Spending;
import io.vertx.core.Future;

/**
 * A model that is asked beside the runs of a process, such as by its judge. The most that a call
 * may use is charged to the day, durable before it is made, and settled by its reply; an answer
 * that was lost, and a call that was cancelled, stay charged. Owned by: the process's context.
 */
public final class ChargedModel {

  /** Nobody says what was used. */
  private static final Message.Usage UNKNOWN = new Message.Usage(0, 0);

  private final BudgetDesk budget;
  private final String why;
  private final String refusal;

  /**
   * Charged to this budget.
   *
   * @param why as in {@code budget_charge}
   * @param refusal what is said when too little is left
   */
  public ChargedModel(BudgetDesk budget, String why, String refusal) {
    this.budget = budget;
    this.why = why;
    this.refusal = refusal;
  }

  /** Asks once; fails with BUDGET_EXCEEDED when too little is left of the day. */
  public Future<ChatReply> chat(ChatClient model, ChatRequest request, CancelSignal cancel) {
    return reserved(model.most(request, null)).compose(first -> {
      if (cancel.isCancelled()) {
        first.settle(Message.Usage.NONE);
        return Future.failedFuture(
            new RuntimeFault(ErrorCode.CANCELLED, "nobody waits for it any more"));
      }
      Attempts attempts = new Attempts(model.most(request, null), first);
      return model
          .chat(request.countedBy(attempts), cancel)
          .onSuccess(reply -> attempts.charge.settle(reply.usage()))
          .onFailure(cause -> attempts.charge.settle(
              attempts.lost || cancel.isCancelled() ? UNKNOWN : Message.Usage.NONE));
    });
  }

  private Future<BudgetDesk.Charge> reserved(Message.Usage most) {
    return budget.reserve(why, null, most, refusal);
  }

  /** Attempts within one call: one after an answer that was lost is charged like another call. */
  private final class Attempts implements Spending {
    private final Message.Usage most;
    private BudgetDesk.Charge charge;
    private boolean lost;

    Attempts(Message.Usage most, BudgetDesk.Charge first) {
      this.most = most;
      this.charge = first;
    }

    @Override
    public void lost() {
      lost = true;
    }

    @Override
    public Future<Void> again() {
      if (!lost) {
        return Future.succeededFuture();
      }
      return reserved(most).map(next -> {
        charge.settle(UNKNOWN);
        charge = next;
        lost = false;
        return null;
      });
    }
  }
}
