package dev.agentruntime.agent;

import dev.agentruntime.context.ContextPrompt;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.context.RecalledBlock;
import dev.agentruntime.context.StateBlock;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Derives the request of a turn from what is recorded: the run's base and the turns since. Pure, so
 * that a run resumed after a crash asks exactly what it would have asked. The context shown is the
 * base, never the run's own writes: those the model knows from its own tool calls.
 */
final class Prompt {

  private final RunInput input;
  private final List<Message> head;

  /**
   * The prompt of a run.
   *
   * @param before what was said before, as far as it is shown
   */
  Prompt(RunInput input, Conversation before) {
    this.input = input;
    this.head = head(input, before);
  }

  /**
   * The request of one turn.
   *
   * @param turn from 1
   * @param since the replies and tool answers of this run, oldest first
   */
  ChatRequest request(int turn, List<Message> since) {
    List<Message> messages = new ArrayList<>(head.size() + since.size());
    messages.addAll(head);
    messages.addAll(since);
    return new ChatRequest(messages, input.tools(), turn, input.invocation(), input.event());
  }

  private static List<Message> head(RunInput input, Conversation before) {
    List<Message> head = new ArrayList<>();
    if (!input.instructions().isEmpty()) {
      head.add(new Message.SystemText(input.instructions()));
    }
    Message.SystemText state = StateBlock.of(input.base(), input.room().state());
    if (state != null) {
      head.add(state);
    }
    input.blocks().forEach((title, text) -> {
      if (!title.equals(RecalledBlock.TITLE) && !title.equals(PeopleEntry.BLOCK)) {
        head.add(new Message.SystemText(block(title, text)));
      }
    });
    head.addAll(before.messages());
    for (String title : List.of(RecalledBlock.TITLE, PeopleEntry.BLOCK)) {
      String text = input.blocks().get(title);
      if (text != null) {
        head.add(new Message.UserText(block(title, text)));
      }
    }
    head.add(ContextPrompt.userMessage(
        input.event(), input.invocation(), input.room().payload()));
    return List.copyOf(head);
  }

  private static String block(String title, String text) {
    return "[" + title + "]\n" + text;
  }
}
