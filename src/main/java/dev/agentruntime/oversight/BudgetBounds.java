package dev.agentruntime.oversight;

import dev.agentruntime.governance.Purse;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Instant;
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
  private final List<Bound> shown;
  private final StringBuilder text = new StringBuilder(256);

  BudgetBounds(BudgetConfig config) {
    this.config = config;
    this.tools = bounds(OF_TOOLS);
    this.turns = bounds(OF_TURNS);
    this.runs = bounds(OF_RUNS);
    this.shown = config.injectRemaining() ? bounds(List.of(BudgetLimit.values())) : List.of();
  }

  /**
   * A limit that is declared.
   *
   * @param near four fifths of it: below that, whatever was granted, nobody is warned
   * @param label its name in a prompt
   */
  record Bound(BudgetLimit limit, long near, String label) {}

  private List<Bound> bounds(List<BudgetLimit> limits) {
    List<Bound> all = new ArrayList<>();
    for (BudgetLimit limit : limits) {
      Long max = config.max(limit);
      if (max != null) {
        all.add(new Bound(limit, near(max), limit.key() + ": "));
      }
    }
    return List.copyOf(all);
  }

  /** From where somebody is warned. */
  static long near(long max) {
    return max - max / 5;
  }

  /** What is left to a run that begins, as its model is told; empty when it is not. */
  String remaining(Purse purse, Instant now) {
    // Written for every run into its first entry: nothing that an entry would have to escape.
    text.setLength(0);
    for (Bound bound : shown) {
      BudgetLimit limit = bound.limit();
      long left = purse.left(limit, null, now, config);
      // The run that begins is one of them.
      limit.show(
          limit == BudgetLimit.RUNS_DAY ? left - 1 : left,
          text.append(text.isEmpty() ? "" : ", ").append(bound.label()));
    }
    return text.toString();
  }
}
