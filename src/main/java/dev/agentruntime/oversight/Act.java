package dev.agentruntime.oversight;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.fold.OpenRun;

/**
 * A tool call that a run wants to make.
 *
 * @param ordinal counts all tool calls of the invocation from 1
 * @param tool as the model was shown it
 * @param policy what may be done with the call in doubt; OWN_STATE leaves nothing outside
 * @param arguments checked against the tool's schema
 * @param outbound whether they leave the runtime for somebody else
 */
public record Act(
    OpenRun run,
    int ordinal,
    Message.ToolRequest request,
    ToolDefinition tool,
    ToolDefinition.Policy policy,
    Json arguments,
    boolean outbound) {}
