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
    Message.Usage most = model.most(request, null);
    String day = budget.today();
    return reserved(most)
        .compose(enough -> {
          if (cancel.isCancelled()) {
            settled(budget.settle(why, day, null, most, Message.Usage.NONE));
            return Future.failedFuture(
                new RuntimeFault(ErrorCode.CANCELLED, "nobody waits for it any more"));
          }
          Attempts attempts = new Attempts(most);
          return model.chat(request.countedBy(attempts), cancel).onFailure(cause -> {
            if (!attempts.lost && !cancel.isCancelled()) {
              settled(budget.settle(why, day, null, most, Message.Usage.NONE));
            }
          });
        })
        .onSuccess(reply -> settled(budget.settle(why, day, null, most, reply.usage())));
  }

  private Future<Void> reserved(Message.Usage most) {
    return budget
        .reserve(why, null, most)
        .compose(enough -> enough
            ? Future.succeededFuture()
            : Future.failedFuture(new RuntimeFault(ErrorCode.BUDGET_EXCEEDED, refusal)));
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  private static void settled(Future<Void> durable) {
    durable.onFailure(cause -> System.getLogger(ChargedModel.class.getName())
        .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }

  /** Attempts within one call: one after an answer that was lost is charged like another call. */
  private final class Attempts implements Spending {
    private final Message.Usage most;
    private boolean lost;

    Attempts(Message.Usage most) {
      this.most = most;
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
      return reserved(most).onSuccess(done -> lost = false);
    }
  }
}
