package dev.agentruntime.live;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.policy.BudgetLimit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What calls that are no steps of a run, such as a judge's, hold of a budget while they are made.
 * It is charged already, and a part of it may come back: who has none of the budget waits for that.
 * After a crash nothing is held, and what was charged stays. Owned by: the process's context.
 */
public final class Reserves {

  private final List<Held> open = new ArrayList<>();
  private Runnable ended = () -> {};

  /** What one call may use at most. Compared by identity. */
  public static final class Held {
    private final @Nullable InvocationId run;
    private final Message.Usage most;

    private Held(@Nullable InvocationId run, Message.Usage most) {
      this.run = run;
      this.most = most;
    }
  }

  /** From now on told when less is held. */
  public void onEnded(Runnable told) {
    ended = told;
  }

  /**
   * Holds it until it is ended.
   *
   * @param run which run pays for it too, null = only the day
   */
  public Held hold(@Nullable InvocationId run, Message.Usage most) {
    Held held = new Held(run, most);
    open.add(held);
    return held;
  }

  /** Nothing of it will come back any more; one that has ended already changes nothing. */
  public void end(Held held) {
    if (open.remove(held)) {
      ended.run();
    }
  }

  /** Nothing is held any more, and nobody is told. */
  public void clear() {
    open.clear();
  }

  /**
   * What is held of a limit, 0 for one that is not of a model.
   *
   * @param run whose, for a limit per run
   */
  public long of(BudgetLimit limit, @Nullable InvocationId run) {
    long all = 0;
    for (Held held : open) {
      if (!limit.perRun() || (run != null && run.equals(held.run))) {
        all += amount(limit, held.most);
      }
    }
    return all;
  }

  private static long amount(BudgetLimit limit, Message.Usage most) {
    return switch (limit) {
      case TOKENS_RUN, TOKENS_DAY -> most.input() + most.output();
      case MONEY_RUN, MONEY_DAY -> most.cost() == null ? 0 : most.cost();
      default -> 0;
    };
  }
}
