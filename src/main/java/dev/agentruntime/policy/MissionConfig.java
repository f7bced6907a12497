package dev.agentruntime.policy;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a process is to reach, and who says whether it has.
 *
 * @param objective never blank
 * @param successCriteria what a judge goes by, may be empty
 * @param evalModel who judges, null = the process's own model
 * @param evalEvery successful runs between two judgements, 0 = no model is asked
 * @param confidenceThreshold from which confidence on a judgement counts, 0..1,000
 * @param timeoutHours zero = none
 * @param maxInvocations runs that may begin, 0 = any number
 * @param autoComplete whether {@code onComplete} is done at the end
 * @param successCheck an expression over the context, null = none
 */
public record MissionConfig(
    String objective,
    String successCriteria,
    @Nullable String evalModel,
    int evalEvery,
    int confidenceThreshold,
    BigDecimal timeoutHours,
    int maxInvocations,
    boolean autoComplete,
    OnComplete onComplete,
    EscalationTarget escalation,
    @Nullable String successCheck) {

  private static final BigDecimal HOUR = BigDecimal.valueOf(3_600_000);

  /** A mission of which only the objective is said. */
  public static MissionConfig of(String objective) {
    return new MissionConfig(
        objective,
        "",
        null,
        1,
        700,
        BigDecimal.ZERO,
        0,
        true,
        OnComplete.STOP,
        EscalationTarget.NOBODY,
        null);
  }

  /** How long it may take, zero = any time. */
  public Duration timeout() {
    return Duration.ofMillis(timeoutHours.multiply(HOUR).longValue());
  }

  /** What becomes of a process whose mission has ended. */
  public enum OnComplete {
    STOP,
    CONTINUE,
    SUSPEND
  }
}
