package dev.agentruntime.process;

import dev.agentruntime.core.ProcessState;
import org.jspecify.annotations.Nullable;

/**
 * What runs.
 *
 * @param digest of the manifest in force
 * @param source {@code api, code, file}
 * @param reason why it is in its state
 * @param accepted events accepted since the incarnation began
 */
public record Deployed(
    String digest,
    String source,
    @Nullable String file,
    ProcessState state,
    String reason,
    long accepted) {

  /** Whether it failed because it could not be set up, which another start may mend. */
  public boolean neverGotUp() {
    return state == ProcessState.FAILED
        && (reason.startsWith(Supervisor.START_FAILED)
            || reason.startsWith(Supervisor.CANNOT_GO_ON));
  }
}
