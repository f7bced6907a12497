package dev.agentruntime.oversight;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.BudgetDay;
import dev.agentruntime.governance.BudgetView;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may do with the budget of a process, and how a call of a model that is no step
 * of a run, such as a judge's, is counted. Owned by: the process's context.
 */
public final class BudgetDesk {

  private final ProcessLog log;
  private final Timers timers;

  BudgetDesk(ProcessLog log, Timers timers) {
    this.log = log;
    this.timers = timers;
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
   *     a day or not bounded
   */
  public Future<Json> grant(Map<BudgetLimit, Long> amounts, String by) {
    Instant now = timers.now();
    Map<String, Long> named = new TreeMap<>();
    for (Map.Entry<BudgetLimit, Long> amount : amounts.entrySet()) {
      BudgetLimit limit = amount.getKey();
      Long max = config().enabled() ? purse().max(limit, now, config()) : null;
      if (limit.perRun() || max == null || amount.getValue() <= 0) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            limit.measure() + ", expected=an amount above 0 for a limit of the day that the budget"
                + " has, actual="
                + (max == null ? "no " + limit.setting() : limit.shown(amount.getValue())));
      }
      if (max > Long.MAX_VALUE - amount.getValue()) {
        throw new RuntimeFault(
            ErrorCode.LIMIT_EXCEEDED, limit.setting() + " cannot become so high");
      }
      named.put(limit.key(), amount.getValue());
    }
    return log.write(
            new BudgetEntry.BudgetGrant(BudgetDay.name(purse().day(now, config())), named, by))
        .compose(done -> show());
  }

  /**
   * Charges the most that a call may use which is no step of a run, before it is made. Without a
   * budget nothing is written.
   *
   * @param why such as {@code judge}
   * @return whether there is so much left today; if not, nothing is charged and the call is not to
   *     be made. Durable when it succeeds
   */
  public Future<Boolean> reserve(String why, @Nullable InvocationId run, Message.Usage most) {
    BudgetConfig config = config();
    if (!config.enabled()) {
      return Future.succeededFuture(true);
    }
    Instant now = timers.now();
    Long tokens = purse().left(BudgetLimit.TOKENS_DAY, null, now, config);
    Long money = purse().left(BudgetLimit.MONEY_DAY, null, now, config);
    if (tokens != null && most.input() + most.output() > tokens) {
      return Future.succeededFuture(false);
    }
    if (money != null && (most.cost() == null || most.cost() > money)) {
      return Future.succeededFuture(false);
    }
    return charge(why, run, most.input() + most.output(), most.cost()).map(done -> true);
  }

  /** What such a call did use, after {@link #reserve} said yes to {@code most}. */
  public Future<Void> settle(
      String why, @Nullable InvocationId run, Message.Usage most, Message.Usage used) {
    if (!config().enabled()) {
      return Future.succeededFuture();
    }
    Long cost =
        used.cost() == null || most.cost() == null ? null : (Long) (used.cost() - most.cost());
    long tokens = used.input() + used.output() - most.input() - most.output();
    return charge(why, run, tokens, cost);
  }

  private Future<Void> charge(
      String why, @Nullable InvocationId run, long tokens, @Nullable Long money) {
    Map<String, Long> amounts = new TreeMap<>();
    amounts.put(BudgetLimit.TOKENS_DAY.measure(), tokens);
    if (money != null) {
      amounts.put(BudgetLimit.MONEY_DAY.measure(), money);
    }
    String day = BudgetDay.name(purse().day(timers.now(), config()));
    return log.write(new BudgetEntry.BudgetCharge(why, day, run, null, amounts));
  }
}
