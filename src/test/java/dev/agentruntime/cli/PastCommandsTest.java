package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.api.ApiServer;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay}, {@code rewind} and {@code fork} against a node. */
class PastCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentRuntime runtime;

  private String url = "";
  private long start;

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @BeforeEach
  void serve() throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    RuntimeConfig config = new RuntimeConfig(
        "node-1",
        directory.resolve("data"),
        directory.resolve("agents"),
        new HostPort("127.0.0.1", 0),
        new HostPort("127.0.0.1", 0),
        usual.drainTimeout(),
        usual.journal(),
        usual.http(),
        usual.cluster(),
        usual.models());
    ApiServer server = new ApiServer(vertx, config.control(), config.http(), null);
    runtime =
        await(AgentRuntime.builder().vertx(vertx).config(config).part(server).start(false));
    url = "http://127.0.0.1:" + server.port();
    AgentProcess process = await(runtime.deploy(
        runtime
            .manifests()
            .readYaml("version: \"1.0\"\nname: past\nmodel: echo\n", "test", null, false),
        true));
    var accepted = await(process.trigger(Json.of("hello"), Json.EMPTY, null));
    assertTrue(accepted.durable());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Long.valueOf(1).equals(await(process.status(false)).object().get("invocation_count"))) {
      assertTrue(System.nanoTime() < end, "the run does not end");
    }
    Json page = await(process.journal(1, null, "invocation_start"));
    start = Long.parseLong(page.toString().replaceAll(".*?\"s\":([0-9]+).*", "$1"));
  }

  @AfterEach
  void close() throws Exception {
    await(runtime.close());
    await(vertx.close());
  }

  private CliRun run(String... arguments) {
    String[] all = new String[arguments.length + 2];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--url";
    all[arguments.length + 1] = url;
    return CliRun.of(all);
  }

  @Test
  void replaySaysEqual() {
    CliRun run = run("replay", "past");
    assertEquals(0, run.code(), run::err);
    assertTrue(run.out().matches("equal at entry [0-9]+  [0-9a-f]{64}\n"), run::out);
    assertTrue(run("replay", "past", "--json").out().contains("\"equal\":true"));
    assertEquals(1, run("replay", "nobody").code());
  }

  @Test
  void rewindShowsAndDoes() {
    CliRun plan = run("rewind", "past", "past#1:" + (start - 1));
    assertEquals(0, plan.code(), plan::err);
    assertTrue(plan.out().startsWith("plan: rewind to entry " + (start - 1)), plan::out);
    assertTrue(plan.out().contains("would go: 1 invocations, 1 turns since"), plan::out);
    assertTrue(plan.out().contains("conversation: 2 messages, 0 then"), plan::out);
    assertTrue(plan.err().contains("--apply"), plan::err);
    CliRun done =
        run("rewind", "past", String.valueOf(start - 1), "--mode", "conversation", "--apply");
    assertTrue(done.out().startsWith("rewound to entry"), () -> done.out() + done.err());
    CliRun again = run("rewind", "past", String.valueOf(start - 1));
    assertTrue(again.out().contains("conversation: 0 messages, 0 then"), again::out);
    CliRun beyond = run("rewind", "past", "9999");
    assertEquals(1, beyond.code());
    assertTrue(beyond.err().contains("entry of past, expected=1.."), beyond::err);
    assertTrue(run("logs", "past").out().contains("rewound to #"), "logs tells it");
  }

  @Test
  void forkShowsTheDifference() throws Exception {
    Path play = directory.resolve("bold.play.yaml");
    Files.writeString(play, """
        rules:
          - when: {turn: 1}
            call: [{tool: context_set, args: {key: mood, value: bold}}]
          - say: Bold.
        """);
    Path instructions = directory.resolve("bold.md");
    Files.writeString(instructions, "Be bold.");
    CliRun run = run(
        "fork",
        "past",
        "--at",
        String.valueOf(start),
        "--model",
        "script:" + play,
        "--instructions",
        instructions.toString(),
        "--answer",
        "ask_process=no");
    assertEquals(0, run.code(), run::err);
    assertTrue(run.err().contains("past~1 runs "), run::err);
    assertTrue(run.out().startsWith("past~1  completed\nit does otherwise:\n"), run::out);
    assertTrue(run.out().contains("says Bold."), run::out);
    assertTrue(run.out().contains("tokens in/out: original "), run::out);
    CliRun broken = run("fork", "past", "--at", "1", "--model", "script:" + instructions);
    assertEquals(1, broken.code(), broken::out);
    CliRun none = run("fork", "past", "--at", "1", "--instructions", "nowhere.md");
    assertTrue(none.err().contains("there is no file nowhere.md"), none::err);
  }

  @Test
  void nothingIsForkedOrRewoundWhileAllWorkIsEnded() throws Exception {
    String at = String.valueOf(start);
    assertEquals(0, run("stop", "--all", "--now", "--reason", "wild").code());
    for (CliRun refused :
        List.of(run("fork", "past", "--at", at), run("rewind", "past", at, "--apply"))) {
      assertEquals(1, refused.code(), refused::out);
      assertTrue(refused.err().contains("start --all --lift"), refused::err);
    }
    Future<Json> fork = runtime
        .require("past")
        .forks()
        .run(new ForkOrder(start, null, null, null, false, Map.of()));
    Exception killed = assertThrows(Exception.class, () -> await(fork));
    assertTrue(String.valueOf(killed.getMessage()).contains("killed"), killed::toString);
    assertEquals(0, run("replay", "past").code());
    assertEquals(0, run("start", "--all", "--lift").code());
    assertEquals(0, run("fork", "past", "--at", at).code());
  }
}
