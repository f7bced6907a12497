package dev.agentruntime.hook;

/** Thrown by a hook: what it was asked about must not happen, and no further hook is asked. */
public final class HookBlocked extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * A block.
   *
   * @param reason shown to the model or to who deployed, and journaled
   */
  public HookBlocked(String reason) {
    super(reason, null, false, false);
  }

  /** Why. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
