package dev.agentruntime.desk;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.BudgetDay;
import dev.agentruntime.governance.BudgetView;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.live.Reserves;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may do with the budget of a process, and how a call of a model that is no step
 * of a run, such as a judge's, is counted. Owned by: the process's context.
 */
public final class BudgetDesk {

  private static final List<BudgetLimit> OF_DAY =
      List.of(BudgetLimit.TOKENS_DAY, BudgetLimit.MONEY_DAY);
  private static final List<BudgetLimit> OF_RUN = List.of(
      BudgetLimit.TOKENS_RUN, BudgetLimit.MONEY_RUN, BudgetLimit.TOKENS_DAY, BudgetLimit.MONEY_DAY);

  /** Nobody waits longer for what a call gives back; it still may. */
  private static final Duration HELD_MAX = Duration.ofMinutes(15);

  private final ProcessLog log;
  private final Timers timers;
  private final BudgetGrants grants;

  /** Of one process. */
  public BudgetDesk(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.timers = deps.timers();
    this.grants = new BudgetGrants(log, deps);
  }

  private BudgetConfig config() {
    ProcessImage.Deployment deployment = log.image().deployment();
    return deployment == null
        ? BudgetConfig.OFF
        : deployment.config().governance().budget();
  }

  private Purse purse() {
    return log.image().governance().budget();
  }

  /** The budget and what is left of it, as {@link BudgetView#of}. */
  public Future<Json> show() {
    Json view = Json.of(BudgetView.of(purse(), config(), timers.now()));
    return log.durable().map(view);
  }

  /**
   * Adds to today's limits; the next day begins without it.
   *
   * @param amounts what is added, by limit, each above 0
   * @return {@link #show}; fails with INVALID_CONFIG when there is no budget, or a limit is none of
   *     a day or not bounded, and with LIMIT_EXCEEDED when the sum could not be counted
   */
  public Future<Json> grant(Map<BudgetLimit, Long> amounts, String by) {
    return grants.add(amounts, by).compose(done -> show());
  }

  /** The id of the day that is charged now. */
  public String today() {
    return BudgetDay.id(purse().day(timers.now(), config()));
  }

  /**
   * Gives a part of what is left of today's budget to another process of this node: gone from here
   * when it is durable, and added there once, however often either ends in between.
   *
   * @param amounts what is given, by limit, each above 0
   * @return {@link #show}; fails with INVALID_CONFIG when there is no such limit here, and with
   *     BUDGET_EXCEEDED when there is not so much left
   */
  public Future<Json> give(ProcessName to, Map<BudgetLimit, Long> amounts) {
    return grants.give(to, amounts).compose(done -> show());
  }

  /**
   * A grant that an agent makes out of its own budget: it is said when its run commits, and is gone
   * with the entry that holds it.
   *
   * @param amounts what is given, by limit, each above 0
   * @param underWay what is used up by calls that have no entry yet, by limit
   * @throws RuntimeFault INVALID_REQUEST when it may not give to that process, or there is none;
   *     INVALID_CONFIG when there is no such limit here; BUDGET_EXCEEDED when there is not so much
   *     left
   */
  public Emission lend(
      ProcessName to, Map<BudgetLimit, Long> amounts, Map<BudgetLimit, Long> underWay) {
    return grants.lend(to, amounts, underWay);
  }

  /**
   * Takes what another process gave, or refuses it; which of the two is decided once.
   *
   * @param item its outbox item; a second copy changes nothing and has the same answer
   * @return when the decision is durable; fails with FORBIDDEN when it is refused
   */
  public Future<Void> receive(String item, String from, Emission grant) {
    return grants.receive(item, from, grant);
  }

  /**
   * Adds what was given and refused to the budget again, unless its day is over, or it has come
   * back already.
   */
  public void takeBack(Outbox.Item item, Due receiver, String why) {
    grants.takeBack(item, receiver, why);
  }

  /** Fails when these cannot be added to the limits of today. */
  public Future<Json> check(Map<BudgetLimit, Long> amounts) {
    return Future.succeededFuture(Json.of(grants.grantable(amounts)));
  }

  /**
   * Charges the most that a call may use which is no step of a run, before it is made. Without a
   * budget nothing is written.
   *
   * @param why such as {@code judge}
   * @param run which open run pays for it too, null = only the day
   * @param refusal what is said when there is not so much left
   * @return durable when it succeeds; fails with BUDGET_EXCEEDED when there is not so much left:
   *     nothing was charged, and the call is not to be made
   */
  public Future<Charge> reserve(
      String why, @Nullable InvocationId run, Message.Usage most, String refusal) {
    BudgetConfig config = config();
    if (!config.enabled()) {
      return Future.succeededFuture(new Charge(why, today(), run, Message.Usage.NONE, () -> {}));
    }
    Instant now = timers.now();
    for (BudgetLimit limit : run == null ? OF_DAY : OF_RUN) {
      long left = purse().left(limit, run, now, config);
      Long wanted = limit.billionths() ? most.cost() : (Long) (most.input() + most.output());
      if (left != Purse.UNBOUNDED && (wanted == null || wanted > left)) {
        return Future.failedFuture(new RuntimeFault(ErrorCode.BUDGET_EXCEEDED, refusal));
      }
    }
    Reserves.Held held = log.reserves().hold(run, most);
    Timers.Armed patience = timers.after(HELD_MAX, () -> log.reserves().end(held));
    Charge charge = new Charge(why, today(), run, most, () -> {
      patience.cancel();
      log.reserves().end(held);
    });
    return charge
        .write(most.input() + most.output(), most.cost())
        .onFailure(cause -> charge.over.run())
        .map(charge);
  }

  /** What {@link #reserve} charged, for one call that is made then. */
  public final class Charge {

    private final String why;
    private final String day;
    private final @Nullable InvocationId run;
    private final Message.Usage most;
    private final Runnable over;
    private boolean settled;

    private Charge(
        String why, String day, @Nullable InvocationId run, Message.Usage most, Runnable over) {
      this.why = why;
      this.day = day;
      this.run = run;
      this.most = most;
      this.over = over;
    }

    /**
     * The call has ended: what it did use, tokens 0 and no cost when nobody says so, and all that
     * was charged stays charged. To be said of every charge; the first time counts.
     */
    public void settle(Message.Usage used) {
      if (settled) {
        return;
      }
      settled = true;
      long tokens = used.input() + used.output();
      if ((tokens != 0 || used.cost() != null) && config().enabled()) {
        Long cost =
            used.cost() == null || most.cost() == null ? null : (Long) (used.cost() - most.cost());
        // Not waited for: a failed append breaks the log, which tells the process by itself.
        write(tokens - most.input() - most.output(), cost)
            .onFailure(cause -> System.getLogger(BudgetDesk.class.getName())
                .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
      }
      over.run();
    }

    private Future<Void> write(long tokens, @Nullable Long money) {
      Map<String, Long> amounts = new TreeMap<>();
      amounts.put(BudgetLimit.TOKENS_DAY.measure(), tokens);
      if (money != null) {
        amounts.put(BudgetLimit.MONEY_DAY.measure(), money);
      }
      return log.write(new BudgetEntry.BudgetCharge(why, day, run, null, amounts));
    }
  }
}
