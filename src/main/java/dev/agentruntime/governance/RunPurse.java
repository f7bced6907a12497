package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one open run has used up. Part of the fold. */
final class RunPurse {

  final Amounts used = new Amounts();

  /** Of most runs nobody is warned: a set of its own is for those of which somebody is. */
  private Set<BudgetLimit> warned = Set.of();

  /** What was wanted too much of, null while nothing was. */
  @Nullable
  BudgetLimit exceeded;

  /** Most that the call of a model that has no reply yet uses, null = there is none. */
  @Nullable
  Open open;

  /**
   * A call of a model without a reply.
   *
   * @param day the day it was charged to
   */
  record Open(long tokens, long money, Instant day) {}

  void warned(BudgetLimit limit) {
    if (warned.isEmpty()) {
      warned = EnumSet.of(limit);
    } else {
      warned.add(limit);
    }
  }

  boolean isWarned(BudgetLimit limit) {
    return warned.contains(limit);
  }

  /** A new day of the budget has begun: what was wanted of the one before is over. */
  void turn() {
    exceeded = exceeded != null && exceeded.perRun() ? exceeded : null;
  }

  Map<String, Object> toValues() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("used", used.toValues());
    all.put("warned", warned.stream().map(BudgetLimit::key).toList());
    if (exceeded != null) {
      all.put("exceeded", exceeded.key());
    }
    if (open != null) {
      all.put("open_tokens", open.tokens());
      all.put("open_money", open.money());
      all.put("open_day", open.day().toString());
    }
    return all;
  }

  static RunPurse of(Fields values) {
    RunPurse purse = new RunPurse();
    purse.used.read(values.textMap("used"));
    values.texts("warned").forEach(key -> purse.warned(Purse.limit(key)));
    String exceeded = values.optionalText("exceeded");
    purse.exceeded = exceeded == null ? null : Purse.limit(exceeded);
    String day = values.optionalText("open_day");
    if (day != null) {
      purse.open =
          new Open(values.number("open_tokens"), values.number("open_money"), Instant.parse(day));
    }
    return purse;
  }
}
