package dev.agentruntime.runtime;

import static dev.agentruntime.runtime.Node.list;
import static dev.agentruntime.runtime.Node.nothing;
import static dev.agentruntime.runtime.Node.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.mcp.ScriptedServer;
import dev.agentruntime.memory.Memory;
import dev.agentruntime.oversight.ApprovalWord;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.MemoryDesk;
import dev.agentruntime.process.ProcessTools;
import dev.agentruntime.provider.FakeOpenAi;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All work of a node is ended at once: a model that streams, a tool server that hangs. */
class KillSwitchTest {

  private static final String PLAY = """
      rules:
        - when: {turn: 1}
          call: [{tool: bad__charge, args: {text: "hang"}}]
        - say: "Done."
      """;

  @TempDir
  private Path root;

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger hungUp = new AtomicInteger();
  private Path server = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private Node node;

  @BeforeEach
  void begin() throws IOException {
    FakeOpenAi fake = now(FakeOpenAi.start(vertx));
    fake.answer((v, request) -> {
      request.response().closeHandler(gone -> hungUp.incrementAndGet());
      asked.incrementAndGet();
      FakeOpenAi.drip(20).write(v, request);
    });
    node = new Node(vertx, root)
        .models(Map.of(
            "openai",
            new ModelEndpoint(
                fake.baseUrl(),
                null,
                Duration.ofMinutes(2),
                1,
                0,
                new Quota(4, 0, Duration.ofMinutes(5)),
                Map.of())));
    server = Files.createDirectory(root.resolve("server"));
    Files.writeString(node.agents().resolve("play.yaml"), PLAY);
    List<String> command = ScriptedServer.command(server);
    Files.writeString(
        node.agents().resolve("caller.agent"),
        "version: \"1.0\"\nname: caller\nmodel: script:play.yaml\ninstructions: Call it.\n"
            + "servers:\n  bad:\n    type: stdio\n    command: " + Json.quote(command.get(0))
            + "\n    args: " + Json.of(command.subList(1, command.size())) + "\n");
    Files.writeString(
        node.agents().resolve("talker.agent"),
        "version: \"1.0\"\nname: talker\nmodel: openai:fake-1\ninstructions: Talk.\n");
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
    nothing(vertx.close());
  }

  /** Who serves tools, 0 while it is writing that down. */
  private long pid() {
    try {
      String said = Files.readString(server.resolve("pid")).strip();
      return said.isEmpty() ? 0 : Long.parseLong(said);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean lives(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private void work() {
    node.trigger("caller", "go");
    node.trigger("talker", "go");
    node.until(() -> Files.exists(server.resolve("calls")) && asked.get() > 0);
  }

  private ErrorCode refusal(String process) {
    return assertThrows(RuntimeFault.class, () -> node.trigger(process, "more")).code();
  }

  private KillSwitch kill() {
    return node.runtime().killSwitch();
  }

  @Test
  void reachesAModelThatStreamsAndAServerThatHangs() {
    work();
    long child = pid();
    assertTrue(lives(child));
    Json said = now(kill().pull("ops", "it went wild"));
    assertEquals(true, said.object().get("on"));
    assertEquals("it went wild", said.object().get("reason"));
    node.until(() -> !lives(child) && hungUp.get() == 1);
    assertEquals(ErrorCode.KILLED, refusal("caller"));
    assertEquals(ErrorCode.KILLED, refusal("talker"));
    assertEquals(said, Json.of(node.runtime().status().object().get("killed")));
  }

  @Test
  void holdsOverARestartAndForWhoeverIsNew() {
    work();
    Json said = now(kill().pull("ops", ""));
    node.stop();
    node.start(true);
    assertEquals(said, kill().state());
    assertEquals(ErrorCode.KILLED, refusal("talker"));
    assertEquals(1, asked.get(), "nobody asked a model again");
    RuntimeFault fault = assertThrows(
        RuntimeFault.class, () -> node.deployYaml("version: \"1.0\"\nname: late\nmodel: echo\n"));
    assertEquals(ErrorCode.KILLED, fault.code());
  }

  @Test
  void liftedTheCallInFlightIsInDoubtAndTheModelIsAskedAgain() {
    work();
    assertEquals(true, now(kill().pull("ops", "")).object().get("on"));
    long before = pid();
    assertEquals(false, now(kill().lift("ops")).object().get("on"));
    node.until(() -> asked.get() == 2);
    node.until("caller", "state", "awaiting");
    node.until(() -> pid() != before && lives(pid()));
    assertEquals(1, calls(), "a call that must not be made twice waits for somebody's word");
    assertNull(node.runtime().status().object().get("killed"));
  }

  @Test
  void endsAllWorkAlsoWhenTheJournalCannotSayIt() {
    work();
    long child = pid();
    node.disk.failing(true);
    Future<Json> pulled = kill().pull("ops", "first");
    node.until(() -> !lives(child) && hungUp.get() == 1);
    node.until(pulled::isComplete);
    assertTrue(pulled.failed(), "nobody is told that it would hold over a restart");
    assertTrue(kill().isOn());
    node.disk.failing(false);
    // The journal was opened anew, and still nothing goes on.
    node.until(() -> refusal("caller") == ErrorCode.KILLED);
    node.until(() -> refusal("talker") == ErrorCode.KILLED);
    assertEquals(1, asked.get());
    assertEquals("second", now(kill().pull("ops", "second")).object().get("reason"));
    node.stop();
    node.start(true);
    assertEquals("second", kill().state().object().get("reason"));
    assertEquals(1, asked.get());
    assertFalse(lives(child));
  }

  @Test
  void nothingIsAcceptedThatIsSaidFromOutside() {
    nothing(kill().pull("ops", ""));
    for (Future<?> said : List.of(
        node.runtime().events().emit("build.done", Json.NULL),
        node.runtime().messages().publish("jobs", Json.NULL))) {
      assertEquals(
          ErrorCode.KILLED, assertThrows(RuntimeFault.class, () -> now(said)).code());
    }
    nothing(kill().lift("ops"));
    assertFalse(now(node.runtime().events().emit("build.done", Json.NULL)).isEmpty());
  }

  private long calls() {
    return lines(server.resolve("calls")).size();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void liftedTwiceIsLiftedOnce() {
    assertEquals(false, now(kill().lift("ops")).object().get("on"));
    assertEquals(true, now(kill().pull("ops", "")).object().get("on"));
    assertEquals(false, now(kill().lift("ops")).object().get("on"));
    assertEquals(false, now(kill().lift("ops")).object().get("on"));
    assertEquals(0, asked.get());
  }

  @Test
  void whoPullsWhileItIsLiftedIsTheLastToSpeak() {
    nothing(kill().pull("ops", "first"));
    Future<Json> lifted = kill().lift("a");
    Json pulled = now(kill().pull("b", "second"));
    // It may have ended before the pull came, or been overtaken by it.
    nothing(lifted);
    assertEquals("second", pulled.object().get("reason"));
    assertTrue(kill().isOn());
    assertEquals(ErrorCode.KILLED, refusal("talker"));
    node.stop();
    node.start(true);
    assertEquals("second", kill().state().object().get("reason"));
  }

  @Test
  void aManifestThatWasBeingWrittenConnectsToNothing() throws IOException {
    node.until(() -> Files.exists(server.resolve("pid")) && lives(pid()));
    long child = pid();
    AgentProcess caller = node.process("caller");
    String before = now(caller.deployed()).declared();
    String yaml = Files.readString(node.agents().resolve("caller.agent"));
    Manifest changed = node.runtime()
        .manifests()
        .readYaml(yaml + "config: {max_turns: 7}\n", "test", node.agents(), false);
    Runnable synced = node.disk.stalled();
    Future<Void> deployed = caller.deploy(changed, "file");
    node.until(() -> !now(caller.deployed()).declared().equals(before));
    Future<Json> pulled = kill().pull("ops", "");
    node.until(() -> !lives(child));
    synced.run();
    nothing(deployed);
    nothing(pulled);
    assertEquals(List.of(), list(now(ProcessTools.view(caller)), "servers"));
    assertEquals(false, now(kill().lift("ops")).object().get("on"));
    node.until(() -> pid() != child && lives(pid()));
  }

  private String warned() {
    return String.join("\n", node.runtime().warnings());
  }

  @Test
  void whatChangesInTheDirectoryMeanwhileTakesEffectAtTheLift() throws IOException {
    node.write("steady", "");
    node.write("leaving", "");
    node.until(() -> node.runtime().processes().size() == 4);
    node.until("leaving", "state", "running");
    node.until("steady", "state", "running");
    nothing(kill().pull("ops", ""));
    node.write("steady", "config: {max_turns: 7}\n");
    node.write("fresh", "");
    Files.delete(node.agents().resolve("leaving.agent"));
    node.until(() -> warned().contains("steady.agent: ")
        && warned().contains("fresh.agent: ")
        && warned().contains("process leaving: "));
    assertTrue(warned().contains("read again when that is lifted"), warned());
    assertEquals(3 + 1, node.runtime().processes().size());
    assertEquals("running", node.status("leaving").get("state"));
    assertTrue(
        String.valueOf(node.status("steady").get("manifest_problem")).contains("lifted"),
        () -> "" + node.status("steady"));

    node.stop();
    node.start(true);
    assertTrue(kill().isOn());
    assertEquals(false, now(kill().lift("ops")).object().get("on"));
    node.until("steady", "manifest_problem", "null");
    Map<?, ?> manifest = (Map<?, ?>) node.status("steady").get("manifest");
    assertEquals("2", String.valueOf(manifest == null ? null : manifest.get("version")));
    node.until("leaving", "state", "stopped");
    node.until(() -> node.runtime().processes().size() == 5);
    node.until("fresh", "state", "running");
    node.until(() -> !warned().contains(".agent: "));
  }

  private Map<?, ?> waiting() {
    List<?> all =
        list(now(node.process("payer").oversee(desk -> desk.approvals().list())), "approvals");
    return all.isEmpty() ? Map.of() : (Map<?, ?>) Objects.requireNonNull(all.get(0));
  }

  @Test
  void peopleHaveAMinuteAfterTheLiftOverRestartsToo() throws IOException {
    Files.writeString(node.agents().resolve("pay.yaml"), PLAY.replace("hang", "5"));
    String yaml = Files.readString(node.agents().resolve("caller.agent"));
    Files.writeString(
        node.agents().resolve("payer.agent"),
        yaml.replace("name: caller", "name: payer").replace("play.yaml", "pay.yaml")
            + "approval: {tools: [bad__charge], timeout: 1}\n");
    node.until(() -> node.runtime().processes().size() == 3);
    node.until("payer", "state", "running");
    node.trigger("payer", "go");
    node.until(() -> !waiting().isEmpty());
    Instant expires = Instant.parse(String.valueOf(waiting().get("expires_at")));
    nothing(kill().pull("ops", ""));
    node.stop();
    node.start(true);
    node.until(() -> Instant.now().isAfter(expires));
    nothing(kill().lift("ops"));
    node.until("payer", "state", "awaiting");
    node.stop();
    node.start(true);
    String id = String.valueOf(waiting().get("id"));
    ApprovalWord yes = new ApprovalWord(id, true, null, "", "ops", null, null);
    Json said = now(node.process("payer").oversee(desk -> desk.approvals().decide(yes)));
    assertEquals("approved", said.object().get("status"), said::toString);
    node.until("payer", "invocation_count", 1);
    assertEquals(1, calls());
  }

  @Test
  void webhooksAreAnsweredAlsoAfterARestartWhileItIsOn() throws IOException {
    node.stop();
    Set<String> served = ConcurrentHashMap.newKeySet();
    node = node.routes((host, port, path, owner, handler) -> {
      served.add(path);
      return Future.succeededFuture(() -> {
        served.remove(path);
        return Future.succeededFuture();
      });
    });
    node.write("hooked", "triggers: [{type: webhook, webhook_path: /hooked, auth: none}]\n");
    node.start(true);
    node.until(() -> served.contains("/hooked"));
    nothing(kill().pull("ops", ""));
    node.stop();
    assertTrue(served.isEmpty());
    node.start(true);
    assertTrue(served.contains("/hooked"), "who calls it must hear that all work is ended");
    nothing(kill().lift("ops"));
    node.until("hooked", "state", "running");
    assertTrue(served.contains("/hooked"));
  }

  /** The guard that was ended has given no leave: it is asked again. */
  @Test
  void endsAHookThatIsAskedAndAsksItAgainAfterTheLift() throws IOException {
    node.stop();
    String script = "echo $$ >> asked; test -e open || exec sleep 300";
    node = node.hooks(new HookConfig(
        HookEvent.PERMISSION_REQUEST,
        List.of("sh", "-c", script),
        Duration.ofSeconds(60),
        root.toString(),
        Map.of(),
        "*",
        0,
        false,
        null));
    node.start(true);
    Path asks = root.resolve("asked");
    node.trigger("caller", "go");
    node.until(() -> Files.exists(asks) && lines(asks).size() == 1);
    long hook = Long.parseLong(lines(asks).get(0));
    assertTrue(lives(hook));
    nothing(kill().pull("ops", ""));
    node.until(() -> !lives(hook));
    Files.createFile(root.resolve("open"));
    nothing(kill().lift("ops"));
    node.until(() -> Files.exists(server.resolve("calls")) && calls() == 1);
    assertEquals(2, lines(asks).size());
  }

  @Test
  void whoWasBeingDeployedDoesNotWorkEither() {
    Runnable synced = node.disk.stalled();
    Future<AgentProcess> deployed = node.runtime()
        .deploy(
            node.runtime()
                .manifests()
                .readYaml(Node.ECHO.replace("NAME", "late"), "test", node.agents(), false),
            true);
    // It was let in, and its manifest is on its way to the disk.
    node.until(() -> node.disk.waiting() > 0);
    Future<Json> pulled = kill().pull("ops", "");
    node.until(() -> kill().isOn());
    synced.run();
    nothing(pulled);
    node.until(deployed::isComplete);
    assertTrue(
        deployed.failed() && String.valueOf(deployed.cause()).contains("start it after the lift"),
        () -> String.valueOf(deployed.cause()));
    assertEquals(3, node.runtime().processes().size());
    assertEquals(ErrorCode.KILLED, refusal("late"));
  }

  @Test
  void aSecretIsRevokedMeanwhileAlsoAfterARestart() throws IOException {
    node.write("keeper", "secrets: {secrets: {KEY: \"literal-secret-0123\"}}\n");
    node.until(() -> node.runtime().processes().size() == 3);
    node.until("keeper", "state", "running");
    nothing(kill().pull("ops", ""));
    node.stop();
    node.start(true);
    nothing(node.process("keeper").tighten(all -> all.secrets().revoke(List.of(), "ops")));
    nothing(kill().lift("ops"));
    Json shown = now(node.process("keeper").oversee(all -> all.secrets().list()));
    assertTrue(shown.toString().contains("revoked"), shown::toString);
  }

  @Test
  void theMemoryIsNeitherSearchedNorEmptied() throws IOException {
    node.write("rememberer", "memory: {}\n");
    node.until(() -> node.runtime().processes().size() == 3);
    node.until("rememberer", "state", "running");
    MemoryDesk desk = new MemoryDesk(node.process("rememberer"));
    nothing(kill().pull("ops", ""));
    for (Future<?> asked : List.of(desk.search("x", 3, 0), desk.forget(Memory.Where.ALL))) {
      assertEquals(
          ErrorCode.KILLED, assertThrows(RuntimeFault.class, () -> now(asked)).code());
    }
  }
}
