package dev.agentruntime.trigger;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The process's side of a trigger. Called on the process's context. */
public interface TriggerSink {

  /**
   * Offers an event. Succeeds when it is durable in the inbox, or was already; fails with {@code
   * INBOX_FULL, OVERLOADED, JOURNAL_CLOSED, DRAINING} (come again), {@code PROCESS_STOPPED}, or
   * {@code KEY_REUSED} (same dedup key, other payload).
   */
  Future<Accepted> offer(TriggerEvent event);

  /** Whether an event with this one's dedup key was accepted and is still remembered. */
  default boolean knows(TriggerEvent event) {
    return false;
  }

  /** What the trigger last said with {@link #saveCursor}, null when it never did. */
  @Nullable
  Json cursor(String triggerId);

  /** Journals a trigger's own memory; the future completes when it is durable. */
  Future<Void> saveCursor(String triggerId, Json cursor);

  /**
   * An acceptance.
   *
   * @param eventId the event's id; of a duplicate, the id of the first one
   * @param duplicate whether the event was known
   * @param durable false when the process journals in memory only
   */
  record Accepted(String eventId, boolean duplicate, boolean durable) {}
}
