package dev.agentruntime.governance;

import dev.agentruntime.policy.BudgetLimit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Amounts by limit, none below nothing. Counted in every run, several times: an array holds them,
 * and what was counted once is known from then on, also as nothing. Part of the fold.
 */
@SuppressWarnings("EnumOrdinal") // a place in memory alone: an image names its limits
final class Amounts {

  private static final BudgetLimit[] LIMITS = BudgetLimit.values();

  private final long[] amounts = new long[LIMITS.length];

  /** The limits that are known, a bit each. */
  private int known;

  /** Nothing of what was never counted. */
  long of(BudgetLimit limit) {
    return amounts[limit.ordinal()];
  }

  void add(BudgetLimit limit, long more) {
    int index = limit.ordinal();
    amounts[index] = sum(amounts[index], more);
    known |= 1 << index;
  }

  /** Never below nothing, never past the end. */
  static long sum(long before, long more) {
    long sum = before + more;
    return more > 0 && sum < before ? Long.MAX_VALUE : Math.max(0, sum);
  }

  void clear() {
    Arrays.fill(amounts, 0);
    known = 0;
  }

  /** What is known, by the limit's key, in the order of limits. */
  Map<String, String> toValues() {
    Map<String, String> all = new LinkedHashMap<>();
    for (BudgetLimit limit : LIMITS) {
      if ((known & 1 << limit.ordinal()) != 0) {
        all.put(limit.key(), Long.toString(of(limit)));
      }
    }
    return all;
  }

  /** Takes what {@link #toValues} gave. */
  void read(Map<String, String> values) {
    values.forEach((key, amount) -> {
      BudgetLimit limit = Purse.limit(key);
      amounts[limit.ordinal()] = Long.parseLong(amount);
      known |= 1 << limit.ordinal();
    });
  }
}
