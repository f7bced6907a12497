package dev.agentruntime.runtime;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.history.Witness;
import dev.agentruntime.home.NodeHome;
import dev.agentruntime.hook.HookWatch;
import dev.agentruntime.hook.HookWorkers;
import dev.agentruntime.hook.Hooks;
import dev.agentruntime.observe.EventPorts;
import dev.agentruntime.observe.OperationalEvent;
import dev.agentruntime.observe.OperationalEvents;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who is told what happens on a node. Safe on every thread. */
final class Observers {

  private final LocalRuntime runtime;
  private final OperationalEvents events;
  private final Hooks hooks;
  private final HookWatch watch;

  Observers(LocalRuntime runtime) {
    this.runtime = runtime;
    Setup setup = runtime.setup();
    Factories factories = runtime.factories();
    this.hooks = new Hooks(
        HookWorkers.of(runtime.vertx(), Hooks.WORKERS), runtime.timers(), factories::redact);
    this.watch = new HookWatch(hooks);
    setup.watching().hooks().forEach(hook -> {
      String unused = hooks.register(hook.event(), hook.hook(), hook.options());
    });
    setup.config().hooks().forEach(hook -> {
      String unused = hooks.register(hook, factories::settingsSecret);
    });
    NodeId node = NodeHome.idOf(setup.config());
    this.events = new OperationalEvents(
        setup.config().observe(),
        setup.watching().callbacks(),
        new EventPorts(
            threads -> runtime.vertx().createSharedWorkerExecutor(node + "-events", threads),
            node,
            runtime.timers(),
            task -> runtime.loop().runOnContext(ignored -> task.run()),
            factories::redact,
            factories.outbound(),
            factories::nodeSecret,
            this::hears,
            this::say));
  }

  /** Sees what happens to each process. */
  Witness witness() {
    return Objects.requireNonNull(
        Witness.all(events.isOff() ? List.of(watch) : List.of(events, watch)));
  }

  /** Who is asked. */
  Hooks hooks() {
    return hooks;
  }

  /** How its hooks did, null when there are none. */
  @Nullable
  Json hookStatus() {
    List<Json> all = hooks.registered();
    return all.isEmpty() ? null : Json.of(Map.of("registered", all, "dropped", watch.dropped()));
  }

  /** Whether the process that an event is about would be told of it on the bus. */
  private boolean hears(String topic, OperationalEvent event) {
    Emission emission =
        new Emission(Emission.Kind.EVENT, topic, event.json(), Emission.Options.NONE);
    return runtime.factories().bus().due(event.id(), emission, event.process().value()).stream()
        .anyMatch(due -> due.process().equals(event.process()));
  }

  private Future<?> say(String topic, Json data) {
    return runtime.outside().tell(topic, data);
  }

  /** How its sinks stand, null when there are none. */
  @Nullable
  Json status() {
    return events.isOff() ? null : events.status();
  }

  /** Lets the sinks have what waits for them, up to their time. */
  Future<Void> close() {
    hooks.clear();
    return events.close();
  }
}
