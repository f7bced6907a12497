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
 * @param request what the model said
 * @param arguments checked against the tool's schema; of a call that is made again, those with
 *     which it was begun
 * @param outbound whether they leave the runtime for somebody else
 * @param again whether the call was begun before, so that nobody knows what became of it
 */
public record Act(
    OpenRun run,
    int ordinal,
    Message.ToolRequest request,
    ToolDefinition tool,
    ToolDefinition.Policy policy,
    Json arguments,
    boolean outbound,
    boolean again) {

  /**
   * Whether anything from outside had come into the run when the call was begun: what it brings
   * itself is none of that.
   */
  public boolean isTainted() {
    return run.isTaintedBefore(ordinal);
  }
}
