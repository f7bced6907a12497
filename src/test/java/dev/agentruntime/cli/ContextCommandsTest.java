package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.api.ApiServer;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent knows, by the command line. */
final class ContextCommandsTest {

  private final Vertx vertx = Vertx.vertx();

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private ApiServer server;

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentRuntime runtime;

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentProcess process;

  private static <T> T now(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @BeforeEach
  void start() throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    server = new ApiServer(vertx, new HostPort("127.0.0.1", 0), usual.http(), null);
    runtime = now(AgentRuntime.builder()
        .vertx(vertx)
        .config(new RuntimeConfig(
            null,
            directory.resolve("data"),
            directory.resolve("agents"),
            usual.control(),
            usual.ingress(),
            usual.drainTimeout(),
            usual.journal(),
            usual.http(),
            usual.cluster(),
            usual.models()))
        .part(server)
        .start(false));
    process = now(runtime.deploy(
        runtime
            .manifests()
            .readYaml("name: teller\nmodel: echo\ninstructions: Echo.\n", "test", null, false),
        true));
  }

  @AfterEach
  void stop() throws Exception {
    now(runtime.close());
    now(vertx.close());
  }

  private CliRun run(String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--url", "http://127.0.0.1:" + server.port()));
    return CliRun.of(all.toArray(String[]::new));
  }

  @Test
  void whoChangedAKeyIsShown() {
    assertEquals(0, run("context", "teller", "a b=1").code());
    assertEquals(0, run("context", "teller", "a b=").code());
    CliRun shown = run("context", "teller", "--history", "a b");
    assertEquals(0, shown.code(), shown.err());
    List<String> lines = shown.out().lines().toList();
    assertEquals(3, lines.size(), shown.out());
    assertTrue(lines.get(0).matches("TIME +VERSION +SOURCE +INVOCATION +VALUE"), lines.get(0));
    assertTrue(lines.get(1).matches("20\\S+Z +1 +api +- +1"), lines.get(1));
    assertTrue(lines.get(2).matches("20\\S+Z +1 +api +- +\\(deleted\\)"), lines.get(2));

    assertEquals(1, run("context", "teller", "--history", "nothing").code());
    assertEquals(2, run("context", "teller", "x=1", "--history", "x").code());
    Json json =
        Json.parse(run("context", "teller", "--history", "a b", "--json").out());
    assertEquals("a b", json.object().get("key"));
  }

  @Test
  void whatWasSaidIsShownAndForgotten() throws Exception {
    var accepted = now(process.trigger(Json.of("hello"), Json.EMPTY, null));
    assertTrue(!accepted.toString().isEmpty());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    CliRun shown = run("conversation", "teller");
    while (!shown.out().contains("assistant: hello")) {
      assertTrue(System.nanoTime() < end, shown.out() + shown.err());
      shown = run("conversation", "teller");
    }
    assertEquals(2, shown.out().lines().count(), "control characters are escaped");
    assertEquals(
        "teller  conversation cleared\n",
        run("conversation", "teller", "--clear").out());
    assertEquals("", run("conversation", "teller").out());
  }
}
