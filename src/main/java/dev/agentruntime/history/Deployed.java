package dev.agentruntime.history;

import dev.agentruntime.core.ProcessState;
import org.jspecify.annotations.Nullable;

/**
 * What runs.
 *
 * @param digest of the manifest in force
 * @param declared of what its source said last; another one than {@code digest} while something
 *     else was put in its place
 * @param source {@code api, code, file}
 * @param reason why it is in its state
 * @param accepted events accepted since the incarnation began
 * @param neverGotUp whether it failed because it could not be set up, which another start may mend
 */
public record Deployed(
    String digest,
    String declared,
    String source,
    @Nullable String file,
    ProcessState state,
    String reason,
    long accepted,
    boolean neverGotUp) {}
