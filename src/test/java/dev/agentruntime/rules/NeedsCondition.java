package dev.agentruntime.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides for {@link Needs}: run, leave out with a reason, or fail. */
final class NeedsCondition implements ExecutionCondition {

  private final boolean ci;
  private final Predicate<Capability> present;

  NeedsCondition() {
    this("true".equals(System.getenv("CI")), Capability::present);
  }

  NeedsCondition(boolean ci, Predicate<Capability> present) {
    this.ci = ci;
    this.present = present;
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<Needs> needs = AnnotationSupport.findAnnotation(context.getElement(), Needs.class);
    return decide(needs.map(Needs::value).map(Arrays::asList).orElse(List.of()));
  }

  ConditionEvaluationResult decide(List<Capability> needed) {
    List<Capability> missing = new ArrayList<>(needed);
    missing.removeIf(present);
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("nothing missing");
    }
    if (ci && missing.stream().anyMatch(Capability::owedInCi)) {
      throw new IllegalStateException("CI=true, but this machine lacks " + missing
          + "; .ci/run installs what tests need, or leave CI unset to skip this test");
    }
    return ConditionEvaluationResult.disabled("needs " + missing);
  }
}
