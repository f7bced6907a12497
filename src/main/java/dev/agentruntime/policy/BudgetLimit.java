package dev.agentruntime.policy;

import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a budget can bound: something that is counted, per run or per day. Counts are whole; cost
 * and money are kept in billionths, cost of a weight and money of a US dollar.
 */
public enum BudgetLimit {
  TOOL_CALLS_RUN(true, Unit.WHOLE, 1),
  LLM_TURNS_RUN(true, Unit.WHOLE, 1),
  COST_RUN(true, Unit.BILLIONTHS, 1),
  IRREVERSIBLE_RUN(true, Unit.WHOLE, 0),
  TOKENS_RUN(true, Unit.WHOLE, 1),
  MONEY_RUN(true, Unit.BILLIONTHS, 1),
  TOOL_CALLS_DAY(false, Unit.WHOLE, 1),
  RUNS_DAY(false, Unit.WHOLE, 1),
  COST_DAY(false, Unit.BILLIONTHS, 1),
  TOKENS_DAY(false, Unit.WHOLE, 1),
  MONEY_DAY(false, Unit.BILLIONTHS, 1);

  /** Highest limit of what is counted whole. */
  public static final int WHOLE_MAX = 1_000_000_000;

  /** Highest limit of cost and money: a billion, which leaves room for sums. */
  public static final BigDecimal AMOUNT_MAX = BigDecimal.valueOf(1_000_000_000);

  private static final int DECIMALS = 9;
  private static final long ONE = 1_000_000_000;

  private final boolean perRun;
  private final Unit unit;
  private final long least;

  private final String key;
  private final String label;
  private final String measure;
  private final String setting;

  BudgetLimit(boolean perRun, Unit unit, long least) {
    this.perRun = perRun;
    this.unit = unit;
    this.least = least;
    this.key = name().toLowerCase(Locale.ROOT);
    this.label = key + ": ";
    this.measure = key.substring(0, key.lastIndexOf('_'));
    this.setting = "max_" + measure + (perRun ? "_per_run" : "_per_day");
  }

  private enum Unit {
    WHOLE,
    BILLIONTHS
  }

  /** As status and the API name it: {@code tool_calls_run}. */
  public String key() {
    return key;
  }

  /** As it stands before its amount in a text. */
  public String label() {
    return label;
  }

  /** What is counted, without the time: {@code tool_calls}. */
  public String measure() {
    return measure;
  }

  /** As a manifest names it: {@code max_tool_calls_per_run}. */
  public String setting() {
    return setting;
  }

  /** Whether each run has its own; else all runs of a day share one. */
  public boolean perRun() {
    return perRun;
  }

  /** Whether it is kept in billionths. */
  public boolean billionths() {
    return unit == Unit.BILLIONTHS;
  }

  /** The lowest limit that makes sense, as kept. */
  public long least() {
    return least;
  }

  /** An amount as people write it. */
  public BigDecimal shown(long amount) {
    if (!billionths()) {
      return BigDecimal.valueOf(amount);
    }
    BigDecimal shown = BigDecimal.valueOf(amount, DECIMALS).stripTrailingZeros();
    return shown.scale() < 0 ? shown.setScale(0) : shown;
  }

  /** Appends an amount as people write it. */
  public void show(long amount, StringBuilder to) {
    if (billionths() && amount % ONE != 0) {
      to.append(shown(amount).toPlainString());
    } else {
      to.append(billionths() ? amount / ONE : amount);
    }
  }

  /** Why an amount cannot be granted, null when it can: above 0 and at most what is declared. */
  public @Nullable String problem(BigDecimal amount) {
    int decimals = billionths() ? DECIMALS : 0;
    boolean fits = amount.signum() > 0
        && amount.compareTo(AMOUNT_MAX) <= 0
        && amount.stripTrailingZeros().scale() <= decimals;
    return fits
        ? null
        : "expected=a number above 0, at most " + AMOUNT_MAX.toPlainString()
            + (decimals == 0 ? ", whole" : ", with at most 9 decimals") + ", actual=" + amount;
  }

  /** An amount with at most 9 decimals as it is kept. */
  public long kept(BigDecimal amount) {
    return billionths()
        ? amount.movePointRight(DECIMALS).longValueExact()
        : amount.longValueExact();
  }
}
