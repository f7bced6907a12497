package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.policy.ApprovalConfig;
import dev.agentruntime.policy.EscalationTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code approval}, {@code taint} and {@code trusted} of a manifest, good and bad. */
final class ApprovalManifestTest {

  private static final String HEAD = "name: a\nmodel: echo\ninstructions: x\n";

  private static Manifest read(String more) {
    return new ManifestReader(name -> null).readYaml(HEAD + more, "t.agent", null, false);
  }

  private static ApprovalConfig approval(String more) {
    Manifest manifest = read(more);
    assertEquals(
        manifest.config(), ManifestReader.fromResolved(manifest.resolved()), "as journaled");
    return manifest.config().governance().approval();
  }

  @Test
  void withoutItNobodyIsAskedAndWithItTaintedRunsAre() {
    assertFalse(approval("").isOn());
    assertEquals(ApprovalConfig.Taint.ASK, approval("approval: {}\n").taint());
    assertEquals(
        ApprovalConfig.Taint.ALLOW, approval("approval: {tainted: false}\n").taint());
    assertEquals(
        ApprovalConfig.Taint.DENY, approval("taint: deny\napproval: {}\n").taint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "policy: irreversible                 |                            | true",
        "policy: irreversible                 | taint: declared            | true",
        "policy: irreversible                 | taint: allow               | false",
        "policy: irreversible                 | 'approval: {cost: 2}'      | false",
        "policy: irreversible                 | 'approval: {tainted: false}' | false",
        "policy: irreversible, approval: true |                            | true",
        "policy: idempotent                   |                            | false",
        "approval: true                       |                            | false",
      })
  void withoutAWordAboutTaintWhatItCallsIrreversibleIsAskedAbout(
      String rule, @Nullable String more, boolean asks) {
    ApprovalConfig read =
        approval("tools: {pay: {" + rule + "}}\n" + (more == null ? "" : more + "\n"));
    assertEquals(asks ? List.of("pay") : List.of(), read.declared());
    assertEquals(asks, read.taint() == ApprovalConfig.Taint.DECLARED && read.isOn() && asks);
  }

  @Test
  void aPolicyThatAVariableNamesIsThatPolicy(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("t.agent");
    Files.writeString(file, HEAD + "tools: {pay: {policy: \"${WORST}\"}}\n");
    Manifest manifest =
        new ManifestReader(name -> name.equals("WORST") ? "irreversible" : null).readFile(file);
    assertEquals(List.of("pay"), manifest.config().governance().approval().declared());
    assertEquals(
        manifest.config(), ManifestReader.fromResolved(manifest.resolved()), "as journaled");
  }

  @Test
  void everyKeyIsReadAndJournaled() {
    ApprovalConfig all = approval("""
        taint: allow
        tools: {pay: {approval: true}, look: {approval: false}}
        triggers: [{type: event, id: review, event_type: decided, trusted: true}]
        approval:
          tools: ["refund_*"]
          irreversible: true
          timeout: 60
          on_timeout: allow
          include_arguments: false
          redact_sensitive: false
          context_messages: 3
          max_pending: 4
          max_retries_after_deny: 0
          deny_window: 10m
          deny_scope: session
          sequential: true
          decided_by: [review]
          cost: 2.5
          escalation: {webhook_url: "https://ops.example.com/asked", event_type: ops.asked}
          address: https://agents.example.com:9443
        """);
    assertEquals(
        new ApprovalConfig(
            List.of("refund_*", "pay"),
            true,
            ApprovalConfig.Taint.ALLOW,
            List.of(),
            new ApprovalConfig.Asking(Duration.ofMinutes(1), true, false, false, 3),
            new ApprovalConfig.Limits(
                4, 0, Duration.ofMinutes(10), ApprovalConfig.DenyScope.SESSION, true),
            List.of("review"),
            2_500_000_000L,
            new ApprovalConfig.Notice(
                new EscalationTarget("https://ops.example.com/asked", "ops.asked"),
                "https://agents.example.com:9443")),
        all);
  }

  @Test
  void saysThatATimeoutAllowsNothingDangerous() {
    assertTrue(read("approval: {on_timeout: allow}\n").warnings().stream()
        .anyMatch(warning -> warning.contains("irreversible or of a tainted run")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "taint: maybe                          | 4:8: taint: unknown value 'maybe'",
        "approval: {cost: 0}                   | 4:18: cost: expected",
        "approval: {cost: much}                | 4:18: cost: expected",
        "approval: {deny_scope: user}          | 4:24: deny_scope: 'user' has no meaning here",
        "approval: {deny_scope: all}           | 4:24: deny_scope: unknown value 'all'",
        "approval: {escalation: {}}            | 4:24: escalation: expected webhook_url or",
        "approval: {escalation: {webhook_url: x}} | webhook_url: expected an address",
        "approval: {address: 'https://a'}      | 4:12: address: nobody is told it",
        "approval: {address: 'a/', escalation: {event_type: e}} | 4:21: address: expected where",
        "approval: {address: 'https://a/', escalation: {event_type: e}} | address: expected where",
        "approval: {handler: x}                | 4:12: unknown key 'handler'",
        "approval: {timeout: 0}                | 4:21: timeout: expected a duration",
        "approval: {timeout: 2d}               | 4:21: timeout: expected a duration",
        "approval: {tools: ['[']}              | 4:19: tools: ",
        "approval: {on_timeout: ask}           | 4:24: on_timeout: unknown value 'ask'",
        "approval: {max_pending: 0}            | 4:25: max_pending: expected a whole number",
        "approval: {decided_by: [x]}           | 4:24: decided_by: there is no trigger with id: x",
        "tools: {pay: {approval: maybe}}       | approval: expected true or false",
      })
  void refusesMistakes(String yaml, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(yaml + "\n"));
    assertTrue(
        String.valueOf(fault.getMessage()).contains(message),
        () -> String.valueOf(fault.getMessage()));
  }

  @Test
  void refusesDecisionsThatAnybodyCouldMake() {
    RuntimeFault open = assertThrows(RuntimeFault.class, () -> read("""
        triggers: [{type: webhook, id: x, webhook_path: /x}]
        approval: {decided_by: [x]}
        """));
    assertTrue(String.valueOf(open.getMessage()).contains("webhook x has no hmac_secret"));
    RuntimeFault told = assertThrows(RuntimeFault.class, () -> read("""
        triggers: [{type: message, id: x, topic: t}]
        approval: {decided_by: [x]}
        """));
    assertTrue(String.valueOf(told.getMessage()).contains("neither a webhook nor an event"));
  }

  @Test
  void refusesTheTaintTwice() {
    RuntimeFault twice =
        assertThrows(RuntimeFault.class, () -> read("approval: {tainted: true}\ntaint: deny\n"));
    assertTrue(String.valueOf(twice.getMessage()).contains("'tainted' is given twice"));
  }
}
