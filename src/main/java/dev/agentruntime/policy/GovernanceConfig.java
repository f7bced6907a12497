package dev.agentruntime.policy;

import org.jspecify.annotations.Nullable;

/**
 * What governance a process asked for; all of it is off unless the manifest says otherwise.
 *
 * @param health what is watched, null when nothing is
 * @param mission what it is to reach, null when nothing in particular
 */
public record GovernanceConfig(
    @Nullable HealthConfig health, @Nullable MissionConfig mission) {

  /** As in a manifest that says nothing of it. */
  public static final GovernanceConfig OFF = new GovernanceConfig(null, null);
}
