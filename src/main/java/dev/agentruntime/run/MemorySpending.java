package dev.agentruntime.run;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.llm.EmbeddingSpending;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Charges what a memory asks an embedding model to a budget: to a run and its day, or to the day
 * alone. Owned by: the process's context.
 *
 * @param run null = of no run
 */
record MemorySpending(BudgetDesk budget, @Nullable InvocationId run) implements EmbeddingSpending {

  private static final String WHY = "memory";

  @Override
  public Future<Consumer<Message.Usage>> reserve(Message.Usage most) {
    String day = budget.today();
    return budget
        .reserve(WHY, run, most)
        .compose(enough -> enough
            ? Future.succeededFuture(used -> settle(day, most, used))
            : Future.failedFuture(refusal(most)));
  }

  private static RuntimeFault refusal(Message.Usage most) {
    return new RuntimeFault(
        ErrorCode.BUDGET_EXCEEDED,
        "the text was not given to the embedding model: too little is left of the budget"
            + (most.cost() != null
                ? ""
                : ", or it bounds money and nobody said what the model costs; expected its price"
                    + " under models.PROVIDER.prices in the settings"));
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  private void settle(String day, Message.Usage most, Message.Usage used) {
    budget
        .settle(WHY, day, run, most, used)
        .onFailure(cause -> System.getLogger(MemorySpending.class.getName())
            .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }
}
