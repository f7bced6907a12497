package dev.agentruntime.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One message of the exchange between an agent and its model. */
public sealed interface Message {

  /** Instructions and blocks that the runtime writes. */
  record SystemText(String text) implements Message {}

  /** What the agent is asked: the trigger event in its envelope. */
  record UserText(String text) implements Message {}

  /**
   * What the model answered.
   *
   * @param text its words, empty when it only calls tools
   * @param calls the tool calls it asks for, in order
   * @param signature what its provider wants to see again, unchanged, when the reply is sent back
   *     to it; null when there is none
   */
  record Assistant(
      String text, List<ToolRequest> calls, @Nullable String signature) implements Message {
    /** Keeps an unmodifiable copy. */
    public Assistant {
      calls = List.copyOf(calls);
    }

    /** Without a signature. */
    public Assistant(String text, List<ToolRequest> calls) {
      this(text, calls, null);
    }
  }

  /**
   * What a tool answered.
   *
   * @param callId the id the model gave its call
   * @param tool the tool's name
   * @param text the answer, or the error in words
   * @param error whether the call failed
   */
  record ToolText(String callId, String tool, String text, boolean error) implements Message {}

  /**
   * A tool call that a model asks for.
   *
   * @param callId the model's own id; new at every turn, so never used as an effect key
   * @param tool the tool's name
   * @param arguments the arguments as the model wrote them; may be no valid JSON
   */
  record ToolRequest(String callId, String tool, String arguments) {}

  /**
   * What a model call cost.
   *
   * @param input tokens read, those from a cache included
   * @param output tokens written
   * @param cached how many of the tokens read came from the provider's cache
   * @param cost in billionths of a US dollar; null when the price is not known, or the provider
   *     did not say what it counted
   */
  record Usage(
      long input, long output, long cached, @Nullable Long cost) {
    /** Nothing, for nothing. */
    public static final Usage NONE = new Usage(0, 0, 0, 0L);

    /** Tokens without a price. */
    public Usage(long input, long output) {
      this(input, output, 0, null);
    }

    /** The sum of two; its cost is known when both are. */
    public Usage plus(Usage other) {
      return new Usage(
          input + other.input,
          output + other.output,
          cached + other.cached,
          cost == null || other.cost == null ? null : (Long) (cost + other.cost));
    }
  }
}
