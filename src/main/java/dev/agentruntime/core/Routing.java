package dev.agentruntime.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an event that came over the bus wants to be handled; everything else has {@link #NONE}.
 *
 * @param priority -100..100, higher runs earlier among queued events; 0 is usual
 * @param expires when it settles without a run, if none has begun; null = never
 * @param orderingKey at most one event of a key runs at a time, in order; null = no such rule
 * @param hops how many emissions lie between it and a source outside
 * @param replyTo who waits for the reply of its run, null = nobody
 */
public record Routing(
    int priority,
    @Nullable Instant expires,
    @Nullable String orderingKey,
    int hops,
    @Nullable ReplyTo replyTo) {

  /** Of an event that asks for nothing. */
  public static final Routing NONE = new Routing(0, null, null, 0, null);

  /**
   * Who waits for a reply.
   *
   * @param key the effect key of the asking call, under which the reply is known
   */
  public record ReplyTo(NodeId node, ProcessName process, String key) {}
}
