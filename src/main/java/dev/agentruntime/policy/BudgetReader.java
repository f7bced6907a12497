package dev.agentruntime.policy;

import dev.agentruntime.guard.Glob;
import dev.agentruntime.policy.BudgetConfig.OnExceeded;
import dev.agentruntime.policy.BudgetConfig.ToolCost;
import dev.agentruntime.yaml.Section;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code budget}. */
final class BudgetReader {

  private static final List<String> KEYS = keys();
  private static final BigDecimal LEAST = BigDecimal.valueOf(1, 9);

  private BudgetReader() {}

  private static List<String> keys() {
    List<String> keys = new ArrayList<>(List.of("enabled"));
    for (BudgetLimit limit : BudgetLimit.values()) {
      keys.add(limit.setting());
    }
    keys.addAll(List.of(
        "tool_costs",
        "on_exceeded",
        "escalation",
        "daily_reset_hour_utc",
        "inject_remaining",
        "grant_to"));
    return List.copyOf(keys);
  }

  /** A section that is there is in force, unless it says otherwise. */
  static BudgetConfig read(Section all) {
    if (!all.has("budget")) {
      return BudgetConfig.OFF;
    }
    Section budget = all.section("budget");
    budget.only(KEYS, Set.of());
    Map<BudgetLimit, Long> limits = new EnumMap<>(BudgetLimit.class);
    for (BudgetLimit limit : BudgetLimit.values()) {
      Long max = max(budget, limit);
      if (max != null) {
        limits.put(limit, max);
      }
    }
    Map<String, ToolCost> tools = new LinkedHashMap<>();
    budget
        .section("tool_costs")
        .members()
        .forEach((name, member) ->
            tools.put(name, tool(Section.of(budget.reading(), name, member.value()))));
    String action = budget.choice("on_exceeded", List.of("pause", "stop", "escalate"), "pause");
    return new BudgetConfig(
        budget.flag("enabled", true),
        limits,
        tools,
        OnExceeded.valueOf(action.toUpperCase(Locale.ROOT)),
        escalation(budget, action),
        budget.whole("daily_reset_hour_utc", 0, 23, 0),
        budget.flag("inject_remaining", true),
        grantTo(budget));
  }

  private static List<String> grantTo(Section budget) {
    List<String> globs = budget.texts("grant_to");
    for (String glob : globs) {
      String problem = Glob.problem(glob);
      if (problem != null) {
        budget.reading().error(budget.markOfValue("grant_to"), "grant_to: " + problem);
      }
    }
    return globs;
  }

  private static EscalationTarget escalation(Section budget, String action) {
    EscalationTarget target = EscalationReader.read(budget);
    if (action.equals("escalate") && target.equals(EscalationTarget.NOBODY)) {
      budget
          .reading()
          .error(
              budget.markOfValue("on_exceeded"),
              "on_exceeded: escalate tells somebody, expected 'escalation' with webhook_url or"
                  + " event_type, actual none");
    }
    return target;
  }

  private static @Nullable Long max(Section budget, BudgetLimit limit) {
    if (!budget.has(limit.setting())) {
      return null;
    }
    if (limit.billionths()) {
      BigDecimal amount = budget.decimal(limit.setting(), LEAST, BudgetLimit.AMOUNT_MAX);
      return amount == null ? null : (Long) limit.kept(amount);
    }
    return (long) budget.whole(
        limit.setting(), (int) limit.least(), BudgetLimit.WHOLE_MAX, BudgetLimit.WHOLE_MAX);
  }

  private static ToolCost tool(Section tool) {
    tool.only(List.of("cost_weight", "irreversible"), Set.of());
    BigDecimal weight = tool.decimal("cost_weight", LEAST, BudgetLimit.AMOUNT_MAX);
    return new ToolCost(
        weight == null ? ToolCost.USUAL.weight() : BudgetLimit.COST_RUN.kept(weight),
        tool.has("irreversible") ? (Boolean) tool.flag("irreversible", false) : null);
  }

  /** As {@link #read} takes it; what equals its default left out. */
  static Map<String, @Nullable Object> written(BudgetConfig config) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (config.equals(BudgetConfig.OFF)) {
      return out;
    }
    // Always said: a section without a key would be left out, and that means off.
    out.put("enabled", config.enabled());
    config.limits().forEach((limit, max) -> out.put(limit.setting(), limit.shown(max)));
    Map<String, @Nullable Object> tools = new LinkedHashMap<>();
    config.tools().forEach((name, cost) -> tools.put(name, tool(cost)));
    if (!tools.isEmpty()) {
      out.put("tool_costs", tools);
    }
    if (config.onExceeded() != OnExceeded.PAUSE) {
      out.put("on_exceeded", config.onExceeded().name().toLowerCase(Locale.ROOT));
    }
    Map<String, @Nullable Object> target = EscalationReader.written(config.escalation());
    if (target != null) {
      out.put("escalation", target);
    }
    if (config.resetHour() != 0) {
      out.put("daily_reset_hour_utc", config.resetHour());
    }
    if (!config.injectRemaining()) {
      out.put("inject_remaining", false);
    }
    if (!config.grantTo().isEmpty()) {
      out.put("grant_to", config.grantTo());
    }
    return out;
  }

  private static Map<String, @Nullable Object> tool(ToolCost cost) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("cost_weight", BudgetLimit.COST_RUN.shown(cost.weight()));
    if (cost.irreversible() != null) {
      out.put("irreversible", cost.irreversible());
    }
    return out;
  }
}
