package dev.agentruntime.intake;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process woken by hand.
 *
 * @param key the same one is accepted once; null = always new
 * @param trusted whether somebody vouches for the payload, so that it taints no run
 * @param taken told the event's id, on the process's context, when it has just been accepted and
 *     is on its way to the disk; not told of what is refused or was accepted before
 */
public record ManualTrigger(
    Json payload, Json metadata, @Nullable String key, boolean trusted, Consumer<String> taken) {

  private static final String MANUAL = "manual";

  /** One that nobody vouches for. */
  public ManualTrigger(Json payload, Json metadata, @Nullable String key) {
    this(payload, metadata, key, false, id -> {});
  }

  /**
   * Offers it; on the process's context.
   *
   * @return when it is durable; fails as {@link TriggerSink#offer}
   */
  public Future<Accepted> put(TriggerSink sink, ProcessLog log, ProcessDeps deps) {
    TriggerEvent event = new TriggerEvent(
        deps.ids().next(), MANUAL, MANUAL, deps.timers().now(), payload, metadata, key, trusted);
    long before = log.image().accepted();
    Future<Accepted> accepted = sink.offer(event);
    if (log.image().accepted() > before) {
      taken.accept(event.id());
    }
    return accepted;
  }
}
