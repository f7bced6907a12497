package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a process has used up of its budget, today and in each open run. Tools and models are
 * charged before they are called, a model the most it may use, and settled by its reply; so a crash
 * may count too much and never too little. A new day begins with the first entry after its hour;
 * what is asked of it before that entry knows the day too.
 */
public final class Purse implements Governed {

  /** The cause of suspension. */
  public static final String CAUSE = "budget";

  /** The title of what is left, in a prompt. */
  public static final String BLOCK = "Budget Remaining";

  /** What is left of what is not bounded: more than anybody can want. */
  public static final long UNBOUNDED = Long.MAX_VALUE;

  private static final BudgetLimit[] LIMITS = BudgetLimit.values();
  private static final String UNUSED = "unused";

  private final Amounts used = new Amounts();
  private final Amounts granted = new Amounts();
  private final EnumSet<BudgetLimit> warned = EnumSet.noneOf(BudgetLimit.class);
  private final EnumSet<BudgetLimit> exceeded = EnumSet.noneOf(BudgetLimit.class);
  private final Map<String, RunPurse> runs = new HashMap<>();
  private final Receipts receipts = new Receipts();
  private @Nullable Instant day;
  private @Nullable Instant heldSince;
  private boolean released;
  private @Nullable BudgetLimit due;

  @Override
  public String name() {
    return "budget";
  }

  // --- The fold

  @Override
  public void apply(JournalEntry entry, @Nullable ProcessConfig config) {
    EntryData data = entry.data();
    if (data instanceof BudgetEntry.BudgetGrant grant && grant.item() != null) {
      receipts.add(grant, grant.item(), entry.time());
    }
    if (config == null || !config.governance().budget().enabled()) {
      if (data instanceof EntryData.StateTransition move && heldSince != null) {
        moved(move, entry.time());
      } else if (data instanceof EntryData.InvocationResult result) {
        runs.remove(result.invocation().value());
        due = null;
      } else if (data instanceof EntryData.ModelReply reply) {
        // What was reserved for it is nobody else's.
        RunPurse run = runs.get(reply.invocation().value());
        if (run != null) {
          run.open = null;
        }
      }
      return;
    }
    if (data instanceof EntryData.StateTransition move) {
      moved(move, entry.time());
    } else if (data instanceof EntryData.InvocationResult result) {
      turn(entry.time(), config.governance().budget());
      RunPurse run = runs.remove(result.invocation().value());
      BudgetLimit wanted = run == null ? null : run.exceeded;
      // A day that is over holds nobody.
      due = wanted != null && (wanted.perRun() || exceeded.contains(wanted)) ? wanted : due;
    } else {
      charge(entry, data, config.governance().budget());
    }
  }

  private void moved(EntryData.StateTransition move, Instant time) {
    boolean held = move.to() == ProcessState.SUSPENDED && move.causes().contains(CAUSE);
    heldSince = held ? (heldSince == null ? time : heldSince) : null;
    released = false;
    if (held || move.to() == ProcessState.STOPPING) {
      due = null;
    }
  }

  private void charge(JournalEntry entry, EntryData data, BudgetConfig config) {
    if (data instanceof EntryData.InvocationStart start) {
      turn(entry.time(), config);
      RunPurse known = runs.get(start.invocation().value());
      if (start.attempt() == 1) {
        add(null, null, BudgetLimit.RUNS_DAY, 1);
      } else if (known != null) {
        // What was asked in an attempt before is over: nothing of it comes back.
        known.open = null;
      }
    } else if (data instanceof EntryData.ToolCall call && call.reserve() != null) {
      turn(entry.time(), config);
      tool(call.invocation(), call.reserve());
    } else if (data instanceof EntryData.ToolResult result) {
      if (result.charge() != null) {
        turn(entry.time(), config);
        tool(result.invocation(), result.charge());
      }
      result.emissions().forEach(emission -> give(emission, entry.time(), config));
    } else if (data instanceof BudgetEntry.ModelCall call) {
      turn(entry.time(), config);
      reserve(call);
    } else if (data instanceof EntryData.ModelReply reply) {
      turn(entry.time(), config);
      settle(run(reply.invocation()), reply.usage());
    } else if (data instanceof BudgetEntry.BudgetCharge charge) {
      turn(entry.time(), config);
      noted(charge);
    } else if (data instanceof BudgetEntry.BudgetGrant grant) {
      turn(entry.time(), config);
      add(grant);
    } else if (data instanceof EntryData.Emitted given) {
      give(given.emission(), entry.time(), config);
    }
  }

  /** One of a day that is over adds nothing. */
  private void add(BudgetEntry.BudgetGrant grant) {
    released |= heldSince != null && !grant.amounts().isEmpty();
    if (BudgetDay.is(grant.day(), today())) {
      grant.amounts().forEach((key, amount) -> {
        BudgetLimit limit = limit(key);
        granted.add(limit, amount);
        warned.remove(limit);
        exceeded.remove(limit);
      });
    }
  }

  /** What is said to another process as its own is gone here, from now on. */
  private void give(Emission emission, Instant time, BudgetConfig config) {
    Grant grant = Grant.of(emission);
    if (grant != null) {
      turn(time, config);
      grant.amounts().forEach((limit, amount) -> add(null, null, limit, amount));
    }
  }

  /** Another governance is declared: whoever the budget holds may go on under it. */
  void redeployed() {
    released |= heldSince != null;
  }

  /** A new day begins with nothing used up. */
  private void turn(Instant time, BudgetConfig config) {
    if (day == null || BudgetDay.isOver(day, time, config.resetHour())) {
      day = BudgetDay.start(time, config.resetHour());
      used.clear();
      granted.clear();
      warned.clear();
      exceeded.clear();
      due = due != null && due.perRun() ? due : null;
      runs.values().forEach(RunPurse::turn);
    }
  }

  private RunPurse run(InvocationId id) {
    return runs.computeIfAbsent(id.value(), fresh -> new RunPurse());
  }

  private void tool(InvocationId id, BudgetEntry.Reserve reserve) {
    RunPurse run = run(id);
    add(run, BudgetLimit.TOOL_CALLS_RUN, BudgetLimit.TOOL_CALLS_DAY, 1);
    add(run, BudgetLimit.COST_RUN, BudgetLimit.COST_DAY, reserve.cost());
    if (reserve.irreversible()) {
      add(run, BudgetLimit.IRREVERSIBLE_RUN, null, 1);
    }
  }

  /** A call before it without a reply stays charged with all it may have used. */
  private void reserve(BudgetEntry.ModelCall call) {
    RunPurse run = run(call.invocation());
    add(run, BudgetLimit.LLM_TURNS_RUN, null, 1);
    model(run, call.tokens(), call.money());
    run.open = new RunPurse.Open(call.tokens(), call.money(), today());
  }

  private void model(RunPurse run, long tokens, long money) {
    add(run, BudgetLimit.TOKENS_RUN, BudgetLimit.TOKENS_DAY, tokens);
    add(run, BudgetLimit.MONEY_RUN, BudgetLimit.MONEY_DAY, money);
  }

  private void settle(RunPurse run, Message.Usage usage) {
    long tokens = usage.input() + usage.output();
    Long cost = usage.cost();
    RunPurse.Open open = run.open;
    run.open = null;
    if (open == null) {
      add(run, BudgetLimit.LLM_TURNS_RUN, null, 1);
      model(run, tokens, cost == null ? 0 : cost);
      return;
    }
    // Who does not say what was used is believed to have used all of it.
    long moreTokens = tokens == 0 && cost == null ? 0 : tokens - open.tokens();
    long moreMoney = cost == null ? 0 : cost - open.money();
    add(run, BudgetLimit.TOKENS_RUN, null, moreTokens);
    add(run, BudgetLimit.MONEY_RUN, null, moreMoney);
    boolean sameDay = open.day().equals(day);
    add(null, null, BudgetLimit.TOKENS_DAY, sameDay ? moreTokens : Math.max(0, moreTokens));
    add(null, null, BudgetLimit.MONEY_DAY, sameDay ? moreMoney : Math.max(0, moreMoney));
  }

  private void noted(BudgetEntry.BudgetCharge charge) {
    InvocationId id = charge.invocation();
    // A run that has ended is not counted any more; one that is stopped at once has no counts yet.
    RunPurse run =
        id == null ? null : charge.why().equals("exceeded") ? run(id) : runs.get(id.value());
    if (run != null && charge.why().equals(UNUSED)) {
      run.open = null;
    }
    if (charge.limit() == null) {
      charge.amounts().forEach((measure, amount) -> {
        for (BudgetLimit limit : LIMITS) {
          // What was charged to a day before and was not used is given back to that day.
          boolean counts = limit.perRun() || amount >= 0 || BudgetDay.is(charge.day(), today());
          if (counts && limit.measure().equals(measure)) {
            add(run, limit.perRun() ? limit : null, limit.perRun() ? null : limit, amount);
          }
        }
      });
      return;
    }
    BudgetLimit limit = limit(charge.limit());
    boolean warning = charge.why().equals("warning");
    if (run != null && warning && limit.perRun()) {
      run.warned(limit);
    } else if (warning) {
      warned.add(limit);
    } else if (run != null && run.exceeded == null) {
      run.exceeded = limit;
    }
    if (!warning && !limit.perRun()) {
      exceeded.add(limit);
    }
  }

  private void add(
      @Nullable RunPurse run, @Nullable BudgetLimit ofRun, @Nullable BudgetLimit ofDay, long n) {
    if (run != null && ofRun != null) {
      run.used.add(ofRun, n);
    }
    if (ofDay != null) {
      used.add(ofDay, n);
    }
  }

  // --- What is known; nothing below changes anything

  private Instant today() {
    return day == null ? Instant.EPOCH : day;
  }

  /** When the day began that its counters are of, null before the first one. */
  public @Nullable Instant day() {
    return day;
  }

  /** Whether counters of the day are still those of the day in which an instant lies. */
  private boolean isToday(Instant now, BudgetConfig config) {
    return day != null && !BudgetDay.isOver(day, now, config.resetHour());
  }

  /** When the day began in which it counts at an instant. */
  public Instant day(Instant now, BudgetConfig config) {
    return isToday(now, config) ? today() : BudgetDay.start(now, config.resetHour());
  }

  /**
   * What is used up of a limit.
   *
   * @param run of which run, for a limit per run; null = one that has just begun
   */
  public long used(
      BudgetLimit limit, @Nullable InvocationId run, Instant now, BudgetConfig config) {
    return limit.perRun() || isToday(now, config) ? counted(limit, run) : 0;
  }

  /** As {@link #used}, of the day of the last entry that moved a counter. */
  public long counted(BudgetLimit limit, @Nullable InvocationId run) {
    if (!limit.perRun()) {
      return used.of(limit);
    }
    RunPurse purse = run == null ? null : runs.get(run.value());
    return purse == null ? 0 : purse.used.of(limit);
  }

  /** A limit and what was granted on top of it today; null = not bounded. */
  public @Nullable Long max(BudgetLimit limit, Instant now, BudgetConfig config) {
    Long max = config.max(limit);
    return max == null ? null : (Long) Amounts.sum(max, granted(limit, now, config));
  }

  /** What was granted on top of a limit today. */
  public long granted(BudgetLimit limit, Instant now, BudgetConfig config) {
    return isToday(now, config) ? granted.of(limit) : 0;
  }

  /** What is left of a limit, which may be below nothing; {@link #UNBOUNDED} = not bounded. */
  public long left(
      BudgetLimit limit, @Nullable InvocationId run, Instant now, BudgetConfig config) {
    Long max = config.max(limit);
    return max == null
        ? UNBOUNDED
        : Amounts.sum(max, granted(limit, now, config)) - used(limit, run, now, config);
  }

  /** Whether somebody was warned of a limit, of this run or of today. */
  public boolean isWarned(BudgetLimit limit, @Nullable InvocationId run) {
    if (!limit.perRun()) {
      return warned.contains(limit);
    }
    RunPurse purse = run == null ? null : runs.get(run.value());
    return purse != null && purse.isWarned(limit);
  }

  /** Whether it is known that more was wanted of a limit today. */
  public boolean isExceeded(BudgetLimit limit, Instant now, BudgetConfig config) {
    return isToday(now, config) && exceeded.contains(limit);
  }

  /** What a run wanted too much of first, of itself or of this day; null while nothing. */
  public @Nullable BudgetLimit exceededBy(InvocationId run) {
    RunPurse purse = runs.get(run.value());
    return purse == null ? null : purse.exceeded;
  }

  /** What is left to a run that begins now, as its model is told; empty without limits. */
  String remaining(Instant now, BudgetConfig config) {
    if (config.limits().isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder(160);
    for (BudgetLimit limit : LIMITS) {
      if (config.max(limit) != null) {
        long left = left(limit, null, now, config);
        // The run that begins is one of them.
        limit.show(
            Math.max(0, limit == BudgetLimit.RUNS_DAY ? left - 1 : left),
            text.append(text.isEmpty() ? "" : ", ").append(limit.label()));
      }
    }
    return text.toString();
  }

  /** The ids of the open runs that have used something, in no order. */
  public Iterable<String> runs() {
    return runs.keySet();
  }

  /** What the call of a run's model that has no reply yet holds; 0 for other limits. */
  public long reserved(BudgetLimit limit, @Nullable InvocationId run) {
    RunPurse purse = run == null ? null : runs.get(run.value());
    if (purse == null || purse.open == null) {
      return 0;
    }
    return switch (limit) {
      case TOKENS_RUN, TOKENS_DAY -> purse.open.tokens();
      case MONEY_RUN, MONEY_DAY -> purse.open.money();
      default -> 0;
    };
  }

  /**
   * What gives back the reserve of the call of a run's model that has no reply, and never will:
   * nobody took the question. Null when there is none, or nothing was reserved.
   */
  public BudgetEntry.@Nullable BudgetCharge unused(InvocationId run) {
    RunPurse purse = runs.get(run.value());
    RunPurse.Open open = purse == null ? null : purse.open;
    Map<String, Long> amounts = new TreeMap<>();
    if (open != null && open.tokens() > 0) {
      amounts.put(BudgetLimit.TOKENS_RUN.measure(), -open.tokens());
    }
    if (open != null && open.money() > 0) {
      amounts.put(BudgetLimit.MONEY_RUN.measure(), -open.money());
    }
    return open == null || amounts.isEmpty()
        ? null
        : new BudgetEntry.BudgetCharge(UNUSED, BudgetDay.id(open.day()), run, null, amounts);
  }

  /** Whether an item of another process's budget has come already. */
  public boolean has(String item) {
    return receipts.received(item);
  }

  /** Whether an item of another process's budget came before and was refused. */
  public boolean refused(String item) {
    return receipts.refused(item);
  }

  /** Since when the budget has held the process, null when it does not. */
  public @Nullable Instant heldSince() {
    return heldSince;
  }

  /** Whether more was granted, or something else declared, while the budget holds the process. */
  public boolean isReleased() {
    return released;
  }

  /** Whether {@link #due} may have something: asked after every run. */
  public boolean owes() {
    return due != null;
  }

  /** What a run that has ended wanted too much of, while nothing has come of it; else null. */
  public @Nullable BudgetLimit due(Instant now, BudgetConfig config) {
    return due == null || due.perRun() || isExceeded(due, now, config) ? due : null;
  }

  // --- In an image

  static BudgetLimit limit(String key) {
    return BudgetLimit.valueOf(key.toUpperCase(Locale.ROOT));
  }

  @Override
  public Map<String, Object> toValues() {
    Map<String, Object> all = new LinkedHashMap<>();
    if (day != null) {
      all.put("day", day.toString());
      all.put("used", used.toValues());
      all.put("granted", granted.toValues());
      all.put("warned", warned.stream().map(BudgetLimit::key).toList());
      all.put("exceeded", exceeded.stream().map(BudgetLimit::key).toList());
    }
    receipts.addTo(all);
    if (heldSince != null) {
      all.put("held_since", heldSince.toString());
    }
    if (released) {
      all.put("released", "yes");
    }
    if (due != null) {
      all.put("due", due.key());
    }
    if (!runs.isEmpty()) {
      Map<String, RunPurse> inOrder = new TreeMap<>(runs);
      all.put("run_ids", List.copyOf(inOrder.keySet()));
      all.put("runs", inOrder.values().stream().map(RunPurse::toValues).toList());
    }
    return all;
  }

  @Override
  public void read(Fields values) {
    day = time(values.optionalText("day"));
    used.read(values.textMap("used"));
    granted.read(values.textMap("granted"));
    values.texts("warned").forEach(key -> warned.add(limit(key)));
    values.texts("exceeded").forEach(key -> exceeded.add(limit(key)));
    receipts.read(values);
    heldSince = time(values.optionalText("held_since"));
    released = values.optionalText("released") != null;
    String owed = values.optionalText("due");
    due = owed == null ? null : limit(owed);
    int next = 0;
    for (Fields run : values.objects("runs")) {
      runs.put(values.texts("run_ids").get(next), RunPurse.of(run));
      next++;
    }
  }

  private static @Nullable Instant time(@Nullable String text) {
    return text == null ? null : Instant.parse(text);
  }
}
