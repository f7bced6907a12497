package dev.agentruntime.core;

import java.util.List;

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
   */
  record Assistant(String text, List<ToolRequest> calls) implements Message {
    /** Keeps an unmodifiable copy. */
    public Assistant {
      calls = List.copyOf(calls);
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
   * @param input tokens read
   * @param output tokens written
   */
  record Usage(long input, long output) {
    /** Nothing. */
    public static final Usage NONE = new Usage(0, 0);

    /** The sum of two. */
    public Usage plus(Usage other) {
      return new Usage(input + other.input, output + other.output);
    }
  }
}
