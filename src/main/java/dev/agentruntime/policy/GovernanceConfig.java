package dev.agentruntime.policy;

/**
 * What governance a process asked for; all of it is off unless the manifest says otherwise.
 *
 * @param budget what it may use up
 */
public record GovernanceConfig(BudgetConfig budget) {

  /** As in a manifest that says nothing of it. */
  public static final GovernanceConfig OFF = new GovernanceConfig(BudgetConfig.OFF);
}
