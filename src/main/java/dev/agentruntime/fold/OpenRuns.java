package dev.agentruntime.fold;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The invocations that have begun and not settled: those that hold a slot, and those that rest
 * until their next attempt is due and hold none. Part of the fold. Owned by: the process's context.
 */
public final class OpenRuns {

  private final LinkedHashMap<InvocationId, OpenRun> all = new LinkedHashMap<>();
  private final TreeSet<OpenRun> resting = new TreeSet<>(
      Comparator.comparing(OpenRuns::dueAt).thenComparingLong(OpenRun::firstSequence));
  final LinkedHashSet<InvocationId> cancelled = new LinkedHashSet<>();

  private static Instant dueAt(OpenRun run) {
    Instant due = run.retryAt();
    return due == null ? Instant.MIN : due;
  }

  // --- The fold

  void add(OpenRun run) {
    all.put(run.id(), run);
    if (run.retryAt() != null) {
      resting.add(run);
    }
  }

  @Nullable
  OpenRun remove(InvocationId id) {
    OpenRun run = all.remove(id);
    if (run != null) {
      resting.remove(run);
      cancelled.remove(id);
    }
    return run;
  }

  /** Its next attempt may begin at that time, null = it has begun. */
  void rest(OpenRun run, @Nullable Instant until) {
    resting.remove(run);
    run.rest(until);
    if (until != null) {
      resting.add(run);
    }
  }

  /**
   * The node began anew.
   *
   * @param blame whether those that were at work are counted, for they may have ended it
   * @param image of the process until then
   */
  void cutOff(Instant now, boolean blame, ProcessImage image) {
    for (OpenRun run : all.values()) {
      run.tick(now, false);
      boolean atWork = run.retryAt() == null && !run.cut && !run.isWaiting();
      if (blame && atWork && !waitsForBudget(run, image)) {
        run.crash();
      }
      // It does nothing before it begins again, which is an entry that is durable before.
      run.cut = true;
    }
  }

  /**
   * Whether a run whose model is to be asked waited for what another run's call of it held of the
   * day: its own call would have been announced by what it reserves.
   */
  private boolean waitsForBudget(OpenRun run, ProcessImage image) {
    BudgetConfig budget = image.deployment() == null
        ? BudgetConfig.OFF
        : image.config().governance().budget();
    Purse purse = image.governance().budget();
    for (BudgetLimit day : List.of(BudgetLimit.TOKENS_DAY, BudgetLimit.MONEY_DAY)) {
      if (budget.max(day) != null
          && purse.reserved(day, run.id()) == 0
          && all.keySet().stream().anyMatch(other -> purse.reserved(day, other) > 0)
          && run.isAtTurn()) {
        return true;
      }
    }
    return false;
  }

  /** It is to end instead of taking another step. */
  void cancel(OpenRun run, String reason) {
    rest(run, null);
    run.cancel(reason);
    cancelled.add(run.id());
  }

  // --- What is known; nothing below changes anything

  public @Nullable OpenRun get(InvocationId id) {
    return all.get(id);
  }

  /** Oldest first. */
  public Map<InvocationId, OpenRun> byId() {
    return Collections.unmodifiableMap(all);
  }

  Collection<OpenRun> values() {
    return all.values();
  }

  /** How many hold a slot. */
  public int active() {
    return all.size() - resting.size();
  }

  /** Those that hold no slot, by the time at which their next attempt may begin. */
  public Collection<OpenRun> resting() {
    return Collections.unmodifiableCollection(resting);
  }

  /** A committed context as it would be if all of them committed now. */
  public AgentContext pending(AgentContext committed) {
    AgentContext all = committed;
    for (OpenRun run : byId().values()) {
      all = all.with(run.writes(), "agent", run.id(), run.startedAt());
    }
    return all;
  }

  /** Those that are to be cancelled. */
  public Set<InvocationId> cancelled() {
    return Collections.unmodifiableSet(cancelled);
  }
}
