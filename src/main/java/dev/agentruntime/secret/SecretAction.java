package dev.agentruntime.secret;

import java.util.Locale;

/** What was done with a secret. */
public enum SecretAction {
  /** The agent was told its handle, or its value when the manifest exposes it. */
  READ,
  /** Its value was read, and its time to live begins. */
  LOADED,
  /** Its value goes to a tool. */
  USED,
  /** The call that it was for was refused: it may not be used now, or not there. */
  DENIED,
  /** Its value was read anew. */
  ROTATED,
  /** It may not be used until it is rotated. */
  REVOKED;

  /** The lower-case word used in the journal. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
