package dev.agentruntime.policy;

/**
 * What governance a process asked for; all of it is off unless the manifest says otherwise.
 *
 * @param budget what it may use up
 * @param people how operators reach it, and how it calls for them
 */
public record GovernanceConfig(BudgetConfig budget, PeopleConfig people) {

  /** As in a manifest that says nothing of it. */
  public static final GovernanceConfig OFF =
      new GovernanceConfig(BudgetConfig.OFF, PeopleConfig.OFF);
}
