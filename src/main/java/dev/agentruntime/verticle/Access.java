package dev.agentruntime.verticle;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Listening;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.Extensions.Brought;
import dev.agentruntime.tool.JavaTools;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The runtime as one deployed verticle sees it. Safe on every thread. */
final class Access implements RuntimeAccess {

  private static final Logger LOG = System.getLogger(Access.class.getName());

  private enum Stage {
    EXTENDING,
    EXTENDED,
    CLOSED
  }

  private final String name;
  private final AgentRuntime runtime;
  private final Context context;
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.EXTENDING);
  private final Map<String, Tool> tools = new ConcurrentHashMap<>();
  private final Map<String, TriggerType> triggers = new ConcurrentHashMap<>();
  private final Map<String, ChatClient> models = new ConcurrentHashMap<>();
  private final Queue<Listening> ears = new ConcurrentLinkedQueue<>();

  Access(String name, AgentRuntime runtime, Context context) {
    this.name = name;
    this.runtime = runtime;
    this.context = context;
  }

  /** What was registered. */
  Brought brought() {
    return new Brought(
        List.copyOf(tools.values()), List.copyOf(triggers.values()), Map.copyOf(models));
  }

  /** Nothing more is registered from here on. */
  void extended() {
    stage.compareAndSet(Stage.EXTENDING, Stage.EXTENDED);
  }

  /** Nothing more is done for the verticle, and it hears nothing more. */
  void close() {
    stage.set(Stage.CLOSED);
    for (Listening ear = ears.poll(); ear != null; ear = ears.poll()) {
      ear.close();
    }
    tools.clear();
    triggers.clear();
    models.clear();
  }

  private void require(Stage expected) {
    Stage now = stage.get();
    if (now == Stage.CLOSED || (expected == Stage.EXTENDING && now != expected)) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "verticle " + name
              + (now == Stage.CLOSED
                  ? " is undeployed"
                  : " has extended the runtime, expected=to register while extend() runs"));
    }
  }

  @Override
  public NodeId node() {
    return runtime.node();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void registerTools(Object... more) {
    require(Stage.EXTENDING);
    JavaTools.of(more).forEach(tool -> tools.putIfAbsent(tool.definition().name(), tool));
  }

  @Override
  public void registerTrigger(TriggerType type) {
    require(Stage.EXTENDING);
    triggers.putIfAbsent(String.valueOf(type.name()), type);
  }

  @Override
  public void registerModel(String model, ChatClient client) {
    require(Stage.EXTENDING);
    models.putIfAbsent(model, client);
  }

  @Override
  public Future<String> emit(String type, Json data) {
    return open(() -> runtime.events().emit(type, data, name, null).map(said -> said.id()));
  }

  @Override
  public Future<String> publish(String topic, Json content) {
    return open(() -> runtime.messages().publish(topic, content));
  }

  @Override
  public void onEvent(String pattern, Consumer<Arrival> handler) {
    require(Stage.EXTENDED);
    ears.add(runtime.events().subscribe(pattern, heard(handler)));
    closeIfLate();
  }

  @Override
  public void onMessage(String pattern, Consumer<Arrival> handler) {
    require(Stage.EXTENDED);
    ears.add(runtime.messages().subscribe(pattern, heard(handler)));
    closeIfLate();
  }

  /** Undeployed while it began to listen. */
  private void closeIfLate() {
    if (stage.get() == Stage.CLOSED) {
      close();
    }
  }

  /** Others' code on an event loop of the verticle's, where its faults harm nobody else. */
  private Consumer<Arrival> heard(Consumer<Arrival> handler) {
    return arrival -> context.runOnContext(ignored -> {
      if (stage.get() != Stage.CLOSED) {
        try {
          handler.accept(arrival);
        } catch (RuntimeException e) {
          LOG.log(Level.WARNING, "verticle " + name + " could not take what it heard", e);
        }
      }
    });
  }

  @Override
  public Future<Accepted> trigger(String process, Json payload, @Nullable String dedupKey) {
    return open(() -> runtime.require(process).trigger(payload, Json.EMPTY, dedupKey));
  }

  @Override
  public Future<Json> status(String process) {
    return open(() -> runtime.require(process).status(false));
  }

  private <T> Future<T> open(Supplier<Future<T>> command) {
    try {
      require(Stage.EXTENDED);
      return command.get();
    } catch (RuntimeFault fault) {
      return Future.failedFuture(fault);
    }
  }

  static void unheard(Future<Void> future) {
    future.onFailure(cause -> LOG.log(Level.WARNING, "a verticle did not end cleanly", cause));
  }

  /** The names of what was registered, for a list. */
  Map<String, Object> names() {
    List<String> toolNames = new ArrayList<>(tools.keySet());
    toolNames.sort(null);
    return Map.of(
        "tools", toolNames,
        "triggers", triggers.keySet().stream().sorted().toList(),
        "models", models.keySet().stream().sorted().toList());
  }
}
