package dev.agentruntime.entry;

import dev.agentruntime.core.InvocationId;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Entries that say what a budget was charged beside its steps, and what it was given. Amounts of
 * cost and money are in billionths.
 */
public sealed interface BudgetEntry extends EntryData {

  /**
   * What a call of a tool is charged, before it is made.
   *
   * @param cost its weight, in billionths
   * @param irreversible whether it counts as irreversible
   */
  record Reserve(long cost, boolean irreversible) {}

  /**
   * A model is about to be called. What it uses at most is charged now; its reply says what it did
   * use. A call without a reply has used all of it.
   *
   * @param turn as of its reply
   * @param attempt counts the calls of this turn whose reply could not be used, and this one
   * @param tokens most tokens it reads and writes, 0 = they are not bounded
   * @param money the most it costs, 0 = that is not bounded
   */
  record ModelCall(InvocationId invocation, int turn, int attempt, long tokens, long money)
      implements BudgetEntry {
    @Override
    public String kind() {
      return "model_call";
    }
  }

  /**
   * A charge that is no step of a run, or how a budget stands.
   *
   * @param why {@code judge}, {@code fork} or {@code memory} for a charge, {@code unused} for the
   *     reserve of a call of a model that nobody took; {@code warning} when most of a limit is used
   *     up, {@code exceeded} when more was wanted
   * @param day the day of the budget, by when it begins; in old journals by the date of that
   * @param invocation whose, null = of no run
   * @param limit what is used up, null for a charge
   * @param amounts of a charge what is added by what it is, negative for what is given back; else
   *     {@code used} and {@code max}
   */
  record BudgetCharge(
      String why,
      String day,
      @Nullable InvocationId invocation,
      @Nullable String limit,
      Map<String, Long> amounts)
      implements BudgetEntry {
    /** Keeps an unmodifiable copy, in order. */
    public BudgetCharge {
      amounts = Collections.unmodifiableMap(new TreeMap<>(amounts));
    }

    @Override
    public String kind() {
      return "budget_charge";
    }
  }

  /**
   * The budget of a day was given more, or a grant of another process was refused.
   *
   * @param day as of a charge
   * @param amounts what is added to a limit, by the limit; none = {@code item} is refused
   * @param by who gave it
   * @param item the outbox item of the process whose budget it comes from, or of this one when its
   *     receiver refused it; null = of nobody's
   */
  record BudgetGrant(
      String day,
      Map<String, Long> amounts,
      String by,
      @Nullable String item) implements BudgetEntry {
    /** Keeps an unmodifiable copy, in order. */
    public BudgetGrant {
      amounts = Collections.unmodifiableMap(new TreeMap<>(amounts));
    }

    @Override
    public String kind() {
      return "budget_grant";
    }
  }
}
