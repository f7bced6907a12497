package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.HealthConfig;
import dev.agentruntime.policy.MissionConfig;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code health} and {@code mission} of a manifest say, and how the journal keeps it. */
final class WatchManifestTest {

  private static Manifest read(String yaml) {
    return new ManifestReader(name -> null)
        .readYaml("name: a\nmodel: echo\n" + yaml, "t.agent", null, false);
  }

  @Test
  void everyKeyIsReadAndKept() {
    Manifest manifest = read("""
        health:
          stuck_threshold: 4
          loop_window: 30
          loop_min_repeats: 3
          empty_threshold: 5
          empty_max_chars: 6
          error_window: 7
          error_rate_threshold: 0.25
          window: 2m
          no_progress_runs: 8
          on_anomaly: escalate
          cooldown: 90s
          escalation: {event_type: ops.trouble}
        mission:
          objective: Ship it.
          success_criteria: It is out.
          eval_model: openai:gpt-5-mini
          eval_every: 5
          confidence_threshold: 0.85
          timeout_hours: 1.5
          max_invocations: 9
          auto_complete: false
          on_complete: suspend
          escalation: {event_type: ops.doubt}
          success_check: shipped
        """);
    GovernanceConfig governance = manifest.config().governance();
    assertEquals(
        new HealthConfig(
            4,
            30,
            3,
            5,
            6,
            7,
            250,
            Duration.ofMinutes(2),
            8,
            HealthConfig.Action.ESCALATE,
            Duration.ofSeconds(90),
            new EscalationTarget(null, "ops.trouble")),
        governance.health());
    assertEquals(
        new MissionConfig(
            "Ship it.",
            "It is out.",
            "openai:gpt-5-mini",
            5,
            850,
            new BigDecimal("1.5"),
            9,
            false,
            MissionConfig.OnComplete.SUSPEND,
            new EscalationTarget(null, "ops.doubt"),
            "shipped"),
        governance.mission());
    assertEquals(governance, ManifestReader.fromResolved(manifest.resolved()).governance());
  }

  @Test
  void sectionAloneTurnsItOnWithTheDefaults() {
    Manifest manifest = read("health: {}\nmission: {objective: Ship it.}\n");
    GovernanceConfig governance = manifest.config().governance();
    assertEquals(HealthConfig.DEFAULT, governance.health());
    assertEquals(MissionConfig.of("Ship it."), governance.mission());
    assertEquals(governance, ManifestReader.fromResolved(manifest.resolved()).governance());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "health: {enabled: false}\nmission: {enabled: false}\n"})
  void offIsAsIfItWereNotThere(String yaml) {
    Manifest manifest = read(yaml);
    assertEquals(GovernanceConfig.OFF, manifest.config().governance());
    assertEquals(read("").digest(), manifest.digest());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      health: {stuck: 3} | 3:10: unknown key 'stuck', expected one of
      health: {stuck_threshold: 1} | stuck_threshold: expected a whole number from 2 to 100, actual 1
      health: {loop_window: 4, loop_min_repeats: 3} | at least 6, actual 4
      health: {error_rate_threshold: 0} | a number from 0.001 to 1
      health: {error_rate_threshold: 1.1} | a number from 0.001 to 1
      health: {on_anomaly: halt} | on_anomaly: unknown value 'halt'
      health: {on_anomaly: escalate} | expected escalation to say whom to tell, actual nobody
      health: {escalation: {event_type: 'a b'}} | event_type
      health: {cooldown: -1} | cooldown
      mission: {} | objective: expected what is to be reached, actual nothing
      mission: {objective: ' '} | objective: expected what is to be reached, actual nothing
      mission: {objective: x, eval_every: 0} | eval_every: expected at least 1, or 0 with success_check
      mission: {objective: x, success_check: '1 +'} | success_check:
      mission: {objective: x, eval_model: nobody:x} | unknown provider 'nobody'
      mission: {objective: x, eval_model: 'script:p.yaml'} | expected PROVIDER:MODEL, actual a play
      mission: {objective: x, timeout_hours: -1} | timeout_hours
      mission: {objective: x, on_complete: rest} | on_complete: unknown value 'rest'
      mission: {objective: x, confidence_threshold: 70} | a number from 0 to 1
      """)
  void refusesWhatMakesNoSense(String yaml, String expected) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(yaml + "\n"));
    assertEquals(
        true,
        fault.failure().message().contains(expected),
        () -> fault.failure().message());
  }
}
