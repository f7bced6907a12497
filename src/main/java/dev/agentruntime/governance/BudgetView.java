package dev.agentruntime.governance;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetLimit;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A budget as status and the API show it. */
public final class BudgetView {

  private BudgetView() {}

  /**
   * What is left of each limit, null = not bounded, below nothing when more is used up; of a limit
   * per run what is left to the open run that has least of it.
   */
  public static Map<String, @Nullable Object> remaining(
      Purse purse, BudgetConfig config, Instant now) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    for (BudgetLimit limit : BudgetLimit.values()) {
      long left = purse.left(limit, null, now, config);
      if (limit.perRun()) {
        for (String run : purse.runs()) {
          left = Math.min(left, purse.left(limit, new InvocationId(run), now, config));
        }
      }
      all.put(limit.key(), left == Purse.UNBOUNDED ? null : limit.shown(left));
    }
    return all;
  }

  /**
   * {@code {"enabled", "day", "resets_at", "held", "limits":{}, "used":{}, "granted":{},
   * "remaining":{}}}: amounts by limit, {@code used} and {@code granted} of the day.
   */
  public static Map<String, @Nullable Object> of(Purse purse, BudgetConfig config, Instant now) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("enabled", config.enabled());
    Map<String, @Nullable Object> limits = new LinkedHashMap<>();
    config.limits().forEach((limit, max) -> limits.put(limit.setting(), limit.shown(max)));
    all.put("limits", limits);
    if (!config.enabled()) {
      return all;
    }
    Instant day = purse.day(now, config);
    all.put("day", BudgetDay.name(day));
    all.put("resets_at", BudgetDay.next(day, config.resetHour()).toString());
    all.put("held", purse.heldSince() != null);
    Map<String, @Nullable Object> used = new LinkedHashMap<>();
    Map<String, @Nullable Object> granted = new LinkedHashMap<>();
    for (BudgetLimit limit : BudgetLimit.values()) {
      if (!limit.perRun()) {
        used.put(limit.key(), limit.shown(purse.used(limit, null, now, config)));
        long more = purse.granted(limit, now, config);
        if (more > 0) {
          granted.put(limit.key(), limit.shown(more));
        }
      }
    }
    all.put("used", used);
    all.put("granted", granted);
    all.put("remaining", remaining(purse, config, now));
    return all;
  }
}
