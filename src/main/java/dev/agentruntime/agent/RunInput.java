package dev.agentruntime.agent;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import java.util.List;
import java.util.Map;

/**
 * What a run starts from; all of it is pinned when the run begins.
 *
 * @param instructions the system prompt, empty when there is none
 * @param base the context as it was then
 * @param conversation what was said before
 * @param event what woke the agent
 * @param invocation the run's id
 * @param blocks rendered volatile parts of the prompt by title; shown in the titles' order
 * @param tools what the model may call
 * @param maxTurns most model calls, at least 1
 * @param room how much of what a prompt holds
 */
public record RunInput(
    String instructions,
    AgentContext base,
    Conversation conversation,
    TriggerEvent event,
    InvocationId invocation,
    Map<String, String> blocks,
    List<ToolDefinition> tools,
    int maxTurns,
    Room room) {

  /**
   * How much of each thing a prompt shows.
   *
   * @param payload longest payload, in characters
   * @param state what of the context, in tokens, 0 = all
   * @param conversation what of the conversation
   */
  public record Room(int payload, int state, Conversation.Limits conversation) {

    /** As a manifest says. */
    public static Room of(ProcessConfig config) {
      return new Room(
          config.delivery().maxPayloadChars(),
          config.context().stateMaxTokens(),
          Conversation.Limits.of(config.context()));
    }
  }

  /** Keeps unmodifiable copies. */
  public RunInput {
    blocks = EntryData.InvocationStart.inOrder(blocks);
    tools = List.copyOf(tools);
  }
}
