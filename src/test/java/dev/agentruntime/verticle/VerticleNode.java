package dev.agentruntime.verticle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.VerticleSettings;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.RuntimePart;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A node that deploys verticles, for tests. */
public final class VerticleNode {

  private final Vertx vertx;
  private final Path root;
  private final Path agents;
  private Duration drain = Duration.ofSeconds(5);
  private @Nullable Duration patience;
  private List<String> allow = List.of();
  private List<RuntimePart> parts = List.of();
  private @Nullable AgentRuntime runtime;
  private @Nullable Verticles verticles;

  /** A node that lives under a directory. */
  public VerticleNode(Vertx vertx, Path root) throws IOException {
    this.vertx = vertx;
    this.root = root;
    this.agents = Files.createDirectories(root.resolve("agents"));
  }

  /** How long runs may go on with what is old. */
  VerticleNode drain(Duration limit) {
    drain = limit;
    return this;
  }

  /** How long a verticle may take. */
  VerticleNode patience(Duration most) {
    patience = most;
    return this;
  }

  VerticleNode allow(String... entries) {
    allow = List.of(entries);
    return this;
  }

  /** More parts. */
  public VerticleNode parts(RuntimePart... more) {
    parts = List.of(more);
    return this;
  }

  /** Where manifests are. */
  public Path agents() {
    return agents;
  }

  Path allowFile() {
    return root.resolve("allowed");
  }

  Path store() {
    return root.resolve("data").resolve("node-1").resolve("verticles");
  }

  /** Puts jars on the allow-list. */
  public void allow(byte[] jar) {
    try {
      Files.writeString(
          allowFile(),
          Hex.sha256(jar) + "  some.jar\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts it. */
  @CanIgnoreReturnValue
  public VerticleNode start() {
    RuntimeConfig d = RuntimeConfig.DEFAULT;
    verticles = patience == null ? new Verticles() : new Verticles(patience);
    AgentRuntime.Builder builder = AgentRuntime.builder()
        .vertx(vertx)
        .part(verticles)
        .config(new RuntimeConfig(
            "node-1",
            root.resolve("data"),
            agents,
            new HostPort("127.0.0.1", 0),
            new HostPort("127.0.0.1", 0),
            drain,
            d.journal(),
            d.http(),
            d.cluster(),
            d.models(),
            d.memory(),
            d.outboundAllow(),
            new VerticleSettings(allow, allowFile())));
    for (RuntimePart part : parts) {
      builder = builder.part(part);
    }
    runtime = now(builder.start(true));
    return this;
  }

  /** Stops it. */
  public void stop() {
    AgentRuntime running = runtime;
    runtime = null;
    if (running != null) {
      nothing(running.close());
    }
  }

  /** The runtime. */
  public AgentRuntime runtime() {
    return Objects.requireNonNull(runtime);
  }

  /** Its verticles. */
  public Verticles verticles() {
    return Objects.requireNonNull(verticles);
  }

  static VerticleOrder order(String name, byte @Nullable [] jar, boolean replace) {
    return new VerticleOrder(name, jar, null, null, null, null, replace, false, "ops");
  }

  /** Allows a jar and deploys it. */
  @CanIgnoreReturnValue
  public Map<String, @Nullable Object> deploy(String name, byte[] jar, boolean replace) {
    allow(jar);
    return now(verticles().deploy(order(name, jar, replace))).object();
  }

  RuntimeFault refused(VerticleOrder order) {
    try {
      Json deployed = now(verticles().deploy(order));
      throw new AssertionError("deployed: " + deployed);
    } catch (RuntimeFault fault) {
      return fault;
    }
  }

  /** What is deployed: {@code name state}. */
  List<String> listed() {
    return ((List<?>) Objects.requireNonNull(now(verticles().list()).object().get("verticles")))
        .stream()
            .map(item -> ((Map<?, ?>) item).get("name") + " " + ((Map<?, ?>) item).get("state"))
            .toList();
  }

  /** Deploys an agent from a manifest and a play beside it, which may be empty. */
  public void agent(String name, String model, String more, String play) {
    try {
      if (!play.isEmpty()) {
        Files.writeString(agents.resolve(name + ".yaml"), play);
      }
      Files.writeString(
          agents.resolve(name + ".agent"),
          "version: \"1.0\"\nname: " + name + "\nmodel: " + model + "\ninstructions: Do.\n" + more);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** An agent that calls {@code greet} and says what came of it. */
  void greets(String name) {
    agent(name, "script:" + name + ".yaml", "", """
        rules:
          - when: {turn: 1}
            call: [{tool: greet, args: {}}]
          - say: done
        """);
  }

  /** Triggers an agent. */
  public void trigger(String name) {
    nothing(runtime().require(name).trigger(Json.EMPTY, Json.EMPTY, null));
  }

  /** A value of an agent's status, as a text. */
  public String status(String name, String key) {
    return String.valueOf(now(runtime().require(name).status(false)).object().get(key));
  }

  /** Waits until an agent's status says so. */
  public void until(String name, String key, Object value) {
    until(() -> status(name, key).equals(String.valueOf(value)));
  }

  /** The journal entries of one kind, as texts. */
  public List<String> journal(String name, String kind) {
    Json page = now(runtime().require(name).journal(500, null, kind));
    return ((List<?>) Objects.requireNonNull(page.object().get("entries")))
        .stream().map(String::valueOf).toList();
  }

  /** Looks again and again until it is so. */
  public void until(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "it did not come to be");
      nothing(vertx.timer(20, TimeUnit.MILLISECONDS));
    }
  }

  /** Waits. */
  public static <T> T now(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
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
