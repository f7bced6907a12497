package dev.agentruntime.policy;

/**
 * What governance a process asked for; all of it is off unless the manifest says otherwise.
 *
 * @param approval which calls wait for a person
 */
public record GovernanceConfig(ApprovalConfig approval) {

  /** As in a manifest that says nothing of it. */
  public static final GovernanceConfig OFF = new GovernanceConfig(ApprovalConfig.OFF);
}
