package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A process's side that keeps what it is offered in a list; for one thread at a time. */
public final class ListSink implements TriggerSink {

  private final List<TriggerEvent> events = new ArrayList<>();
  private final Map<String, TriggerEvent> byKey = new HashMap<>();
  private final Map<String, Json> cursors = new HashMap<>();
  private final Queue<ErrorCode> refusals = new ArrayDeque<>();
  private final List<Promise<Accepted>> held = new ArrayList<>();
  private @Nullable Settled end;
  private boolean holding;
  private boolean durable = true;
  private int offers;

  /** Refuses the next offers, one code each. */
  public synchronized void refuse(ErrorCode... codes) {
    refusals.addAll(List.of(codes));
  }

  /** From now on offers stay unanswered until {@link #letGo}. */
  public synchronized void hold() {
    holding = true;
  }

  /** Answers what is held. */
  public synchronized void letGo() {
    holding = false;
    held.forEach(promise -> promise.complete(new Accepted("held", Outcome.ACCEPTED, durable)));
    held.clear();
  }

  /** Never answers what is held, like a process that died; takes offers as before. */
  public synchronized void forget() {
    holding = false;
    held.clear();
  }

  /** From now on answers like a process that journals in memory. */
  public synchronized void inMemory() {
    durable = false;
  }

  /** What was accepted, duplicates left out. */
  public synchronized List<TriggerEvent> events() {
    return List.copyOf(events);
  }

  /** How often an event was offered. */
  public synchronized int offers() {
    return offers;
  }

  @Override
  public synchronized Future<Accepted> offer(TriggerEvent event) {
    offers++;
    ErrorCode refusal = refusals.poll();
    if (refusal != null) {
      return Future.failedFuture(new RuntimeFault(refusal, "as the test wants"));
    }
    TriggerEvent first = event.dedupKey() == null ? null : byKey.get(event.dedupKey());
    if (first != null) {
      return first.payload().equals(event.payload())
          ? Future.succeededFuture(new Accepted(first.id(), Outcome.DUPLICATE, durable))
          : Future.failedFuture(
              new RuntimeFault(ErrorCode.KEY_REUSED, "same key, another payload"));
    }
    events.add(event);
    if (event.dedupKey() != null) {
      byKey.put(event.dedupKey(), event);
    }
    if (holding) {
      Promise<Accepted> promise = Promise.promise();
      held.add(promise);
      return promise.future();
    }
    return Future.succeededFuture(new Accepted(event.id(), Outcome.ACCEPTED, durable));
  }

  /** From now on events end like this, or at their limit when null. */
  public synchronized void end(@Nullable Settled with) {
    end = with;
  }

  @Override
  public synchronized Future<Settled> settled(String eventId, Duration limit) {
    boolean known = events.stream().anyMatch(event -> event.id().equals(eventId));
    return Future.succeededFuture(known && end != null ? end : Settled.UNKNOWN);
  }

  @Override
  public synchronized boolean knows(TriggerEvent event) {
    return event.dedupKey() != null && byKey.containsKey(event.dedupKey());
  }

  @Override
  public synchronized @Nullable Json cursor(String triggerId) {
    return cursors.get(triggerId);
  }

  @Override
  public synchronized Future<Void> saveCursor(String triggerId, Json cursor) {
    cursors.put(triggerId, cursor);
    return Future.succeededFuture();
  }
}
