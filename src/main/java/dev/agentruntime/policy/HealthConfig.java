package dev.agentruntime.policy;

import java.time.Duration;

/**
 * What is watched of a process's health, without any model.
 *
 * @param stuckThreshold equal tool calls in a row, 2..100
 * @param loopWindow newest tool calls of a run that are searched for a pattern, 4..200
 * @param loopMinRepeats how often a pattern of at least two calls stands there, 2..50
 * @param emptyThreshold final replies in a row that say next to nothing, 2..1,000
 * @param emptyMaxChars longest of those, in characters
 * @param errorWindow newest runs that are counted, 2..1,000
 * @param errorRate of 1,000 runs, how many may not fail, 1..1,000
 * @param window how far back messages with another process are compared, zero = never
 * @param noProgressRuns runs in a row that change nothing, 0 = never looked at
 * @param cooldown for how long the same finding is not said again
 */
public record HealthConfig(
    int stuckThreshold,
    int loopWindow,
    int loopMinRepeats,
    int emptyThreshold,
    int emptyMaxChars,
    int errorWindow,
    int errorRate,
    Duration window,
    int noProgressRuns,
    Action onAnomaly,
    Duration cooldown,
    EscalationTarget escalation) {

  /** As a section that only says that health is watched. */
  public static final HealthConfig DEFAULT = new HealthConfig(
      3,
      20,
      2,
      3,
      10,
      10,
      500,
      Duration.ofSeconds(60),
      0,
      Action.LOG,
      Duration.ofSeconds(300),
      EscalationTarget.NOBODY);

  /** What is done about an anomaly. */
  public enum Action {
    LOG,
    PAUSE,
    STOP,
    ESCALATE
  }
}
