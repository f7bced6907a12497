package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.agent.Agent;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's three layers, run as they stand there. */
class LayersTest {

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @Test
  void agentAlone() throws Exception {
    // snippet: agent
    Agent agent = Agent.builder()
        .model("echo") // or "openai:gpt-5-mini", with OPENAI_API_KEY in the environment
        .instructions("Answer in one sentence.")
        .build();
    Future<String> reply = agent.ask("Is the lamp lit?");
    // end: agent
    assertEquals("Is the lamp lit?", get(reply));
    get(agent.close());
  }

  @Test
  void processAlone(@TempDir Path directory) throws Exception {
    // snippet: process
    ProcessConfig config =
        ProcessConfig.ofModel("echo").withInstructions("Repeat what you are told.");
    AgentProcess process = AgentProcess.create("parrot", config).dataDirectory(directory);
    Future<Accepted> accepted = process
        .start()
        .compose(started -> process.trigger(Json.of("hello"), Json.EMPTY, "greeting-1"));
    Future<Json> status = accepted.compose(durable -> process.status(false));
    // end: process
    assertTrue(get(accepted).durable());
    assertEquals("parrot", get(status).object().get("name"));
    get(process.close());

    AgentProcess again = AgentProcess.create("parrot", config).dataDirectory(directory);
    get(again.start());
    assertTrue(
        get(again.trigger(Json.of("hello"), Json.EMPTY, "greeting-1")).duplicate(),
        "the journal on disk knows the key");
    get(again.close());
  }

  @Test
  void runtimeInAnApplication(@TempDir Path directory) throws Exception {
    RuntimeConfig config = inside(directory);
    Files.writeString(
        directory.resolve("greeter.agent"), "name: greeter\nmodel: echo\ninstructions: Greet.\n");
    Path agents = directory;
    Vertx vertx = Vertx.vertx();
    // snippet: runtime
    ProcessConfig echo = ProcessConfig.ofModel("echo").withInstructions("Repeat.");
    Future<AgentRuntime> runtime = AgentRuntime.builder()
        .vertx(vertx)
        .config(config)
        .start(false)
        .compose(node -> node.register(AgentProcess.create("parrot", echo)).map(node))
        .compose(node -> node.loadDirectory(agents).map(node))
        .compose(node -> node.startAll().map(node));
    // end: runtime
    AgentRuntime node = get(runtime);
    List<String> names =
        node.processes().stream().map(process -> process.name().value()).toList();
    assertEquals(List.of("greeter", "parrot"), names);
    assertTrue(
        get(node.require("parrot").trigger(Json.of("hi"), Json.EMPTY, null)).durable());
    get(node.close());
    get(vertx.close());
  }

  @Test
  void aTriggerTypeOfOnesOwn(@TempDir Path directory) throws Exception {
    RuntimeConfig config = inside(directory);
    Path log = Files.writeString(directory.resolve("app.log"), "it rains\n");
    String manifest = resource("tail.agent");
    Files.writeString(
        directory.resolve("log-reader.agent"), manifest.replace("logs/app.log", log.toString()));
    // snippet: trigger-type
    Future<AgentRuntime> runtime =
        AgentRuntime.builder().config(config).trigger(new TailTriggerType()).start(true);
    // end: trigger-type
    AgentRuntime node = get(runtime);
    AgentProcess reader = node.require("log-reader");
    for (int i = 0; i < 500 && get(reader.deployed()).accepted() == 0; i++) {
      Object unused = get(node.vertx().timer(20, TimeUnit.MILLISECONDS));
    }
    assertEquals(1, get(reader.deployed()).accepted());
    get(node.close());
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = LayersTest.class.getResourceAsStream("/" + name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static RuntimeConfig inside(Path directory) {
    RuntimeConfig defaults = RuntimeConfig.DEFAULT;
    return new RuntimeConfig(
        null,
        directory.resolve("data"),
        directory,
        defaults.control(),
        defaults.ingress(),
        Duration.ofSeconds(5),
        defaults.journal(),
        defaults.http(),
        defaults.cluster(),
        defaults.models());
  }
}
