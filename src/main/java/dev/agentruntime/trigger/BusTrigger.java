package dev.agentruntime.trigger;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fires for events or messages that other processes, or somebody outside, have said. What is owed
 * to it while it does not listen is kept by the sender and comes when it does; what comes twice has
 * one dedup key, the item's id, and one event id. Owned by: the process's context.
 */
final class BusTrigger implements Trigger {

  private final String id;
  private final String type;
  private final boolean trusted;
  private final TriggerDeps deps;
  private @Nullable TriggerSink sink;
  private Subscriptions.@Nullable Listening listening;

  private BusTrigger(TriggerConfig config, TriggerDeps deps) {
    this.id = config.id();
    this.type = config.type();
    this.trusted = config.rules().trusted();
    this.deps = deps;
  }

  static BusTrigger of(TriggerConfig.Event event, TriggerDeps deps) {
    return new BusTrigger(event, deps);
  }

  static BusTrigger of(TriggerConfig.Message message, TriggerDeps deps) {
    return new BusTrigger(message, deps);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Future<Void> start(TriggerSink sink) {
    this.sink = sink;
    listening = deps.bus().listen(deps.process(), id, this::hear);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> stop() {
    sink = null;
    if (listening != null) {
      listening.close();
      listening = null;
    }
    return Future.succeededFuture();
  }

  /** On the sender's thread. */
  private Future<Void> hear(Arrival arrival) {
    Promise<Void> answer = Promise.promise();
    deps.context().execute(() -> {
      TriggerSink open = sink;
      if (open == null) {
        answer.fail(new RuntimeFault(
            ErrorCode.PROCESS_STOPPED, "trigger " + id + " does not listen any more"));
      } else {
        open.offer(event(arrival)).<Void>mapEmpty().onComplete(answer);
      }
    });
    return answer.future();
  }

  private TriggerEvent event(Arrival arrival) {
    Emission emission = arrival.emission();
    Emission.Options options = emission.options();
    Duration ttl = options.ttl();
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadata.put("hops", arrival.hops());
    metadata.put("committed_at", arrival.at().toString());
    metadata.put("voice", arrival.voice().word());
    return new TriggerEvent(
        Ids.derived(arrival.at(), arrival.item() + "|" + deps.process() + "|" + id),
        id,
        type,
        deps.timers().now(),
        emission.kind() == Emission.Kind.EVENT ? asEvent(arrival) : asMessage(arrival),
        Json.of(metadata),
        arrival.item(),
        // Vouched for is the way, not what a run says that has read something from outside.
        trusted && arrival.voice() != Emission.Voice.TAINTED,
        new Routing(
            options.priority(),
            ttl == null ? null : arrival.at().plus(ttl),
            options.orderingKey(),
            arrival.hops(),
            null));
  }

  private static Json asEvent(Arrival arrival) {
    Map<String, @Nullable Object> payload = new LinkedHashMap<>();
    payload.put("event_type", arrival.emission().name());
    payload.put("event_id", arrival.item());
    payload.put("source", arrival.source());
    payload.put("data", arrival.emission().data());
    return Json.of(payload);
  }

  private static Json asMessage(Arrival arrival) {
    Map<String, @Nullable Object> payload = new LinkedHashMap<>();
    payload.put("topic", arrival.emission().name());
    payload.put("message_id", arrival.item());
    payload.put("sender", arrival.source());
    payload.put("content", arrival.emission().data());
    return Json.of(payload);
  }
}
