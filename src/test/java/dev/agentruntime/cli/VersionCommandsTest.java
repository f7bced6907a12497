package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.api.ApiServer;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code versions}, {@code rollback} and {@code deploy} over what runs, against a node. */
class VersionCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentRuntime runtime;

  private String url = "";

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

  private Path manifest(String name, String more) throws Exception {
    Path file = directory.resolve("x.yaml");
    Files.writeString(file, "version: \"1.0\"\nname: " + name + "\nmodel: echo\n" + more);
    return file;
  }

  @Test
  void aDryRunShowsWhatWouldChangeAndChangesNothing() throws Exception {
    Path file = manifest("past", "config: {max_turns: 3}\n");
    CliRun plan = run("deploy", "--dry-run", file.toString());
    assertEquals(0, plan.code(), plan::err);
    assertTrue(plan.out().startsWith("past  version 1 would become version 2\n"), plan::out);
    assertTrue(plan.out().contains("+ config: {\"max_turns\":3}\n"), plan::out);
    assertTrue(run("versions", "past", "--json").out().contains("\"kept_from\":1"));
    assertEquals(2, run("versions", "past").out().lines().count());
    CliRun none = run("deploy", "--dry-run", manifest("past", "").toString());
    assertTrue(none.out().startsWith("past  would stay as it is, at version 1"), none::out);
    CliRun fresh = run("deploy", "--dry-run", manifest("fresh", "").toString());
    assertTrue(fresh.out().startsWith("fresh  would be new, as version 1"), fresh::out);
    assertTrue(runtime.processes().size() == 1, "nothing was deployed");
  }

  @Test
  void mistakesInAManifestAreNamedByItsFile() throws Exception {
    Path file = manifest("past", "config: {max_turn: 3}\nmodle: echo\n");
    for (String dry : List.of("--dry-run", "--replace")) {
      CliRun wrong = run("deploy", dry, file.toString());
      assertEquals(1, wrong.code());
      assertEquals(2, wrong.err().lines().count(), wrong::err);
      assertTrue(
          wrong.err().lines().allMatch(line -> line.startsWith("error: " + file + ":")),
          wrong::err);
    }
    CliRun plan = run("deploy", "--dry-run", manifest("lonely", "").toString());
    assertTrue(plan.err().contains("warning: "), plan::err);
    assertFalse(plan.err().contains("body:"), plan::err);
  }

  @Test
  void aReplacementIsRolledBack() throws Exception {
    Path file = manifest("past", "config: {max_turns: 3}\n");
    CliRun taken = run("deploy", file.toString());
    assertEquals(1, taken.code());
    assertEquals(
        "error: a process \"past\" exists; --replace puts this in its place\n", taken.err());
    assertEquals(0, run("deploy", "--replace", file.toString()).code());
    CliRun back = run("rollback", "past");
    assertEquals("past  version 3, version 1 again\n", back.out(), back::err);
    CliRun again = run("rollback", "past", "--to", "1");
    assertEquals(1, again.code());
    assertTrue(again.err().contains("version 1 is what runs, as version 3"), again::err);
    assertEquals(1, run("rollback", "past", "--to", "9").code());
    assertEquals(1, run("rollback", "past", "--to", "0").code());
    CliRun listed = run("versions", "past");
    assertEquals(4, listed.out().lines().count(), listed::out);
    assertTrue(run("logs", "past").out().contains("version 3 from api, version 1 again"));
  }
}
