package dev.agentruntime.trigger;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The process's side of a trigger. Called on the process's context. */
public interface TriggerSink {

  /**
   * Offers an event. Succeeds when it is durable in the inbox, or was already, or when the
   * trigger's rules say that it is to be ignored ({@link Accepted#ignored}); fails with {@code
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
   * What became of an offered event.
   *
   * @param eventId the event's id; of a duplicate, the id of the first one
   * @param durable false when the process journals in memory only
   */
  record Accepted(String eventId, Outcome outcome, boolean durable) {

    /** An event that is in the inbox, now or before. */
    public Accepted(String eventId, boolean duplicate, boolean durable) {
      this(eventId, duplicate ? Outcome.DUPLICATE : Outcome.ACCEPTED, durable);
    }

    /** Whether the event was known. */
    public boolean duplicate() {
      return outcome == Outcome.DUPLICATE;
    }

    /** Whether the event is in no inbox, as the manifest wants it. */
    public boolean ignored() {
      return outcome == Outcome.SKIPPED || outcome == Outcome.FILTERED;
    }
  }

  /** What may become of an offered event that nobody refused. */
  enum Outcome {
    /** It is in the inbox. */
    ACCEPTED,
    /** It was there before. */
    DUPLICATE,
    /** Counted and gone: an earlier one of its trigger waits or runs, and the rule is to skip. */
    SKIPPED,
    /** Counted and gone: the trigger's filter does not hold. */
    FILTERED
  }
}
