package dev.agentruntime.history;

import dev.agentruntime.core.ProcessState;
import org.jspecify.annotations.Nullable;

/**
 * What runs.
 *
 * @param digest of the manifest as it was declared, without what operators changed
 * @param source {@code api, code, file}
 * @param reason why it is in its state
 * @param accepted events accepted since the incarnation began
 * @param position the sequence of its last entry
 * @param neverGotUp whether it failed because it could not be set up, which another start may mend
 */
public record Deployed(
    String digest,
    String source,
    @Nullable String file,
    ProcessState state,
    String reason,
    long accepted,
    long position,
    boolean neverGotUp) {}
