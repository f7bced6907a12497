package dev.agentruntime.desk;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.BudgetDay;
import dev.agentruntime.governance.Grant;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is added to the budget of a day, and what one process gives another of its own. The receiver
 * decides once, in its journal, whether it takes a grant; what it refuses goes back to the giver if
 * its day still lasts. Owned by: the process's context.
 */
final class BudgetGrants {

  private static final System.Logger LOG = System.getLogger(BudgetGrants.class.getName());

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final Timers timers;

  BudgetGrants(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.deps = deps;
    this.timers = deps.timers();
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

  private ProcessName self() {
    return log.image().id().name();
  }

  private Instant today() {
    return purse().day(timers.now(), config());
  }

  // --- More for today

  /** Out of nobody's budget. */
  Future<Void> add(Map<BudgetLimit, Long> amounts, String by) {
    Map<String, Long> named = grantable(amounts);
    return log.write(new BudgetEntry.BudgetGrant(BudgetDay.id(today()), named, by, null));
  }

  /**
   * Amounts by the keys of their limits, when they can be added to those of today.
   *
   * @throws RuntimeFault INVALID_CONFIG when there is no such limit here or an amount is not above
   *     0, LIMIT_EXCEEDED when the sum would be too high to be counted
   */
  Map<String, Long> grantable(Map<BudgetLimit, Long> amounts) {
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
            ErrorCode.LIMIT_EXCEEDED,
            limit.setting() + " of " + self() + ", expected=a sum that can be counted, actual="
                + limit.shown(max).toPlainString() + " and "
                + limit.shown(amount.getValue()).toPlainString() + " more");
      }
      named.put(limit.key(), amount.getValue());
    }
    return named;
  }

  // --- From one to another

  /** By somebody outside: gone from here, and owed, when it is durable. */
  Future<Void> give(ProcessName to, Map<BudgetLimit, Long> amounts) {
    Grant grant = taken(to, amounts, Map.of());
    return log.write(new EntryData.Emitted(
        deps.ids().next(),
        grant.emission(),
        self().value(),
        List.of(new Due(deps.bus().node(), to, "", null)),
        Emission.Voice.OPERATOR));
  }

  /** By the agent. */
  Emission lend(ProcessName to, Map<BudgetLimit, Long> amounts, Map<BudgetLimit, Long> underWay) {
    List<String> may = config().enabled() ? config().grantTo() : List.of();
    if (may.stream().noneMatch(glob -> Glob.of(glob).matches(to.value()))) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "process, expected=one that the manifest lets it grant to, " + may + ", actual=" + to);
    }
    if (!deps.bus().has(to)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "process, expected=one of this node, actual=" + to);
    }
    return taken(to, amounts, underWay).emission();
  }

  /**
   * A grant out of what is left now; it counts here as soon as an entry says it.
   *
   * @param more what is used up beside it before that
   * @throws RuntimeFault INVALID_REQUEST when it is for the process itself; INVALID_CONFIG when
   *     there is no such limit here; BUDGET_EXCEEDED when there is not so much left
   */
  private Grant taken(ProcessName to, Map<BudgetLimit, Long> amounts, Map<BudgetLimit, Long> more) {
    if (to.equals(self())) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "process, expected=another process, actual=the same");
    }
    Map<String, Long> ignored = grantable(amounts);
    Instant now = timers.now();
    amounts.forEach((limit, amount) -> {
      long left = purse().left(limit, null, now, config());
      long most = Math.max(0, left - more.getOrDefault(limit, 0L));
      if (amount > most) {
        throw new RuntimeFault(
            ErrorCode.BUDGET_EXCEEDED,
            limit.measure() + ", expected=at most what is left today, "
                + limit.shown(most).toPlainString() + ", actual="
                + limit.shown(amount).toPlainString());
      }
    });
    return new Grant(to, BudgetDay.id(today()), now, new EnumMap<>(amounts));
  }

  /** Takes what another process gave, or refuses it: FORBIDDEN, for good. */
  Future<Void> receive(String item, String from, Emission said) {
    if (purse().has(item)) {
      return log.durable();
    }
    if (purse().refused(item)) {
      return log.durable().compose(done -> refused(from, "it was refused before"));
    }
    Grant grant = Grant.of(said);
    String why = refusal(from, grant);
    if (grant == null || why != null) {
      return log.write(new BudgetEntry.BudgetGrant(BudgetDay.id(today()), Map.of(), from, item))
          .compose(done -> refused(from, String.valueOf(why)));
    }
    return log.write(new BudgetEntry.BudgetGrant(BudgetDay.id(today()), grant.named(), from, item));
  }

  private Future<Void> refused(String from, String why) {
    return Future.failedFuture(new RuntimeFault(
        ErrorCode.FORBIDDEN, self() + " does not take a grant of " + from + ": " + why));
  }

  private @Nullable String refusal(String from, @Nullable Grant grant) {
    if (grant == null || !grant.to().equals(self())) {
      return "what was said is no grant to it";
    }
    if (from.equals(self().value())) {
      return "nobody gives to himself";
    }
    if (grant.at().isBefore(today())) {
      return "its day is over, it was taken at " + grant.at();
    }
    try {
      Map<String, Long> ignored = grantable(grant.amounts());
      return null;
    } catch (RuntimeFault fault) {
      return fault.failure().message();
    }
  }

  /** What a receiver refused for good comes back, once, while the day it was taken from lasts. */
  void takeBack(Outbox.Item item, Due receiver, String why) {
    LOG.log(System.Logger.Level.WARNING, "{0}: {1}", log.image().id(), why);
    Grant grant = Grant.of(item.emission());
    if (grant == null
        || log.broken()
        || !config().enabled()
        || purse().has(item.id())
        || !BudgetDay.is(grant.day(), today())) {
      return;
    }
    log.write(new BudgetEntry.BudgetGrant(
            grant.day(), grant.named(), receiver.process().value(), item.id()))
        .onFailure(
            cause -> LOG.log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }
}
