package dev.agentruntime.policy;

import org.jspecify.annotations.Nullable;

/**
 * Whom to tell when something needs a person.
 *
 * @param webhookUrl an address that is called, null = none
 * @param eventType the type of an event that is emitted, null = none
 */
public record EscalationTarget(
    @Nullable String webhookUrl, @Nullable String eventType) {

  /** Tells nobody. */
  public static final EscalationTarget NOBODY = new EscalationTarget(null, null);
}
