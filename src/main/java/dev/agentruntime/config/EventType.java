package dev.agentruntime.config;

import java.util.Arrays;
import java.util.List;

/** Everything that people who run a node can be told, and how much it matters. */
public enum EventType {
  INVOCATION_START("invocation.start", Severity.INFO),
  INVOCATION_COMPLETE("invocation.complete", Severity.INFO),
  INVOCATION_ERROR("invocation.error", Severity.ERROR),
  INVOCATION_TIMEOUT("invocation.timeout", Severity.ERROR),
  TOOL_ERROR("tool.error", Severity.WARNING),
  TOOL_SLOW("tool.slow", Severity.WARNING),
  /** Of tools of servers that say how far they are, at most once a second. */
  TOOL_PROGRESS("tool.progress", Severity.INFO),
  GUARDRAIL_BLOCKED("guardrail.blocked", Severity.WARNING),
  GUARDRAIL_REDACTED("guardrail.redacted", Severity.WARNING),
  BUDGET_EXCEEDED("budget.exceeded", Severity.ERROR),
  BUDGET_WARNING("budget.warning", Severity.WARNING),
  BUDGET_DAILY_RESET("budget.daily_reset", Severity.INFO),
  APPROVAL_REQUESTED("approval.requested", Severity.WARNING),
  APPROVAL_GRANTED("approval.granted", Severity.INFO),
  APPROVAL_DENIED("approval.denied", Severity.WARNING),
  MISSION_PROGRESS("mission.progress", Severity.INFO),
  MISSION_COMPLETE("mission.complete", Severity.INFO),
  MISSION_FAILED("mission.failed", Severity.ERROR),
  HEALTH_ANOMALY("health.anomaly", Severity.WARNING),
  HEALTH_RECOVERED("health.recovered", Severity.INFO),
  PROCESS_STARTED("process.started", Severity.INFO),
  PROCESS_STOPPED("process.stopped", Severity.INFO),
  PROCESS_FAILED("process.failed", Severity.CRITICAL),
  PROCESS_RESTARTED("process.restarted", Severity.WARNING),
  /** Never told: this runtime has no cache of answers. */
  CACHE_PURGED("cache.purged", Severity.INFO);

  private final String word;
  private final Severity severity;

  EventType(String word, Severity severity) {
    this.word = word;
    this.severity = severity;
  }

  /** As it is written: {@code budget.exceeded}. */
  public String word() {
    return word;
  }

  /** How much it matters when nothing more is known. */
  public Severity severity() {
    return severity;
  }

  /** All words. */
  public static List<String> words() {
    return Arrays.stream(values()).map(EventType::word).toList();
  }
}
