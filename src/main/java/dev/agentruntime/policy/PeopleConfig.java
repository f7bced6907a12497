package dev.agentruntime.policy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How operators reach a process, and how it calls for them.
 *
 * @param inbox messages for its next run
 * @param escalationSecret the name of the declared secret that its calls are signed with, null =
 *     they are not signed
 */
public record PeopleConfig(Inbox inbox, @Nullable String escalationSecret) {

  /** As in a manifest that says nothing of it. */
  public static final PeopleConfig OFF = new PeopleConfig(Inbox.OFF, null);

  /**
   * Messages of operators.
   *
   * @param max most that wait
   * @param lengthMax longest one, in characters (UTF-16 units)
   * @param ttl how long one waits that does not say
   * @param ttlMax how long one may wait
   * @param perSender most of one sender in any hour; those without a name are one sender
   */
  public record Inbox(
      boolean enabled, int max, int lengthMax, Duration ttl, Duration ttlMax, int perSender) {

    /** Limits of an inbox that does not say. */
    public static final Inbox DEFAULT =
        new Inbox(true, 50, 2_000, Duration.ofHours(1), Duration.ofDays(1), 20);

    /** No inbox. */
    public static final Inbox OFF = new Inbox(
        false, DEFAULT.max, DEFAULT.lengthMax, DEFAULT.ttl, DEFAULT.ttlMax, DEFAULT.perSender);
  }
}
