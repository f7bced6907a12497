package dev.agentruntime.policy;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a process may use up.
 *
 * @param enabled whether it holds; limits of one that does not are kept for when it does again
 * @param limits what is bounded, in the limit's unit; what is not in it is not bounded
 * @param tools what single tools cost, by name
 * @param onExceeded what becomes of the process; default PAUSE
 * @param escalation whom {@code ESCALATE} tells
 * @param resetHour of the day in UTC at which a new day of the budget begins, 0..23; default 0
 * @param injectRemaining whether a prompt says what is left; default true
 * @param grantTo globs of the processes that its agent may give a part of it to; default none
 */
public record BudgetConfig(
    boolean enabled,
    Map<BudgetLimit, Long> limits,
    Map<String, ToolCost> tools,
    OnExceeded onExceeded,
    EscalationTarget escalation,
    int resetHour,
    boolean injectRemaining,
    List<String> grantTo) {

  /** As without a {@code budget} section. */
  public static final BudgetConfig OFF = new BudgetConfig(
      false, Map.of(), Map.of(), OnExceeded.PAUSE, EscalationTarget.NOBODY, 0, true, List.of());

  /** Keeps unmodifiable copies. */
  public BudgetConfig {
    EnumMap<BudgetLimit, Long> copy = new EnumMap<>(BudgetLimit.class);
    copy.putAll(limits);
    limits = Collections.unmodifiableMap(copy);
    tools = Collections.unmodifiableMap(new TreeMap<>(tools));
    grantTo = List.copyOf(grantTo);
  }

  /** What becomes of a process that wants more than it has. */
  public enum OnExceeded {
    /** Suspended until the next day of the budget, or somebody's word. */
    PAUSE,
    /** Stopped. */
    STOP,
    /** Somebody is told, and it is suspended. */
    ESCALATE
  }

  /**
   * What one call of a tool counts.
   *
   * @param weight its cost, in billionths; default 1
   * @param irreversible whether it counts as irreversible; null = as the manifest says of the tool
   */
  public record ToolCost(long weight, @Nullable Boolean irreversible) {
    /** Of a tool that nobody described. */
    public static final ToolCost USUAL = new ToolCost(1_000_000_000, null);
  }

  /** The bound, null when there is none. */
  public @Nullable Long max(BudgetLimit limit) {
    return limits.get(limit);
  }

  /** Whether calls of a model are bounded. */
  public boolean boundsModel() {
    return limits.containsKey(BudgetLimit.LLM_TURNS_RUN) || boundsUsage();
  }

  /** Whether what models use is bounded. */
  public boolean boundsUsage() {
    return limits.containsKey(BudgetLimit.TOKENS_RUN)
        || limits.containsKey(BudgetLimit.TOKENS_DAY)
        || boundsMoney();
  }

  /** Whether money is bounded. */
  public boolean boundsMoney() {
    return limits.containsKey(BudgetLimit.MONEY_RUN) || limits.containsKey(BudgetLimit.MONEY_DAY);
  }
}
