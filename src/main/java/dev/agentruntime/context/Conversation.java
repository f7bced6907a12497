package dev.agentruntime.context;

import dev.agentruntime.core.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was said in earlier runs, oldest first: each run's user message and final reply. Immutable;
 * safe on every thread.
 */
public final class Conversation {

  /** Nothing was said. */
  public static final Conversation EMPTY = new Conversation(List.of());

  private final List<Message> messages;

  private Conversation(List<Message> messages) {
    this.messages = messages;
  }

  /** Rebuilds a conversation from its messages, oldest first. */
  public static Conversation of(List<? extends Message> messages) {
    return messages.isEmpty() ? EMPTY : new Conversation(List.copyOf(messages));
  }

  /**
   * This conversation with one more exchange at its end; this one stays as it is.
   *
   * @param user what the agent was asked
   * @param reply its final reply
   * @param maxMessages most messages kept, 0 = unlimited; the oldest go first, and always as whole
   *     exchanges, so an odd number keeps one message less and 1 keeps none
   */
  public Conversation with(Message.UserText user, String reply, int maxMessages) {
    List<Message> next = new ArrayList<>(messages.size() + 2);
    next.addAll(messages);
    next.add(user);
    next.add(new Message.Assistant(reply, List.of()));
    return of(maxMessages == 0 ? next : newest(next, maxMessages));
  }

  private static List<Message> newest(List<Message> all, int maxMessages) {
    int from = Math.max(0, all.size() - maxMessages);
    while (from < all.size() && !(all.get(from) instanceof Message.UserText)) {
      from++;
    }
    return all.subList(from, all.size());
  }

  /** The messages, oldest first; unmodifiable. */
  public List<Message> messages() {
    return messages;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Conversation conversation && messages.equals(conversation.messages);
  }

  @Override
  public int hashCode() {
    return messages.hashCode();
  }
}
