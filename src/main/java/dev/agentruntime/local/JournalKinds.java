package dev.agentruntime.local;

import java.util.Set;
import java.util.TreeSet;

/** The kinds of entries that a journal holds, by their words in it. */
final class JournalKinds {

  /** All of them, in order. */
  static final Set<String> ALL = new TreeSet<>(Set.of(
      "approval_decision",
      "approval_request",
      "budget_charge",
      "budget_grant",
      "checkpoint",
      "context_update",
      "dead_letter",
      "effect_delivered",
      "effect_resolved",
      "emitted",
      "error",
      "escalation",
      "health_anomaly",
      "inbox_message",
      "invocation_result",
      "invocation_start",
      "mission_evaluation",
      "model_call",
      "model_reply",
      "operator_action",
      "process_deployed",
      "process_removed",
      "restart",
      "rewind",
      "secret_access",
      "state_transition",
      "tool_call",
      "tool_result",
      "tool_set",
      "trigger_cursor",
      "trigger_event",
      "trigger_settled",
      "verticle"));

  private JournalKinds() {}
}
