package dev.agentruntime.history;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.fold.RunHead;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.TriggerSink.End;
import dev.agentruntime.trigger.TriggerSink.Settled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for the end of an event. An end is told when the entry that says it is durable. Ends
 * that somebody waited for are kept for a while, so that a duplicate gets the same answer. Owned
 * by: the process's context.
 */
public final class Settlements {

  /** Most that may wait at a time; one more is told at once that nobody knows. */
  public static final int WAITING_MAX = 10_000;

  /** The type of an event whose source waits for the reply. */
  public static final String ASKED = "ask";

  /** Ends that are kept with their text. */
  static final int KEPT_MAX = 100;

  /** Longest text that is kept, in characters. */
  static final int KEPT_TEXT_MAX = 64 << 10;

  private final Timers timers;
  private final Map<String, Set<Promise<Settled>>> waiting = new HashMap<>();
  private final LinkedHashMap<String, Future<Settled>> ended = new LinkedHashMap<>();
  private int count;
  private boolean closed;

  /** Nobody waits. */
  public Settlements(Timers timers) {
    this.timers = timers;
  }

  /**
   * Waits for the end of an event.
   *
   * @param durable when all that the image knows is
   */
  public Future<Settled> wait(
      String eventId, Duration limit, ProcessImage image, Future<Void> durable) {
    Future<Settled> known = ended.get(eventId);
    if (known != null) {
      return known.otherwise(Settled.UNKNOWN);
    }
    if (!image.queue().contains(eventId)) {
      Settled head = head(eventId, image);
      return durable.map(done -> head).otherwise(Settled.UNKNOWN);
    }
    if (closed || count >= WAITING_MAX) {
      return Future.succeededFuture(Settled.UNKNOWN);
    }
    Promise<Settled> promise = Promise.promise();
    waiting.computeIfAbsent(eventId, id -> new HashSet<>()).add(promise);
    count++;
    Timers.Armed timer = timers.after(limit, () -> giveUp(eventId, promise));
    return promise.future().onComplete(done -> timer.cancel());
  }

  private void giveUp(String eventId, Promise<Settled> promise) {
    Set<Promise<Settled>> all = waiting.get(eventId);
    if (all != null && all.remove(promise)) {
      count--;
      if (all.isEmpty()) {
        waiting.remove(eventId);
      }
    }
    promise.tryComplete(Settled.UNKNOWN);
  }

  private static Settled head(String eventId, ProcessImage image) {
    for (RunHead head : image.heads()) {
      if (head.eventIds().contains(eventId)) {
        return of(head.result(), null);
      }
    }
    return Settled.UNKNOWN;
  }

  private static Settled of(EntryData.InvocationResult result, @Nullable String text) {
    boolean completed = result.outcome() == Outcome.COMPLETED;
    Failure failure = completed || result.failure() != null
        ? result.failure()
        : new Failure(ErrorCode.CANCELLED, "the run was cancelled");
    return new Settled(
        completed ? End.COMPLETED : End.FAILED, result.invocation().value(), text, failure);
  }

  /**
   * The ends that an entry says, those of events that nobody waits for left out; asked before it
   * applies. The events of triggers that answer when a run has ended are always told: theirs may
   * end before anybody could ask.
   */
  public Map<String, Settled> endedBy(EntryData data, ProcessImage image) {
    if (data instanceof EntryData.InvocationResult result) {
      OpenRun run = image.runs().get(result.invocation());
      if (run != null && (!waiting.isEmpty() || isSync(run, image))) {
        Message.Assistant reply = run.lastReply();
        return ends(run.start().eventIds(), of(result, reply == null ? null : reply.text()));
      }
    }
    if (data instanceof EntryData.TriggerSettled gone && !waiting.isEmpty()) {
      Failure failure = new Failure(
          ErrorCode.CANCELLED,
          "the event ended without a run: " + gone.outcome() + ", " + gone.reason());
      return ends(gone.eventIds(), new Settled(End.NOT_RUN, "", null, failure));
    }
    return Map.of();
  }

  private static Map<String, Settled> ends(List<String> eventIds, Settled settled) {
    Map<String, Settled> ends = new HashMap<>();
    eventIds.forEach(id -> ends.put(id, settled));
    return ends;
  }

  private static boolean isSync(OpenRun run, ProcessImage image) {
    if (run.event().triggerType().equals(ASKED)) {
      return true;
    }
    for (TriggerConfig trigger : image.config().triggers()) {
      if (trigger instanceof TriggerConfig.Webhook webhook
          && !webhook.policy().sync().isZero()
          && webhook.id().equals(run.event().triggerId())) {
        return true;
      }
    }
    return false;
  }

  /** Tells ends when they are durable; what never is, is not told. */
  public void tell(Map<String, Settled> ends, Future<Void> durable) {
    ends.forEach((eventId, settled) -> {
      Future<Settled> end = durable.map(done -> settled);
      keep(eventId, settled, end);
      end.onSuccess(done -> complete(eventId, settled));
    });
  }

  private void keep(String eventId, Settled settled, Future<Settled> end) {
    if (settled.text() != null && settled.text().length() > KEPT_TEXT_MAX) {
      return;
    }
    ended.put(eventId, end);
    Iterator<String> oldest = ended.keySet().iterator();
    while (ended.size() > KEPT_MAX) {
      oldest.next();
      oldest.remove();
    }
    end.onFailure(lost -> ended.remove(eventId, end));
  }

  private void complete(String eventId, Settled settled) {
    Set<Promise<Settled>> all = waiting.remove(eventId);
    if (all != null) {
      count -= all.size();
      all.forEach(promise -> promise.tryComplete(settled));
    }
  }

  /** The node stops: nobody waits any longer. */
  public void close() {
    closed = true;
    Set.copyOf(waiting.keySet()).forEach(id -> complete(id, Settled.UNKNOWN));
  }
}
