package dev.agentruntime.context;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was said in earlier runs, oldest first: each run's user message and final reply, and in
 * front perhaps a summary of what was said before, as an exchange of its own. Immutable; safe on
 * every thread.
 */
public final class Conversation {

  /** Nothing was said. */
  public static final Conversation EMPTY = new Conversation(List.of(), new long[0], false);

  private final List<Message> messages;
  private final long[] tokens;
  private final boolean untrusted;

  private Conversation(List<Message> messages, long[] tokens, boolean untrusted) {
    this.messages = messages;
    this.tokens = tokens;
    this.untrusted = untrusted;
  }

  /** The same, with something in it that came from outside; nothing has nothing in it. */
  public Conversation tainted() {
    return untrusted || messages.isEmpty() ? this : new Conversation(messages, tokens, true);
  }

  /**
   * Whether anything in it came from outside, or was said by a run that had read such. It stays so
   * until it is empty, also when what came from outside has fallen out of it: what was said later
   * may repeat it.
   */
  public boolean isUntrusted() {
    return untrusted;
  }

  /**
   * How much is kept.
   *
   * @param messages most messages, 0 = unlimited
   * @param tokens most tokens, as {@link TokenEstimate} counts, 0 = unlimited
   * @param summary whether the oldest part is summarised when it grows beyond that; until then up
   *     to twice as much is kept
   */
  public record Limits(int messages, int tokens, boolean summary) {

    /** As a manifest says. */
    public static Limits of(ProcessConfig.Context context) {
      return new Limits(
          context.conversationMaxMessages(),
          context.conversationMaxTokens(),
          context.conversationSummary());
    }

    private boolean hold(int someMessages, long someTokens, int times) {
      return (messages == 0 || someMessages <= (long) messages * times)
          && (tokens == 0 || someTokens <= (long) tokens * times);
    }

    private boolean holdTwice(int someMessages, long someTokens) {
      return hold(2 * someMessages, 2 * someTokens, 1);
    }
  }

  /** Rebuilds a conversation from its messages, oldest first. */
  public static Conversation of(List<? extends Message> messages) {
    if (messages.isEmpty()) {
      return EMPTY;
    }
    return new Conversation(
        List.copyOf(messages), messages.stream().mapToLong(Conversation::tokens).toArray(), false);
  }

  /**
   * This conversation with one more exchange at its end; this one stays as it is.
   *
   * @param user what the agent was asked
   * @param reply its final reply
   * @param limits the oldest go first, and always as whole exchanges, so an odd number of messages
   *     keeps one less; an exchange that is too large by itself is not kept
   */
  public Conversation with(Message.UserText user, String reply, Limits limits) {
    List<Message> next = new ArrayList<>(messages.size() + 2);
    next.addAll(messages);
    next.add(user);
    Message.Assistant said = new Message.Assistant(reply, List.of());
    next.add(said);
    long[] counts = Arrays.copyOf(tokens, next.size());
    counts[next.size() - 2] = tokens(user);
    counts[next.size() - 1] = tokens(said);
    Conversation all = new Conversation(Collections.unmodifiableList(next), counts, untrusted);
    return all.newest(limits, limits.summary() ? 2 : 1);
  }

  /** The newest exchanges that are within the limits. */
  public Conversation within(Limits limits) {
    return newest(limits, 1);
  }

  private Conversation newest(Limits limits, int times) {
    int from = 0;
    long left = tokens();
    while (from < messages.size() && !limits.hold(messages.size() - from, left, times)) {
      int next = exchangeAfter(from);
      left -= tokens(from, next);
      from = next;
    }
    return from(from);
  }

  private Conversation from(int from) {
    if (from == 0) {
      return this;
    }
    return from == messages.size()
        ? EMPTY
        : new Conversation(
            List.copyOf(messages.subList(from, messages.size())),
            Arrays.copyOfRange(tokens, from, tokens.length),
            untrusted);
  }

  private int exchangeAfter(int from) {
    int next = from + 1;
    while (next < messages.size() && !(messages.get(next) instanceof Message.UserText)) {
      next++;
    }
    return next;
  }

  /**
   * How many of the oldest messages are to be summarised, whole exchanges: as many as leave at most
   * half of what the limits allow; 0 while all is within them.
   */
  public int surplus(Limits limits) {
    if (!limits.summary() || limits.hold(messages.size(), tokens(), 1)) {
      return 0;
    }
    int from = 0;
    long left = tokens();
    while (from < messages.size() && !limits.holdTwice(messages.size() - from, left)) {
      int next = exchangeAfter(from);
      left -= tokens(from, next);
      from = next;
    }
    return from;
  }

  /**
   * This conversation with a summary in place of the oldest messages; unchanged when they are not
   * its oldest any more, because they were cleared or summarised meanwhile.
   */
  public Conversation summarised(List<Message> oldest, Message.Assistant summary) {
    if (oldest.size() > messages.size() || !messages.subList(0, oldest.size()).equals(oldest)) {
      return this;
    }
    List<Message> next = new ArrayList<>(ConversationSummary.exchange(summary));
    next.addAll(messages.subList(oldest.size(), messages.size()));
    return untrusted ? of(next).tainted() : of(next);
  }

  /** The messages, oldest first; unmodifiable. */
  public List<Message> messages() {
    return messages;
  }

  /** What they come to, as {@link TokenEstimate} counts. */
  public long tokens() {
    return tokens(0, tokens.length);
  }

  private long tokens(int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += tokens[i];
    }
    return sum;
  }

  private static long tokens(Message message) {
    if (message instanceof Message.UserText user) {
      return TokenEstimate.of(user.text());
    }
    return message instanceof Message.Assistant said ? TokenEstimate.of(said.text()) : 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Conversation conversation
        && messages.equals(conversation.messages)
        && untrusted == conversation.untrusted;
  }

  @Override
  public int hashCode() {
    return messages.hashCode();
  }
}
