package dev.agentruntime.llm;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A language model.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>hold no thread while the model thinks;
 *   <li>complete on the Vert.x context that called;
 *   <li>fail with a {@code RuntimeFault} whose code is one of {@code MODEL_*}, with the time the
 *       provider asked to be left alone when it named one;
 *   <li>end its request when the signal is raised, and then fail with {@code CANCELLED};
 *   <li>answer each call once.
 * </ol>
 */
public interface ChatClient {

  /** Asks once. */
  Future<ChatReply> chat(ChatRequest request, CancelSignal cancel);

  /**
   * The most that a call would use, for whoever must know before it is made. A cost that is null is
   * not known.
   *
   * @param before what the question before it in this exchange used, null when there was none
   */
  default Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    return insideJvm()
        ? Message.Usage.NONE
        : new Message.Usage(RequestBound.input(request, before), RequestBound.OUTPUT_USUAL);
  }

  /** Whether it answers inside this JVM: nothing leaves, so nothing has to be durable first. */
  boolean insideJvm();

  /**
   * A question.
   *
   * @param messages the whole exchange, oldest first
   * @param tools what the model may call
   * @param turn from 1; 0 for a summary of the conversation; only built-in models read it
   * @param invocation whose turn it is; only built-in models read it
   * @param event what woke the agent; only built-in models read it
   * @param listener hears the reply while it is written, on the calling context; what it hears is
   *     provisional until the reply is there
   * @param spending counts attempts that failed and may have been paid for
   */
  record ChatRequest(
      List<Message> messages,
      List<ToolDefinition> tools,
      int turn,
      InvocationId invocation,
      TriggerEvent event,
      ReplyListener listener,
      Spending spending) {
    /** Keeps unmodifiable copies. */
    public ChatRequest {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
    }

    /** A question whose answer nobody hears before it is whole. */
    public ChatRequest(
        List<Message> messages,
        List<ToolDefinition> tools,
        int turn,
        InvocationId invocation,
        TriggerEvent event) {
      this(messages, tools, turn, invocation, event, ReplyListener.NOBODY, Spending.NOBODY);
    }

    /** The same question with one more message at its end. */
    public ChatRequest with(Message last) {
      List<Message> all = new ArrayList<>(messages);
      all.add(last);
      return new ChatRequest(all, tools, turn, invocation, event, listener, spending);
    }

    /** The same question, heard by another. */
    public ChatRequest heardBy(ReplyListener other) {
      return new ChatRequest(messages, tools, turn, invocation, event, other, spending);
    }

    /** The same question, counted by another. */
    public ChatRequest countedBy(Spending other) {
      return new ChatRequest(messages, tools, turn, invocation, event, listener, other);
    }
  }

  /**
   * An answer.
   *
   * @param model which model gave it, as configured; empty for one inside this JVM
   */
  record ChatReply(Message.Assistant message, Message.Usage usage, String model) {
    /** An answer from inside this JVM. */
    public ChatReply(Message.Assistant message, Message.Usage usage) {
      this(message, usage, "");
    }
  }
}
