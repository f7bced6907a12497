package dev.agentruntime.run;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
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
    return budget.reserve(WHY, run, most, refusal(most)).map(charge -> charge::settle);
  }

  private static String refusal(Message.Usage most) {
    return "the text was not given to the embedding model: too little is left of the budget"
        + (most.cost() != null
            ? ""
            : ", or it bounds money and nobody said what the model costs; expected its price"
                + " under models.PROVIDER.prices in the settings");
  }
}
