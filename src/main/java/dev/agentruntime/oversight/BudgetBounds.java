package dev.agentruntime.oversight;

import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits that a budget declares, by what asks for them: what is done in every run looks at no
 * other. Owned by: the process's context.
 */
final class BudgetBounds {

  private static final List<BudgetLimit> OF_TOOLS = List.of(
      BudgetLimit.TOOL_CALLS_RUN,
      BudgetLimit.COST_RUN,
      BudgetLimit.IRREVERSIBLE_RUN,
      BudgetLimit.TOOL_CALLS_DAY,
      BudgetLimit.COST_DAY);
  private static final List<BudgetLimit> OF_TURNS = List.of(
      BudgetLimit.LLM_TURNS_RUN,
      BudgetLimit.TOKENS_RUN,
      BudgetLimit.MONEY_RUN,
      BudgetLimit.TOKENS_DAY,
      BudgetLimit.MONEY_DAY);
  private static final List<BudgetLimit> OF_RUNS =
      List.of(BudgetLimit.RUNS_DAY, BudgetLimit.TOKENS_DAY, BudgetLimit.MONEY_DAY);

  /** Asked for before a call of a tool. */
  final List<Bound> tools;

  /** Asked for before a call of a model. */
  final List<Bound> turns;

  /** Without any of these, a run cannot begin. */
  final List<Bound> runs;

  private final BudgetConfig config;

  BudgetBounds(BudgetConfig config) {
    this.config = config;
    this.tools = bounds(OF_TOOLS);
    this.turns = bounds(OF_TURNS);
    this.runs = bounds(OF_RUNS);
  }

  /**
   * A limit that is declared.
   *
   * @param max as declared; more may have been granted
   * @param near four fifths of it: below that, whatever was granted, nobody is warned
   */
  record Bound(BudgetLimit limit, long max, long near) {}

  private List<Bound> bounds(List<BudgetLimit> limits) {
    List<Bound> all = new ArrayList<>();
    for (BudgetLimit limit : limits) {
      Long max = config.max(limit);
      if (max != null) {
        all.add(new Bound(limit, max, near(max)));
      }
    }
    return List.copyOf(all);
  }

  /** From where somebody is warned. */
  static long near(long max) {
    return max - max / 5;
  }
}
