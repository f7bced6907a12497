package dev.agentruntime.oversight;

import dev.agentruntime.core.Json;
import org.jspecify.annotations.Nullable;

/**
 * What somebody says to a request for approval.
 *
 * @param id of the request
 * @param arguments what the tool is to be given instead, an object; null = what was asked for
 * @param reason why, may be empty
 * @param by who says it; never an agent
 * @param digest of the arguments that were seen, null = whatever they are
 * @param epoch in which the request was seen, null = whatever it was
 */
public record ApprovalWord(
    String id,
    boolean approves,
    @Nullable Json arguments,
    String reason,
    String by,
    @Nullable String digest,
    @Nullable Long epoch) {}
