package dev.agentruntime.trigger;

import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import java.time.Duration;
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

  /**
   * Waits for the end of an accepted event, which may have come already. Never fails; whoever wraps
   * a sink passes this on.
   *
   * @param limit how long, at most
   */
  default Future<Settled> settled(String eventId, Duration limit) {
    return Future.succeededFuture(Settled.UNKNOWN);
  }

  /** Whether an event with this one's dedup key was accepted and is still remembered. */
  default boolean knows(TriggerEvent event) {
    return false;
  }

  /** What the trigger last said with {@link #saveCursor}, null when it never did. */
  @Nullable
  Json cursor(String triggerId);

  /** Journals a trigger's own memory; the future completes when it is durable. */
  Future<Void> saveCursor(String triggerId, Json cursor);

  /** How an event ended. */
  enum End {
    /** Its run completed. */
    COMPLETED,
    /** Its run failed or was cancelled. */
    FAILED,
    /** It ended without a run. */
    NOT_RUN,
    /** It has not ended within the limit, or so long ago that nobody remembers. */
    UNKNOWN
  }

  /**
   * What became of an accepted event; durable.
   *
   * @param invocation the id of its run, empty when there is none
   * @param text the last reply of a run that completed, null when there is none or it was not kept
   * @param failure why it did not complete, null when it did or nobody knows
   */
  record Settled(
      End end,
      String invocation,
      @Nullable String text,
      @Nullable Failure failure) {
    /** Nobody knows. */
    public static final Settled UNKNOWN = new Settled(End.UNKNOWN, "", null, null);
  }

  /** What became of an offered event that was not refused. */
  enum Outcome {
    /** It is in the inbox. */
    ACCEPTED,
    /** It was known. */
    DUPLICATE,
    /** The trigger is busy and its manifest says to skip. */
    SKIPPED,
    /** The trigger's filter does not match: it is counted, and nothing else. */
    FILTERED
  }

  /**
   * What the process says of an event it did not refuse; its source is done with it.
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
}
