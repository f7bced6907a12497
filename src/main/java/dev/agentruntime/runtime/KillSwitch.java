package dev.agentruntime.runtime;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.hook.Hooks;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Ends all work of a node at once: calls of models and tools are cancelled, servers of tools and
 * programs of hooks end with their children, what is owed stays owed, and nothing is accepted or
 * begun until that is lifted. A call that was in flight is in doubt. It is kept in the node's
 * system process as
 *
 * <pre>{@code
 * trigger_cursor {"trigger":"kill-switch","cursor":{"on":true,"by","reason","at"}}
 * trigger_cursor {"trigger":"kill-switch","cursor":{"on":false,"by","at"}}
 * }</pre>
 *
 * so it holds over a restart. Its methods may be called from any thread.
 */
public final class KillSwitch {

  private static final String KEY = "kill-switch";
  private static final Json OFF = Json.of(Map.of("on", false));

  private final LocalRuntime runtime;
  private final Runnable onLifted;
  private final AtomicReference<Json> state = new AtomicReference<>(OFF);
  private final AtomicReference<@Nullable Instant> lifted = new AtomicReference<>();

  KillSwitch(LocalRuntime runtime, Runnable onLifted) {
    this.runtime = runtime;
    this.onLifted = onLifted;
  }

  /** {@code {"on":false}}, or {@code {"on":true,"by","reason","at"}}. */
  public Json state() {
    return Objects.requireNonNull(state.get());
  }

  /** Whether all work is ended now. */
  public boolean isOn() {
    return Boolean.TRUE.equals(state().object().get("on"));
  }

  /**
   * Ends all work, and says so in the journal; the work ends also when the journal cannot say it.
   *
   * @return {@link #state}, when everything has ended and the entry is durable
   */
  public Future<Json> pull(String by, String reason) {
    Map<String, @Nullable Object> said = new LinkedHashMap<>();
    said.put("on", true);
    said.put("by", by);
    said.put("reason", reason);
    said.put("at", runtime.timers().now().toString());
    Json on = Json.of(said);
    return runtime.on(() -> {
      state.set(on);
      Future<Void> ended = endAll();
      return noted(on).compose(durable -> ended).map(on);
    });
  }

  /**
   * Lets the processes go on where they were ended; durable before they do. Whoever pulls again
   * until then is the last to speak: nothing goes on.
   *
   * @return {@link #state}
   */
  public Future<Json> lift(String by) {
    return runtime.on(() -> {
      if (!isOn()) {
        return Future.succeededFuture(state());
      }
      Json pulled = state();
      Instant now = runtime.timers().now();
      return noted(Json.of(Map.of("on", false, "by", by, "at", now.toString())))
          .compose(durable -> {
            if (!state.compareAndSet(pulled, OFF)) {
              return Future.succeededFuture(state());
            }
            hooks().goOn();
            return each(process -> process.revive(now)).map(done -> {
              onLifted.run();
              return state();
            });
          });
    });
  }

  /** What was pulled before the node stopped holds; before anything goes on. */
  Future<Void> recover(AgentProcess system) {
    return system.cursor(KEY).compose(kept -> {
      if (kept == null || !Boolean.TRUE.equals(kept.object().get("on"))) {
        // Older nodes did not write down when.
        Object at = kept == null ? null : kept.object().get("at");
        lifted.set(at == null ? null : Instant.parse(String.valueOf(at)));
        return Future.succeededFuture();
      }
      state.set(kept);
      runtime.warn("an operator ended all work of this node: lift it with start --all --lift");
      return endAll();
    });
  }

  /** Processes, and the programs that are asked for them. */
  private Future<Void> endAll() {
    Future<Void> programs = hooks().halt();
    return each(AgentProcess::kill).eventually(() -> programs);
  }

  private Hooks hooks() {
    return runtime.observers().hooks();
  }

  /** A process that is new here may not work either. */
  Future<Void> hosted(AgentProcess process) {
    return isOn() ? process.kill() : Future.succeededFuture();
  }

  /** When the work of an earlier JVM went on last after it had been ended, null = it never was. */
  @Nullable
  Instant lifted() {
    return lifted.get();
  }

  private Future<Void> noted(Json said) {
    return Objects.requireNonNull(runtime.system()).note(new EntryData.TriggerCursor(KEY, said));
  }

  private Future<Void> each(Function<AgentProcess, Future<Void>> step) {
    List<Future<Void>> all = new ArrayList<>();
    runtime.processes().values().forEach(process -> all.add(step.apply(process)));
    return Future.join(all).mapEmpty();
  }
}
