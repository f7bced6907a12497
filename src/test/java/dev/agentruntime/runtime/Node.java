package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.JournalConfig;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.hook.Hook;
import dev.agentruntime.hook.HookOptions;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.observe.EventCallback;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.WebhookRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node for tests: its directories, and calls that wait. */
final class Node {

  static final String ECHO = "version: \"1.0\"\nname: NAME\nmodel: echo\ninstructions: Echo.\n";

  final FaultyDisk disk = new FaultyDisk();
  private final Vertx vertx;
  private final Path data;
  private final Path agents;
  private Map<String, String> environment = Map.of();
  private Map<String, ModelEndpoint> models = Map.of();
  private MemorySettings memories = MemorySettings.DEFAULT;
  private String backend = "file";
  private List<String> outbound = List.of();
  private ObserveConfig observe = ObserveConfig.DEFAULT;
  private List<HookConfig> hooks = List.of();
  private final List<Setup.Asked> javaHooks = new ArrayList<>();
  private final List<EventCallback> callbacks = new ArrayList<>();
  private final List<Map.Entry<String, ChatClient>> brought = new ArrayList<>();
  private RuntimeConfig.Upkeep upkeep = RuntimeConfig.Upkeep.DEFAULT;
  private WebhookRoutes routes = (host, port, path, owner, handler) ->
      Future.failedFuture(new RuntimeFault(ErrorCode.START_FAILED, "this node has no web"));
  private Placement placement = Placement.ALONE;
  private @Nullable AgentRuntime runtime;

  Node(Vertx vertx, Path root) throws IOException {
    this.vertx = vertx;
    this.data = root.resolve("data");
    this.agents = Files.createDirectories(root.resolve("agents"));
  }

  Node models(Map<String, ModelEndpoint> reached) {
    models = reached;
    return this;
  }

  /** Where memories are kept, and who embeds them. */
  Node remembering(MemorySettings settings) {
    memories = settings;
    return this;
  }

  Node memory() {
    backend = "memory";
    return this;
  }

  Node environment(Map<String, String> variables) {
    environment = variables;
    return this;
  }

  /** Keeps its journal short: a checkpoint at every look, and so many bytes of segments. */
  Node keeping(long bytes, @Nullable Path archive) {
    upkeep = new RuntimeConfig.Upkeep(Duration.ofMillis(1), 100_000, Duration.ZERO, bytes, archive);
    return this;
  }

  Path journal() {
    return data.resolve("node-1").resolve("journal");
  }

  Node routes(WebhookRoutes served) {
    routes = served;
    return this;
  }

  /** Who says which node may have a name. */
  Node placement(Placement decides) {
    placement = decides;
    return this;
  }

  /** Where operational events go. */
  Node observing(ObserveConfig told) {
    observe = told;
    return this;
  }

  /** Java code that is asked from the start. */
  @CanIgnoreReturnValue
  Node hook(HookEvent event, Hook hook) {
    javaHooks.add(new Setup.Asked(event, hook, HookOptions.DEFAULT));
    return this;
  }

  /** Programs that are asked. */
  Node hooks(HookConfig... asked) {
    hooks = List.of(asked);
    return this;
  }

  /** Java code that is told what happens. */
  Node callback(EventCallback told) {
    callbacks.add(told);
    return this;
  }

  /** A model of the application's. */
  @CanIgnoreReturnValue
  Node model(String name, ChatClient model) {
    brought.add(Map.entry(name, model));
    return this;
  }

  /** What its agents may reach. */
  Node outbound(List<String> allow) {
    outbound = allow;
    return this;
  }

  Path agents() {
    return agents;
  }

  void write(String name, String more) throws IOException {
    Files.writeString(agents.resolve(name + ".agent"), ECHO.replace("NAME", name) + more);
  }

  @CanIgnoreReturnValue
  Node start(boolean loadAgents) {
    runtime = now(starting(loadAgents));
    return this;
  }

  Future<AgentRuntime> starting(boolean loadAgents) {
    RuntimeConfig d = RuntimeConfig.DEFAULT;
    AgentRuntime.Builder builder = AgentRuntime.builder()
        .vertx(vertx)
        .disk(disk)
        .environment(environment)
        .env(environment::get)
        .routes(routes)
        .placement(placement)
        .config(new RuntimeConfig(
                null,
                data,
                agents,
                d.control(),
                d.ingress(),
                Duration.ofSeconds(5),
                new JournalConfig(
                    backend,
                    null,
                    1 << 20,
                    10_000,
                    Duration.ofMillis(100),
                    new RuntimeConfig.Safeguards(1 << 18, Duration.ofMinutes(1), null),
                    upkeep),
                d.http(),
                d.cluster(),
                models,
                memories,
                outbound)
            .observing(observe, hooks));
    for (Setup.Asked asked : javaHooks) {
      AgentRuntime.Builder unused = builder.hook(asked.event(), asked.hook(), asked.options());
    }
    for (EventCallback told : callbacks) {
      AgentRuntime.Builder unused = builder.callback(told);
    }
    for (Map.Entry<String, ChatClient> model : brought) {
      AgentRuntime.Builder unused = builder.model(model.getKey(), model.getValue());
    }
    return builder.start(loadAgents);
  }

  void stop() {
    AgentRuntime running = runtime;
    runtime = null;
    if (running != null) {
      nothing(running.close());
    }
  }

  AgentRuntime runtime() {
    return Objects.requireNonNull(runtime);
  }

  @CanIgnoreReturnValue
  AgentProcess deploy(String name, String more) {
    return deployYaml(ECHO.replace("NAME", name) + more);
  }

  @CanIgnoreReturnValue
  AgentProcess deployYaml(String yaml) {
    Manifest manifest = runtime().manifests().readYaml(yaml, "test", null, false);
    return now(runtime().deploy(manifest, true));
  }

  AgentProcess process(String name) {
    return runtime().require(name);
  }

  @CanIgnoreReturnValue
  Accepted trigger(String name, Object payload) {
    return now(process(name).trigger(Json.of(payload), Json.EMPTY, null));
  }

  Map<String, @Nullable Object> status(String name) {
    return now(process(name).status(true)).object();
  }

  long number(String name, String key) {
    return ((Number) Objects.requireNonNull(status(name).get(key))).longValue();
  }

  /** Waits until a status says so. */
  void until(String name, String key, Object value) {
    until(() -> String.valueOf(status(name).get(key)).equals(String.valueOf(value)));
  }

  /** Looks again and again, a while apart, until it is so. */
  void until(Supplier<Boolean> condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.get()) {
      assertTrue(System.nanoTime() < end, "it did not come to be");
      nothing(vertx.timer(20, TimeUnit.MILLISECONDS));
    }
  }

  /** The ids of all invocations, read in pages. */
  List<String> invocations(String name, int limit) {
    List<String> ids = new ArrayList<>();
    String cursor = null;
    do {
      Map<String, @Nullable Object> page =
          now(process(name).invocations(limit, cursor)).object();
      List<?> shown = (List<?>) Objects.requireNonNull(page.get("invocations"));
      assertTrue(shown.size() <= limit);
      shown.forEach(item -> ids.add(String.valueOf(((Map<?, ?>) item).get("id"))));
      cursor = (String) page.get("next_cursor");
    } while (cursor != null);
    return ids;
  }

  /** A list in a JSON object. */
  static List<?> list(Json json, String key) {
    return (List<?>) Objects.requireNonNull(json.object().get(key), key);
  }

  static <T> T now(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeFault fault) {
        throw fault;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static void nothing(Future<?> future) {
    Object ignored = now(future.map("done"));
    assertTrue(ignored != null);
  }
}
