package dev.agentruntime.oversight;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.governance.BudgetDay;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetConfig.OnExceeded;
import dev.agentruntime.policy.BudgetConfig.ToolCost;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds a process to its budget. A call of a tool that would be too much is refused, and its run
 * goes on; a call of a model that would be too much ends its run, or, when it is the day that is
 * used up, waits with the process for the next one. What comes of it for the process comes when
 * that run has ended. Owned by: the process's context.
 */
final class BudgetRule implements Rule {

  private static final System.Logger LOG = System.getLogger(BudgetRule.class.getName());

  /** The clock may be set while somebody waits for its hour. */
  private static final Duration LOOK_AGAIN = Duration.ofHours(1);

  private final ProcessLog log;
  private final Around around;
  private final Timers timers;
  private final Oversight.Host host;
  private final BudgetConfig config;

  private final BudgetFlight flight;
  private final BudgetBounds bounds;
  private Timers.@Nullable Armed reset;
  private boolean fresh = true;

  BudgetRule(ProcessLog log, Around around, BudgetConfig config) {
    this.log = log;
    this.around = around;
    this.timers = around.timers();
    this.host = around.host();
    this.config = config;
    this.flight = around.flight();
    this.bounds = new BudgetBounds(config);
  }

  /** The process around a budget. */
  record Around(Timers timers, Oversight.Host host, People people, BudgetFlight flight) {}

  /** Calls for a person. */
  interface People {
    /** Durable when it succeeds. */
    Future<Void> escalate(EscalationTarget target, String type, Json payload);
  }

  private Purse purse() {
    return log.image().governance().budget();
  }

  // --- Before something is done

  @Override
  public boolean mayBegin() {
    fresh = false;
    BudgetLimit due = due();
    if (due != null) {
      act(due);
      return false;
    }
    for (BudgetBounds.Bound bound : bounds.runs) {
      BudgetLimit limit = bound.limit();
      long left = left(bound, null, 1);
      if (left <= 0) {
        if (left + reserved(limit) > 0) {
          flight.mayNotBegin = true;
        } else {
          exceeded(limit, null);
          act(limit);
        }
        return false;
      }
    }
    return true;
  }

  /**
   * What is left of a limit, or only that it is enough for what is wanted: with what was declared
   * and counted it is so on whatever day it is, and the clock is not asked.
   */
  private long left(BudgetBounds.Bound bound, @Nullable InvocationId run, long wanted) {
    long atLeast = bound.max() - purse().counted(bound.limit(), run);
    return atLeast >= wanted ? atLeast : purse().left(bound.limit(), run, timers.now(), config);
  }

  @Override
  public Verdict beforeTool(Act act) {
    BudgetEntry.Reserve price = price(act);
    InvocationId run = act.run().id();
    for (BudgetBounds.Bound bound : bounds.tools) {
      BudgetLimit limit = bound.limit();
      long wanted = BudgetFlight.wanted(limit, price);
      long counted = counted(act, limit, wanted);
      if (wanted > 0 && wanted > left(bound, run, wanted - counted) + counted) {
        exceeded(limit, run);
        return new Verdict.Refuse(
            ToolOutcome.DENIED,
            "Budget exceeded: " + limit.setting() + " is " + shown(limit) + ", used "
                + limit.shown(used(limit, run)) + ". The call of " + act.tool().name()
                + (act.again() ? " was not made again." : " did not run.")
                + " Do not call tools any more; answer with what you have.");
      }
    }
    return Verdict.GO;
  }

  /**
   * What of a limit is there for a call beside what is left, less what calls of other runs take
   * that have no entry yet: for one that is made again, what it was charged before. Of a day
   * nothing is, when somebody wants it made again: both may cost.
   */
  private long counted(Act act, BudgetLimit limit, long wanted) {
    OpenRun run = act.run();
    boolean told = act.again() && run.resolution(run.id().effectKey(act.ordinal())) != null;
    boolean charged = act.again() && !(told && !limit.perRun());
    return (charged ? run.charges(act.ordinal()) * wanted : 0) - flight.underWay(limit, run.id());
  }

  @Override
  public BudgetEntry.Reserve charge(Act act) {
    BudgetEntry.Reserve price = price(act);
    if (act.policy() == Policy.OWN_STATE) {
      flight.underWay.put(act.run().id(), price);
    }
    return price;
  }

  private BudgetEntry.Reserve price(Act act) {
    ToolCost cost = config.tools().getOrDefault(act.tool().name(), ToolCost.USUAL);
    boolean irreversible =
        cost.irreversible() == null ? act.policy() == Policy.IRREVERSIBLE : cost.irreversible();
    return new BudgetEntry.Reserve(cost.weight(), irreversible);
  }

  @Override
  public Verdict reserve(
      OpenRun run, int turn, int attempt, boolean insideJvm, Supplier<Message.Usage> atMost) {
    InvocationId id = run.id();
    // Asked again after it was cut off: what it had reserved does not come back.
    flight.calling.remove(id);
    if (!config.boundsModel()) {
      return Verdict.GO;
    }
    Message.Usage most = config.boundsUsage() ? atMost.get() : Message.Usage.NONE;
    if (config.boundsMoney() && most.cost() == null) {
      return new Verdict.End(new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "the budget bounds money, and what the model costs is not known; expected its price"
              + " under models.PROVIDER.prices in the settings, or a model that is listed"));
    }
    long tokens = most.input() + most.output();
    long money = most.cost() == null ? 0 : most.cost();
    for (BudgetBounds.Bound bound : bounds.turns) {
      BudgetLimit limit = bound.limit();
      long wanted = switch (limit) {
        case LLM_TURNS_RUN -> 1;
        case TOKENS_RUN, TOKENS_DAY -> tokens;
        default -> money;
      };
      long left = left(bound, id, wanted);
      if (wanted > left) {
        return tooMuch(run, limit, wanted, left);
      }
    }
    // A call that uses nothing and that nobody outside has seen can be lost: its reply counts it.
    if (!insideJvm || tokens > 0 || money > 0) {
      written(log.write(new BudgetEntry.ModelCall(id, turn, attempt, tokens, money)));
      flight.calling.add(id);
    }
    return Verdict.GO;
  }

  private Verdict tooMuch(OpenRun run, BudgetLimit limit, long wanted, long left) {
    Long max = purse().max(limit, timers.now(), config);
    if (wanted <= left + mayComeBack(limit, run.id())) {
      flight.waiting.add(run);
      return new Verdict.Wait(LiveRun.Wait.BUDGET);
    }
    if (limit.perRun() || max == null || wanted > max) {
      exceeded(limit, run.id());
      return end(limit, run.id(), wanted);
    }
    exceeded(limit, null);
    act(limit);
    return Lifecycle.runs(log.image().state()) ? end(limit, run.id(), wanted) : new Verdict.Later();
  }

  private Verdict end(BudgetLimit limit, InvocationId run, long wanted) {
    return new Verdict.End(new RuntimeFault(
        ErrorCode.BUDGET_EXCEEDED,
        limit.setting() + " is " + shown(limit) + ", used " + limit.shown(used(limit, run))
            + ", and the next call of the model may use " + limit.shown(wanted)));
  }

  private long used(BudgetLimit limit, @Nullable InvocationId run) {
    return purse().used(limit, run, timers.now(), config);
  }

  private String shown(BudgetLimit limit) {
    Long max = purse().max(limit, timers.now(), config);
    return max == null ? "not bounded" : limit.shown(max).toPlainString();
  }

  @Override
  public void reserveEnded() {
    flight.wake();
    warn(null, bounds.turns);
  }

  @Override
  public void unused(OpenRun run) {
    // Else what is open in the purse is of a call before, which may have used it.
    BudgetEntry.BudgetCharge back =
        flight.calling.contains(run.id()) ? purse().unused(run.id()) : null;
    if (back != null) {
      written(log.write(back));
    }
  }

  /** What calls that are being made hold of a limit beside those of the run that asks. */
  private long mayComeBack(BudgetLimit limit, InvocationId run) {
    return limit.perRun() ? log.reserves().of(limit, run) : reserved(limit);
  }

  /** What calls that are being made hold of a day. */
  private long reserved(BudgetLimit limit) {
    long all = log.reserves().of(limit, null);
    for (InvocationId run : flight.calling) {
      all += purse().reserved(limit, run);
    }
    return all;
  }

  // --- When more was wanted

  /** Says so once for a run and once for a day. */
  private void exceeded(BudgetLimit limit, @Nullable InvocationId run) {
    boolean known = run == null
        ? purse().isExceeded(limit, timers.now(), config)
        : purse().exceededBy(run) != null;
    if (!known) {
      if (config.onExceeded() == OnExceeded.ESCALATE) {
        // First: who is told twice after a crash is better off than who is not told.
        tell(limit, run);
      }
      note("exceeded", limit, run);
    }
  }

  private void note(String why, BudgetLimit limit, @Nullable InvocationId run) {
    Instant now = timers.now();
    Long max = purse().max(limit, now, config);
    written(log.write(new BudgetEntry.BudgetCharge(
        why,
        BudgetDay.id(purse().day(now, config)),
        run,
        limit.key(),
        Map.of("used", purse().used(limit, run, now, config), "max", max == null ? 0 : max))));
    LOG.log(
        System.Logger.Level.WARNING,
        "{0}: budget {1}, {2} is {3}",
        log.image().id(),
        why,
        limit.setting(),
        shown(limit));
  }

  private void tell(BudgetLimit limit, @Nullable InvocationId run) {
    Long max = purse().max(limit, timers.now(), config);
    written(around
        .people()
        .escalate(
            config.escalation(),
            "budget_violation",
            Json.of(Map.of(
                "type", "budget_violation",
                "process_id", log.image().id().toString(),
                "process_name", log.image().id().name().value(),
                "violation",
                    Map.of(
                        "limit",
                        limit.setting(),
                        "max",
                        limit.shown(max == null ? 0 : max),
                        "current",
                        limit.shown(used(limit, run)))))));
  }

  private void act(BudgetLimit limit) {
    String why = "budget: " + limit.setting() + " is used up";
    if (config.onExceeded() == OnExceeded.STOP) {
      host.halt(why);
    } else {
      host.hold(Purse.CAUSE, why);
    }
  }

  private @Nullable BudgetLimit due() {
    return purse().owes() ? purse().due(timers.now(), config) : null;
  }

  private void actOnDue() {
    BudgetLimit due = due();
    if (due != null) {
      act(due);
    }
  }

  // --- What was written

  @Override
  public void wrote(EntryData data) {
    if (data instanceof EntryData.ModelReply reply) {
      landed(reply.invocation());
      warn(reply.invocation(), bounds.turns);
    } else if (data instanceof BudgetEntry.ModelCall call) {
      warn(call.invocation(), bounds.turns);
    } else if (data instanceof EntryData.ToolCall call) {
      warn(call.invocation(), bounds.tools);
    } else if (data instanceof EntryData.ToolResult result) {
      if (flight.take(result.invocation()) != null) {
        warn(result.invocation(), bounds.tools);
      }
    } else if (data instanceof EntryData.InvocationStart start) {
      warn(start.invocation(), bounds.runs);
    } else if (data instanceof EntryData.InvocationResult result) {
      landed(result.invocation());
      if (due() != null) {
        host.later(this::actOnDue);
      }
    } else if (data instanceof EntryData.ErrorNoted error && error.invocation() != null) {
      landed(error.invocation());
    } else if (data instanceof EntryData.StateTransition move) {
      awaitReset();
      // Between running and awaiting it moves because somebody waits: who waits would never stop.
      if (!Lifecycle.runs(move.from()) || !Lifecycle.runs(move.to())) {
        flight.wake();
        if (due() != null) {
          host.later(this::actOnDue);
        }
      }
    } else if (data instanceof BudgetEntry.BudgetGrant grant && !grant.amounts().isEmpty()) {
      host.later(() -> host.lift(Purse.CAUSE, "given more by " + grant.by()));
      flight.wake();
    } else if (data instanceof BudgetEntry.BudgetCharge charge && charge.limit() == null) {
      counted(charge);
    } else if (data instanceof DeployEntry.ProcessDeployed && fresh) {
      host.later(() -> host.lift(Purse.CAUSE, "another budget"));
    }
    fresh = false;
  }

  /** Counted beside what runs do: a part that comes back lets go on who had none of it. */
  private void counted(BudgetEntry.BudgetCharge charge) {
    if (charge.amounts().values().stream().noneMatch(amount -> amount < 0)) {
      warn(charge.invocation(), bounds.turns);
      return;
    }
    flight.wake();
    host.later(() -> {
      Instant now = timers.now();
      boolean held = purse().heldSince() != null;
      boolean ofDay = false;
      boolean left = true;
      for (BudgetBounds.Bound bound : bounds.runs) {
        ofDay |= purse().isExceeded(bound.limit(), now, config);
        left &= purse().left(bound.limit(), null, now, config) > 0;
      }
      if (held && ofDay && left) {
        host.lift(Purse.CAUSE, "less was used than was reserved");
      }
    });
  }

  /** The model of a run is not being called any more. */
  private void landed(InvocationId run) {
    if (flight.calling.remove(run)) {
      flight.wake();
    }
  }

  /** Warns of what an entry has used up: only its limits may have moved. */
  private void warn(@Nullable InvocationId run, List<BudgetBounds.Bound> moved) {
    for (BudgetBounds.Bound bound : moved) {
      BudgetLimit limit = bound.limit();
      // The clock is asked only of what may be near: an entry was counted, so its day is the day.
      if (purse().counted(limit, run) >= bound.near() && isNear(limit, run, timers.now())) {
        host.later(() -> {
          if (!log.broken() && isNear(limit, run, timers.now())) {
            note("warning", limit, run);
          }
        });
      }
    }
  }

  /** Whether four fifths are used up, and nobody was told. */
  private boolean isNear(BudgetLimit limit, @Nullable InvocationId run, Instant now) {
    Purse purse = purse();
    Long max = purse.max(limit, now, config);
    if (max == null || max <= 0) {
      return false;
    }
    long used = purse.used(limit, run, now, config);
    // What is only reserved may come back.
    return used >= BudgetBounds.near(max)
        && used - onlyReserved(limit, run) >= BudgetBounds.near(max)
        && !purse.isWarned(limit, run);
  }

  /** What may come back of what is used of a limit. */
  private long onlyReserved(BudgetLimit limit, @Nullable InvocationId run) {
    return limit.perRun()
        ? purse().reserved(limit, run) + log.reserves().of(limit, run)
        : reserved(limit);
  }

  private void awaitReset() {
    disarm();
    Instant held = purse().heldSince();
    if (held == null) {
      return;
    }
    Duration left = Duration.between(timers.now(), BudgetDay.next(held, config.resetHour()));
    if (left.isNegative() || left.isZero()) {
      host.later(() -> host.lift(Purse.CAUSE, "a new day of the budget"));
    } else {
      reset = timers.after(left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN, this::awaitReset);
    }
  }

  @Override
  public void recovered() {
    fresh = false;
    awaitReset();
    if (purse().isReleased()) {
      host.later(() -> host.lift(Purse.CAUSE, "given more, or another budget"));
    } else if (due() != null) {
      host.later(this::actOnDue);
    }
    warn(null, bounds.turns);
    warn(null, bounds.tools);
    warn(null, bounds.runs);
    purse().runs().forEach(run -> {
      warn(new InvocationId(run), bounds.turns);
      warn(new InvocationId(run), bounds.tools);
    });
  }

  /** Whoever waits for a part of it asks whatever is declared now. */
  @Override
  public void retired() {
    disarm();
    flight.wake();
  }

  private void disarm() {
    if (reset != null) {
      reset.cancel();
      reset = null;
    }
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  private static void written(Future<Void> durable) {
    durable.onFailure(
        cause -> LOG.log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }
}
