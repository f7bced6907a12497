package dev.agentruntime.agent;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.Message;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import io.vertx.core.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs each step once, ever, under its key: a step that is recorded is handed back, any other is
 * done and recorded. Called on the process's context, one step at a time.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>hand back recorded steps unchanged, without asking a model or calling a tool;
 *   <li>start no step while its process may not run, and go on by itself when it may;
 *   <li>fail a step only when the run cannot go on: what a model should hear is an answer;
 *   <li>never complete after the run was abandoned.
 * </ol>
 */
public interface Steps {

  /**
   * The reply of a turn.
   *
   * @param turn from 1; 0 for a summary of the conversation before them
   * @param request built only when the reply is not recorded
   * @param check says why a fresh reply cannot be used, null when it can; a reply that cannot is
   *     recorded as rejected and asked for again, a bounded number of times
   */
  Future<Replied> model(
      int turn, Supplier<ChatRequest> request, Function<Message.Assistant, @Nullable String> check);

  /**
   * The answer of a tool.
   *
   * @param ordinal counts all tool calls of the run from 1
   */
  Future<Acted> tool(int ordinal, Message.ToolRequest request);

  /** The context as the run sees it now: its base and its own writes. */
  AgentContext state();

  /**
   * A model's reply.
   *
   * @param usage of this turn, rejected replies included
   */
  record Replied(Message.Assistant message, Message.Usage usage) {}

  /** A tool's answer. */
  record Acted(String text, boolean error) {}
}
