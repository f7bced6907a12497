package dev.agentruntime.policy;

/** What governance a process asked for; all of it is off unless the manifest says otherwise. */
public record GovernanceConfig() {

  /** As in a manifest that says nothing of it. */
  public static final GovernanceConfig OFF = new GovernanceConfig();
}
