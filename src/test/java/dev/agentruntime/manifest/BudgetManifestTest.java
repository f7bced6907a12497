package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.policy.BudgetConfig;
import dev.agentruntime.policy.BudgetConfig.OnExceeded;
import dev.agentruntime.policy.BudgetConfig.ToolCost;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.policy.EscalationTarget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code budget} of a manifest. */
class BudgetManifestTest {

  private static Manifest read(String yaml) {
    return new ManifestReader(Map.of("MAX", "7")::get)
        .readYaml("name: a\n" + yaml, "t.agent", null, false);
  }

  private static BudgetConfig budget(String yaml) {
    return read(yaml).config().governance().budget();
  }

  @Test
  void readsEveryKeyAndWritesItBack() {
    Manifest manifest = read("""
        budget:
          max_tool_calls_per_run: ${MAX}
          max_llm_turns_per_run: 3
          max_cost_per_run: 2.5
          max_irreversible_per_run: 0
          max_tokens_per_run: 9000
          max_money_per_run: 0.000000001
          max_tool_calls_per_day: 50
          max_runs_per_day: 10
          max_cost_per_day: 100
          max_tokens_per_day: 90000
          max_money_per_day: 1000000000
          tool_costs:
            pay: {cost_weight: 10, irreversible: true}
            look: {cost_weight: 0.1}
            draft: {irreversible: false}
          on_exceeded: escalate
          escalation: {webhook_url: "https://ops.example/budget", event_type: budget.used_up}
          daily_reset_hour_utc: 6
          inject_remaining: false
          grant_to: ["worker-*", child]
        """);
    Map<BudgetLimit, Long> limits = new HashMap<>(Map.of(
        BudgetLimit.TOOL_CALLS_RUN, 7L,
        BudgetLimit.LLM_TURNS_RUN, 3L,
        BudgetLimit.COST_RUN, 2_500_000_000L,
        BudgetLimit.IRREVERSIBLE_RUN, 0L,
        BudgetLimit.TOKENS_RUN, 9_000L,
        BudgetLimit.MONEY_RUN, 1L,
        BudgetLimit.TOOL_CALLS_DAY, 50L,
        BudgetLimit.RUNS_DAY, 10L,
        BudgetLimit.COST_DAY, 100_000_000_000L,
        BudgetLimit.TOKENS_DAY, 90_000L));
    limits.put(BudgetLimit.MONEY_DAY, 1_000_000_000_000_000_000L);
    assertEquals(
        new BudgetConfig(
            true,
            limits,
            Map.of(
                "pay", new ToolCost(10_000_000_000L, true),
                "look", new ToolCost(100_000_000L, null),
                "draft", new ToolCost(1_000_000_000L, false)),
            OnExceeded.ESCALATE,
            new EscalationTarget("https://ops.example/budget", "budget.used_up"),
            6,
            false,
            List.of("worker-*", "child")),
        manifest.config().governance().budget());
    Manifest back = ManifestReader.of(ManifestReader.fromResolved(manifest.resolved()));
    assertEquals(manifest.digest(), back.digest());
    assertEquals(manifest.config().governance(), back.config().governance());
  }

  @Test
  void withoutTheSectionThereIsNone() {
    assertEquals(BudgetConfig.OFF, budget("world: {}\n"));
    assertEquals(
        Json.parse("{\"version\":\"1.0\",\"name\":\"a\",\"model\":\"openai:gpt-5-mini\"}"),
        read("world: {}\n").resolved());
  }

  @Test
  void oneThatIsSwitchedOffKeepsItsLimits() {
    Manifest off = read("budget: {enabled: false, max_runs_per_day: 4}\n");
    BudgetConfig config = off.config().governance().budget();
    assertEquals(false, config.enabled());
    assertEquals(Map.of(BudgetLimit.RUNS_DAY, 4L), config.limits());
    assertEquals(
        config, ManifestReader.fromResolved(off.resolved()).governance().budget());
  }

  @Test
  void anEmptySectionOnlyCounts() {
    BudgetConfig config = budget("budget: {}\n");
    assertEquals(true, config.enabled());
    assertEquals(Map.of(), config.limits());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {max: 1}|2:10: unknown key 'max'
      {max_runs_per_run: 1}|2:10: unknown key 'max_runs_per_run', did you mean 'max_runs_per_day'?
      {max_runs_per_day: -1}|2:28: max_runs_per_day: expected a whole number from 1 to 1000000000, actual -1
      {max_runs_per_day: 0}|2:28: max_runs_per_day: expected a whole number from 1 to 1000000000, actual 0
      {max_runs_per_day: 1.0e+308}|2:28: max_runs_per_day: expected a whole number from 1 to 1000000000
      {max_irreversible_per_run: -1}|2:36: max_irreversible_per_run: expected a whole number from 0 to 1000000000, actual -1
      {max_cost_per_run: 0}|2:28: max_cost_per_run: expected a number from 0.000000001 to 1000000000, actual 0
      {max_cost_per_run: -5}|2:28: max_cost_per_run: expected a number from 0.000000001 to 1000000000, actual -5
      {max_money_per_day: 1.0e+308}|2:29: max_money_per_day: expected a number from 0.000000001 to 1000000000
      {max_money_per_day: .nan}|2:29: max_money_per_day: expected a number from 0.000000001 to 1000000000
      {max_money_per_day: 0.0000000001}|2:29: max_money_per_day: expected a number from 0.000000001 to 1000000000
      {on_exceeded: warn}|2:23: on_exceeded: unknown value 'warn'
      {on_exceeded: escalate}|2:23: on_exceeded: escalate tells somebody, expected 'escalation' with webhook_url or event_type, actual none
      {escalation: {}}|2:22: escalation: expected webhook_url or event_type
      {escalation: {event_type: "a b"}}|2:35: event_type: expected segments
      {escalation: {webhook_url: "ops"}}|2:36: webhook_url: expected an address as https://host/path, actual "ops"
      {escalation: {webhook_url: "https://me@ops.example/"}}|2:36: webhook_url: expected an address as https://host/path, actual "https://me@ops.example/"
      {escalation: {webhook_url: "https://ops.example/#a"}}|2:36: webhook_url: expected an address as https://host/path, actual "https://ops.example/#a"
      {escalation: {mail: x}}|2:23: unknown key 'mail'
      {daily_reset_hour_utc: 24}|2:32: daily_reset_hour_utc: expected a whole number from 0 to 23, actual 24
      {tool_costs: {pay: {cost_weight: 0}}}|2:42: cost_weight: expected a number from 0.000000001 to 1000000000, actual 0
      {tool_costs: {pay: 3}}|2:28: pay: expected a map of keys and values, actual 3
      {grant_to: "["}|2:20: grant_to:
      {grant_to: [3]}|2:21: grant_to
      {tool_costs: {pay: {cost: 3}}}|2:29: unknown key 'cost'
      """)
  void saysWhatIsWrong(String section, String expected) {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> read("budget: " + section + "\n"), section);
    String message = fault.failure().message();
    assertEquals(true, message.contains("t.agent:" + expected), message);
  }
}
