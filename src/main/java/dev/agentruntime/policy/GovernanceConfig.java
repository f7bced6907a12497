package dev.agentruntime.policy;

import dev.agentruntime.guard.Glob;
import dev.agentruntime.policy.BudgetConfig.ToolCost;
import org.jspecify.annotations.Nullable;

/**
 * What governance a process asked for; all of it is off unless the manifest says otherwise.
 *
 * @param budget what it may use up
 * @param people how operators reach it, and how it calls for them
 * @param health what is watched, null when nothing is
 * @param approval which calls wait for a person
 * @param mission what it is to reach, null when nothing in particular
 */
public record GovernanceConfig(
    BudgetConfig budget,
    PeopleConfig people,
    ApprovalConfig approval,
    @Nullable HealthConfig health,
    @Nullable MissionConfig mission) {

  /** As in a manifest that says nothing of it. */
  public static final GovernanceConfig OFF =
      new GovernanceConfig(BudgetConfig.OFF, PeopleConfig.OFF, ApprovalConfig.OFF, null, null);

  /** Whether a person has to approve every call of this tool, whoever makes it. */
  public boolean asks(String tool) {
    Long cost = approval.cost();
    return approval.tools().stream().anyMatch(glob -> Glob.of(glob).matches(tool))
        || (cost != null && budget.tools().getOrDefault(tool, ToolCost.USUAL).weight() >= cost);
  }

  /** The same, watched like this. */
  public GovernanceConfig withHealth(@Nullable HealthConfig other) {
    return new GovernanceConfig(budget, people, approval, other, mission);
  }

  /** The same with this to reach. */
  public GovernanceConfig withMission(@Nullable MissionConfig other) {
    return new GovernanceConfig(budget, people, approval, health, other);
  }
}
