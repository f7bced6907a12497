package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.hook.HookBlocked;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.FaultyDisk;
import dev.agentruntime.runtime.Placement;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every code that the document of the API knows is answered by a real node for its real cause:
 * in the transcripts, and here where a node has to be in a state of its own.
 */
class ErrorCodesTest extends FullNode {

  private static final String A = PROCESSES + "/a";
  private static final String ONE_EVENT = "{\"payload\":1}";

  private final FaultyDisk disk = new FaultyDisk();
  private final AtomicReference<ErrorCode> elsewhere = new AtomicReference<>();

  /** Codes that no answer over HTTP has: where they are seen instead. */
  private static final Map<ErrorCode, String> NOT_OVER_HTTP = Map.of(
      // A node that cannot open its journal does not start.
      ErrorCode.JOURNAL_FORMAT, "journal/DamageTest",
      ErrorCode.DIRECTORY_LOCKED, "home/NodeDirectoryTest",
      // Told to an agent, in a result of a tool.
      ErrorCode.TOOL_FAILED, "mcp/BadServerTest",
      ErrorCode.TOOL_TIMEOUT, "mcp/BadServerTest",
      // What ends a run after minutes, or after crashes.
      ErrorCode.CANCELLED, "process/ApprovalTest",
      ErrorCode.POISON, "process/DeliveryTest",
      ErrorCode.RESTARTS_EXHAUSTED, "process/RestartPolicyTest",
      ErrorCode.INVOCATION_TIMEOUT, "process/InvokerTest");

  @Override
  RuntimeConfig settings(RuntimeConfig usual) throws Exception {
    RuntimeConfig full = super.settings(usual);
    return new RuntimeConfig(
        full.node(),
        full.dataDir(),
        full.agentsDir(),
        full.control(),
        full.ingress(),
        full.drainTimeout(),
        new RuntimeConfig.JournalConfig(
            "file",
            null,
            1 << 20,
            10_000,
            Duration.ofMillis(100),
            new RuntimeConfig.Safeguards(1 << 18, Duration.ofMinutes(1), null),
            new RuntimeConfig.Upkeep(Duration.ofMillis(1), 100_000, Duration.ZERO, 4 << 20, null)),
        new HttpLimits(100_000, 8_192, Duration.ofSeconds(60), Duration.ofSeconds(1), 1_000),
        full.cluster(),
        full.models(),
        full.memory(),
        full.outboundAllow(),
        full.verticles());
  }

  @Override
  AgentRuntime.Builder node(AgentRuntime.Builder usual) {
    return disk.under(super.node(usual)).placement(new Elsewhere()).trigger(new Rusty());
  }

  /** What a cluster says: the name is another node's, or nobody can be asked. */
  private final class Elsewhere implements Placement {
    @Override
    public Future<Boolean> claim(ProcessName name) {
      return Future.succeededFuture(elsewhere.get() == null);
    }

    @Override
    public Future<Optional<Failure>> elsewhere(ProcessName name) {
      return Future.succeededFuture(
          Optional.of(new Failure(Objects.requireNonNull(elsewhere.get()), "node-2 has it")));
    }

    @Override
    public Future<Void> release(ProcessName name) {
      return Future.succeededFuture();
    }

    @Override
    public Future<List<Json>> nodes() {
      throw new IllegalStateException("nobody foresaw this");
    }
  }

  /** A state of a node, the request that meets it, and what is answered. */
  interface Cause {
    Told ask(ErrorCodesTest node) throws Exception;
  }

  /** What a node has to be made for. */
  record Special(String name, String method, String path, Cause cause) {
    ErrorCode code() {
      return ErrorCode.valueOf(name.replaceFirst("(NOT_KEPT|HOOK_BLOCKED).*", "$1"));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Special> specials() {
    return List.of(
        new Special("INTERNAL", "GET", "/api/v1/nodes", node -> node.get("/api/v1/nodes")),
        new Special(
            "NOT_OWNER", "POST", PROCESSES, node -> node.deployElsewhere(ErrorCode.NOT_OWNER)),
        new Special(
            "UNREACHABLE", "POST", PROCESSES, node -> node.deployElsewhere(ErrorCode.UNREACHABLE)),
        new Special("DRAINING", "POST", A + "/trigger", ErrorCodesTest::draining),
        new Special("STARTING", "GET", PROCESSES, ErrorCodesTest::starting),
        new Special("RATE_LIMITED", "GET", PROCESSES, ErrorCodesTest::tooOften),
        new Special("JOURNAL_CLOSED", "POST", A + "/trigger", ErrorCodesTest::closed),
        new Special("JOURNAL_CORRUPT", "POST", A + "/trigger", ErrorCodesTest::corrupt),
        new Special("STORAGE", "POST", "/api/v1/tokens", ErrorCodesTest::noRoomForTokens),
        new Special("OVERLOADED", "GET", A + "/stream", ErrorCodesTest::tooManyStreams),
        new Special("PAYLOAD_TOO_LARGE", "POST", A + "/trigger", ErrorCodesTest::tooLarge),
        new Special("REQUEST_TIMEOUT", "POST", A + "/trigger", ErrorCodesTest::tooSlow),
        new Special(
            "URI_TOO_LONG", "GET", PROCESSES, node -> node.raw("GET /" + "x".repeat(5_000), "")),
        new Special(
            "HEADERS_TOO_LARGE",
            "GET",
            PROCESSES,
            node -> node.raw("GET " + PROCESSES, "X-Long: " + "x".repeat(9_000) + "\r\n")),
        new Special("MISDIRECTED", "GET", PROCESSES, ErrorCodesTest::rebound),
        new Special(
            "NOT_KEPT_REWIND",
            "POST",
            A + "/rewind",
            node -> node.forgotten("/rewind", "{\"to\":2}")),
        new Special(
            "NOT_KEPT_FORK", "POST", A + "/forks", node -> node.forgotten("/forks", "{\"at\":2}")),
        new Special(
            "NOT_KEPT_ROLLBACK",
            "POST",
            A + "/rollback",
            node -> node.forgotten("/rollback", "{\"version\":1}")),
        new Special(
            "ILLEGAL_TRANSITION", "POST", A + "/restart", ErrorCodesTest::restartedMeanwhile),
        new Special("ILLEGAL_TRANSITION", "DELETE", A, ErrorCodesTest::restartedInTheMidst),
        new Special("STOP_FAILED", "POST", A + "/stop", node -> node.rusty("/stop")),
        new Special("RESTART_FAILED", "POST", A + "/restart", node -> node.rusty("/restart")),
        blocked("DEPLOY", "POST", PROCESSES, "{\"name\":\"b\",\"config\":{\"model\":\"echo\"}}"),
        blocked("INSTRUCTIONS", "PATCH", A + "/instructions", "{\"instructions\":\"x\"}"),
        blocked("ADD", "POST", A + "/triggers", "{\"type\":\"event\",\"event_type\":\"x\"}"),
        blocked("REMOVE", "DELETE", A + "/triggers/here", null),
        blocked("BUDGET", "PATCH", A + "/budget", "{\"max_runs_per_day\":7}"),
        blocked("HEALTH", "PATCH", A + "/health", "{\"stuck_threshold\":7}"),
        blocked(
            "MISSION", "PATCH", A + "/mission", "{\"objective\":\"x\",\"success_criteria\":\"y\"}"),
        blocked("ROLLBACK", "POST", A + "/rollback", null),
        new Special("SECRET_UNAVAILABLE", "POST", A + "/rollback", ErrorCodesTest::lostSecret));
  }

  /** A hook of the node's owner does not let any manifest be another one. */
  private static Special blocked(String what, String method, String path, @Nullable String body) {
    return new Special("HOOK_BLOCKED " + what, method, path, node -> {
      ask(
          node,
          "POST",
          A + "/triggers",
          "{\"type\":\"event\",\"id\":\"here\",\"event_type\":\"e\"}");
      String unused = node.runtime.hooks().register(HookEvent.CONFIG_CHANGE, call -> {
        throw new HookBlocked("nothing may change");
      });
      return node.ask(method, path, body);
    });
  }

  private static void ask(ErrorCodesTest node, String method, String path, String body)
      throws Exception {
    node.ask(method, path, body).is(201);
  }

  @ParameterizedTest
  @MethodSource("specials")
  void aNodeInSuchAStateSaysSo(Special special) throws Exception {
    deploy("a");
    special.cause.ask(this).refuses(special.code().status(), special.code().name());
  }

  /** Every code of every operation is answered somewhere, and those that all have are. */
  @Test
  void noDocumentedCodeIsLeftOut() throws IOException {
    Map<String, Set<String>> made = new TreeMap<>();
    Set<String> everywhere = new TreeSet<>();
    for (Special special : specials()) {
      String operation = Objects.requireNonNull(ApiDocument.OURS.find(special.method, special.path))
          .toString();
      made.computeIfAbsent(operation, none -> new TreeSet<>())
          .add(special.code().name());
      everywhere.add(special.code().name());
    }
    for (Transcript transcript : Transcript.all()) {
      for (Transcript.Step step : transcript.steps()) {
        ApiDocument.Operation operation =
            ApiDocument.OURS.find(step.method(), step.target().split("\\?", 2)[0]);
        if (operation != null) {
          made.computeIfAbsent(operation.toString(), none -> new TreeSet<>()).add(step.code());
        }
        everywhere.add(step.code());
        Pattern.compile("\"code\":\"([A-Z_]+)\"")
            .matcher(step.shape())
            .results()
            .forEach(told -> everywhere.add(told.group(1)));
      }
    }
    Set<String> left = new TreeSet<>(ApiDocument.OURS.commonCodes());
    left.removeAll(everywhere);
    ApiDocument.OURS.operations().forEach((name, operation) -> {
      Set<String> own = new TreeSet<>(ApiDocument.OURS.codes(operation));
      own.removeAll(ApiDocument.OURS.commonCodes());
      // Held for all of them by MissingNamesTest.
      own.removeAll(Set.of("PROCESS_NOT_FOUND", "MISSING_FIELD"));
      own.removeAll(made.getOrDefault(name, Set.of()));
      own.forEach(code -> left.add(name + " " + code));
    });
    assertEquals(Set.of(), left, "nothing makes a node answer these");

    Set<String> unseen = Arrays.stream(ErrorCode.values())
        .map(Enum::name)
        .collect(Collectors.toCollection(TreeSet::new));
    unseen.removeAll(everywhere);
    unseen.removeAll(Set.of("PROCESS_NOT_FOUND", "MISSING_FIELD"));
    for (Map.Entry<ErrorCode, String> each : NOT_OVER_HTTP.entrySet()) {
      Path test = Path.of("src/test/java/dev/agentruntime/" + each.getValue() + ".java");
      assertTrue(Files.readString(test).contains(each.getKey().name()), each::toString);
      unseen.remove(each.getKey().name());
    }
    assertEquals(Set.of(), unseen, "codes that nobody has seen");
  }

  // --- States

  private Told deployElsewhere(ErrorCode why) throws Exception {
    elsewhere.set(why);
    return ask("POST", PROCESSES, "{\"name\":\"b\",\"config\":{\"model\":\"echo\"}}");
  }

  private Told draining() throws Exception {
    server.drain();
    return ask("POST", A + "/trigger", ONE_EVENT);
  }

  /** A second server, as it is before its node has recovered. */
  private Told starting() throws Exception {
    return ofAnother(new ApiServer(vertx, new HostPort("127.0.0.1", 0), config.http(), null), 1);
  }

  private Told tooOften() throws Exception {
    HttpLimits l = config.http();
    HttpLimits once =
        new HttpLimits(1_000_000, 16_384, l.idleTimeout(), l.bodyTimeout(), 10, 0, 1, false, null);
    return ofAnother(new ApiServer(vertx, new HostPort("127.0.0.1", 0), once, null), 2);
  }

  /** The last answer of another server, asked so often. */
  private Told ofAnother(ApiServer another, int times) throws Exception {
    ApiServer ours = server;
    await(another.bind());
    server = another;
    try {
      Told told = get(PROCESSES);
      for (int i = 1; i < times; i++) {
        told = get(PROCESSES);
      }
      return told;
    } finally {
      server = ours;
      await(another.stop());
    }
  }

  private Told closed() throws Exception {
    disk.failing(true);
    AtomicReference<Told> last = new AtomicReference<>();
    eventually("the journal closes", () -> {
      Told told = ask("POST", A + "/trigger", ONE_EVENT);
      last.set(told);
      return "JOURNAL_CLOSED".equals(told.body().get("code"));
    });
    disk.failing(false);
    return Objects.requireNonNull(last.get());
  }

  /** One letter of what a process said in the middle of the journal is another one now. */
  private Told corrupt() throws Exception {
    deploy("b");
    for (int i = 0; i < 5; i++) {
      ask("POST", A + "/trigger", "{\"payload\":\"a mark of " + i + "\"}").is(202);
      ask("POST", PROCESSES + "/b/trigger", ONE_EVENT).is(202);
    }
    await(runtime.close());
    Path segment = directory.resolve("data/node-1/journal/00000001.jsonl");
    String text = Files.readString(segment, StandardCharsets.ISO_8859_1);
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(text.indexOf("a mark of 2"));
      file.write('A');
    }
    begin();
    return ask("POST", A + "/trigger", ONE_EVENT);
  }

  /** What stands where the new file of tokens would be written cannot be taken away. */
  private Told noRoomForTokens() throws Exception {
    Path next = directory.resolve("data/node-1/tokens.json.new");
    Files.createDirectories(next.resolve("something"));
    return ask(
        "POST",
        "/api/v1/tokens",
        "{\"name\":\"x\",\"scope\":\"read\"}",
        "Content-Type",
        "application/json",
        "Authorization",
        "Bearer " + values.get("admin"));
  }

  private Told tooManyStreams() throws Exception {
    List<EventReader> open = new ArrayList<>();
    try {
      for (int i = 0; i < 256; i++) {
        open.add(EventReader.open(client, url() + A + "/stream"));
      }
      return get(A + "/stream");
    } finally {
      for (EventReader each : open) {
        each.close();
      }
    }
  }

  private Told tooLarge() throws Exception {
    return ask("POST", A + "/trigger", "{\"payload\":\"" + "x".repeat(100_000) + "\"}");
  }

  private Told tooSlow() throws Exception {
    return raw(
        "POST " + A + "/trigger", "Content-Type: application/json\r\nContent-Length: 100\r\n");
  }

  private Told rebound() throws Exception {
    return told(RawHttp.exchangeAll(
        server.port(),
        "GET " + PROCESSES + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
  }

  private Told raw(String line, String headers) throws IOException {
    return told(RawHttp.exchangeAll(
        server.port(),
        line + " HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n" + headers
            + "Connection: close\r\n\r\n"));
  }

  private static Told told(String answer) {
    int body = answer.indexOf("\r\n\r\n") + 4;
    assertTrue(answer.contains("application/problem+json"), answer);
    return new Told(
        RawHttp.status(answer),
        Json.parse(answer.substring(body).getBytes(StandardCharsets.UTF_8)).object(),
        new LinkedHashMap<>());
  }

  /** Asks for what the journal has let go of. */
  private Told forgotten(String route, String body) throws Exception {
    ask("PATCH", A + "/instructions", "{\"instructions\":\"Other.\"}").is(200);
    String big = "{\"payload\":\"" + "x".repeat(90_000) + "\"}";
    AtomicReference<Told> last = new AtomicReference<>();
    eventually("the journal lets go", () -> {
      for (int i = 0; i < 10; i++) {
        Told unused = ask("POST", A + "/trigger", big);
      }
      Told told = ask("POST", A + route, body);
      last.set(told);
      return told.status() == 410;
    });
    return Objects.requireNonNull(last.get());
  }

  /** Its stop waits for a tool that does not answer, and then somebody else starts it first. */
  private Told restartedMeanwhile() throws Exception {
    hangs(2);
    Future<Void> stopped = runtime.require("a").stop("test");
    Future<Void> restarted = runtime.require("a").restart();
    Told told = ask("POST", A + "/restart", null);
    await(stopped);
    await(restarted);
    return told;
  }

  /** It is being stopped, to be removed then, when somebody wants it restarted. */
  private Told restartedInTheMidst() throws Exception {
    hangs(3_600);
    FutureTask<Told> removal = new FutureTask<>(() -> ask("DELETE", A, null));
    new Thread(removal, "removal").start();
    eventually("it is being stopped", () -> "stopping".equals(get(A).body().get("state")));
    Future<Void> restarted = runtime.require("a").restart();
    hanging.complete(Tool.Reply.ok("done"));
    await(restarted);
    return removal.get(30, TimeUnit.SECONDS);
  }

  private void hangs(int drainSeconds) throws Exception {
    Files.writeString(
        config.agentsDir().resolve("hang.yaml"),
        "rules: [{when: {turn: 1}, call: [{tool: hang, args: {}}]}, {say: done}]\n");
    await(runtime.remove(new ProcessName("a"), "test"));
    String yaml = """
        version: "1.0"
        name: a
        model: script:hang.yaml
        instructions: Hang.
        config: {drain_timeout: %d}
        """.formatted(drainSeconds);
    await(runtime.deploy(
        runtime.manifests().readYaml(yaml, "test", config.agentsDir(), false), true));
    ask("POST", A + "/trigger", ONE_EVENT).is(202);
    eventually(
        "the tool is called",
        () -> !List.of().equals(get(A + "/journal?type=tool_call").body().get("entries")));
  }

  /** A trigger of somebody else's does not let go. */
  private Told rusty(String move) throws Exception {
    ask("POST", A + "/triggers", "{\"type\":\"rusty\",\"id\":\"r\"}").is(201);
    Told told = ask("POST", A + move, null);
    assertEquals("failed", get(A).body().get("state"));
    assertTrue(String.valueOf(get(A).body().get("reason")).contains("rusty"), told::toString);
    ask("DELETE", A, null).is(204);
    return told;
  }

  /** A literal secret is not in the journal, and the one who knew it has ended. */
  private Told lostSecret() throws Exception {
    String yaml = "version: \"1.0\"\nname: a\nmodel: echo\ninstructions: Keep.\n";
    await(runtime.replace(
        runtime.require("a"),
        runtime
            .manifests()
            .readYaml(
                yaml + "secrets: {secrets: {TOKEN: a-literal-token-of-a-test}}\n",
                "test",
                null,
                false)));
    ask("POST", PROCESSES + "?replace=true", "{\"name\":\"a\",\"config\":{\"model\":\"echo\"}}")
        .is(200);
    await(runtime.close());
    begin();
    return ask("POST", A + "/rollback", "{\"version\":2}");
  }
}
