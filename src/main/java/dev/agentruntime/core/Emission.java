package dev.agentruntime.core;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something a process or an outsider says to whoever listens.
 *
 * @param name an event's type, a message's topic: segments of letters, digits, {@code _ - :} with
 *     dots between; of a reply, the effect key it answers; of a call, its address; of a memory and
 *     a grant, what it is of
 * @param data any JSON value
 */
public record Emission(Kind kind, String name, Json data, Options options) {

  /** What is said. */
  public enum Kind {
    /** To every subscriber of the type. */
    EVENT,
    /** To every subscriber of the topic that has no group, and to one of each group. */
    MESSAGE,
    /** To the process that asked. */
    REPLY,
    /** To the process's own long-term memory. */
    MEMORY,
    /** To an address outside, by HTTP. */
    WEBHOOK,
    /** A part of the sender's budget of the day, to the process that its data names. */
    GRANT
  }

  /** Who says something, as far as it matters for trust; never taken from what is said. */
  public enum Voice {
    /** Somebody outside any process, through the API or the application. */
    OPERATOR,
    /** A run that has read nothing from outside. */
    CLEAN,
    /** A run that has, and whoever is not known. */
    TAINTED;

    /** The lower-case word. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The word as an entry has it: who is not known is not named. */
    public @Nullable String written() {
      return this == TAINTED ? null : word();
    }

    /** The voice that was {@link #written}. */
    public static Voice of(@Nullable String word) {
      return word == null ? TAINTED : valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * How a message wants to be handled.
   *
   * @param priority -100..100
   * @param ttl from its commit until it expires where it waits, null = never
   * @param orderingKey see {@link Routing}
   */
  public record Options(
      int priority, @Nullable Duration ttl, @Nullable String orderingKey) {

    /** As without any. */
    public static final Options NONE = new Options(0, null, null);
  }

  /**
   * A subscriber that an emission is owed to.
   *
   * @param node the node that had the process at commit
   * @param trigger the id of its trigger; empty for a reply, a memory and a webhook
   * @param group the group it was chosen of, null when it stands for itself
   */
  public record Due(
      NodeId node,
      ProcessName process,
      String trigger,
      @Nullable String group) {}
}
