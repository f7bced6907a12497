package dev.agentruntime.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One firing of a trigger.
 *
 * @param id a ULID, given at ingress; a retry of the same request carries the same id
 * @param triggerId the trigger that fired
 * @param triggerType {@code cron, webhook, manual, ...}
 * @param time when it fired, milliseconds
 * @param payload what the source said, any JSON value
 * @param metadata how it arrived, a JSON object
 * @param dedupKey two events of one trigger with the same key are one event; null = always new
 * @param trusted whether the operator vouches for the source; false for everything from outside
 * @param routing how it wants to be handled
 */
public record TriggerEvent(
    String id,
    String triggerId,
    String triggerType,
    Instant time,
    Json payload,
    Json metadata,
    @Nullable String dedupKey,
    boolean trusted,
    Routing routing) {

  /** An event that asks for nothing special. */
  public TriggerEvent(
      String id,
      String triggerId,
      String triggerType,
      Instant time,
      Json payload,
      Json metadata,
      @Nullable String dedupKey,
      boolean trusted) {
    this(id, triggerId, triggerType, time, payload, metadata, dedupKey, trusted, Routing.NONE);
  }

  /** The same, without an end to its life. */
  public TriggerEvent lasting() {
    return new TriggerEvent(
        id,
        triggerId,
        triggerType,
        time,
        payload,
        metadata,
        dedupKey,
        trusted,
        new Routing(
            routing.priority(), null, routing.orderingKey(), routing.hops(), routing.replyTo()));
  }

  /** The same, from a source that the operator vouches for. */
  public TriggerEvent vouched() {
    return new TriggerEvent(
        id, triggerId, triggerType, time, payload, metadata, dedupKey, true, routing);
  }

  /** The bytes the event takes in the inbox: payload and metadata. */
  public int size() {
    return payload.length() + metadata.length();
  }
}
