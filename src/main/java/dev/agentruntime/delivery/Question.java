package dev.agentruntime.delivery;

import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.InvocationHistory;
import dev.agentruntime.history.Settlements;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.run.AskSteps;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerSink.Settled;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody outside asks a process: an event of its own, and the reply of the run that it
 * starts. Immutable.
 *
 * @param content what is asked
 * @param sender who asks, empty when nobody says
 * @param priority -100..100
 * @param key the same key asks once, null = always anew
 * @param limit how long the answer is waited for
 */
public record Question(
    String content, String sender, int priority, @Nullable String key, Duration limit) {

  /**
   * A question that was accepted.
   *
   * @param eventId of the event that it is
   * @param duplicate whether it was asked before, under the same key
   * @param invocation the run that has begun for it, null when none has yet, or it is over
   * @param position of the journal before it was asked now
   * @param answer {@code {"status":"answered","answer","event_id","invocation"}}, {@code
   *     {"status":"failed","error":{"code","message"},...}}, or {@code
   *     {"status":"timeout","event_id"}}: the run goes on
   */
  public record Asking(
      String eventId,
      boolean duplicate,
      @Nullable InvocationId invocation,
      long position,
      Future<Json> answer) {}

  /**
   * Asks it; on the process's context.
   *
   * @return when it is durable; fails as {@link TriggerSink#offer}
   */
  public Future<Asking> put(TriggerSink sink, ProcessLog log, ProcessDeps deps) {
    long position = log.image().sequence();
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("content", content);
    if (!sender.isEmpty()) {
      payload.put("sender", sender);
    }
    TriggerEvent event = new TriggerEvent(
        deps.ids().next(),
        AskSteps.QUESTIONS,
        Settlements.ASKED,
        deps.timers().now(),
        Json.of(payload),
        Json.EMPTY,
        key,
        false,
        new Routing(priority, null, null, 0, null));
    Future<TriggerSink.Accepted> accepted = sink.offer(event);
    // Before anything else happens, so that an end that comes at once is heard.
    Future<Settled> end = sink.settled(event.id(), limit);
    return accepted.map(taken -> {
      String id = taken.eventId();
      Future<Settled> settled = taken.duplicate() ? sink.settled(id, limit) : end;
      return new Asking(
          id,
          taken.duplicate(),
          run(log.image(), id),
          position,
          settled.compose(told -> whole(log.image(), deps, told)).map(told -> view(id, told)));
    });
  }

  /** With its text, which is in the journal where it is not remembered. */
  private static Future<Settled> whole(ProcessImage image, ProcessDeps deps, Settled settled) {
    return settled.end() != TriggerSink.End.COMPLETED || settled.text() != null
        ? Future.succeededFuture(settled)
        : InvocationHistory.reply(image, deps.journal(), new InvocationId(settled.invocation()))
            .map(text -> new Settled(settled.end(), settled.invocation(), text, null))
            .otherwise(cause ->
                new Settled(TriggerSink.End.FAILED, settled.invocation(), null, Failure.of(cause)));
  }

  private static @Nullable InvocationId run(ProcessImage image, String event) {
    for (OpenRun run : image.runs().values()) {
      if (run.events().stream().anyMatch(each -> each.id().equals(event))) {
        return run.id();
      }
    }
    return null;
  }

  private static Json view(String event, Settled settled) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    Failure failure = settled.failure();
    switch (settled.end()) {
      case COMPLETED -> {
        all.put("status", "answered");
        all.put("answer", settled.text());
      }
      case UNKNOWN -> all.put("status", "timeout");
      default -> {
        all.put("status", "failed");
        all.put(
            "error",
            failure == null
                ? null
                : Map.of("code", failure.code().name(), "message", failure.message()));
      }
    }
    all.put("event_id", event);
    if (!settled.invocation().isEmpty()) {
      all.put("invocation", settled.invocation());
    }
    return Json.of(all);
  }
}
