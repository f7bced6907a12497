package dev.agentruntime.agent;

import dev.agentruntime.core.Message;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import java.util.List;

/**
 * What a model is asked when its replies to a question could not be used: the question again, and
 * what was wrong with each. Pure, so that a run resumed after a crash asks the same.
 */
public final class Repair {

  /** Replies of one turn that may be unusable before the run fails. */
  public static final int REJECTED_MAX = 3;

  private Repair() {}

  /**
   * The question.
   *
   * @param rejected why the replies so far could not be used, in order; often none
   */
  public static ChatRequest of(ChatRequest request, List<String> rejected) {
    ChatRequest asked = request;
    for (String why : rejected) {
      asked = asked.with(
          new Message.UserText("Your reply to this was not used and nothing in it was done: " + why
              + ". Reply again, whole and corrected."));
    }
    return asked;
  }
}
