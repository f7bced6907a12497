package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.access.TokenRandom;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A whole runtime behind a control API on a free port, and a client that asks it. */
abstract class ApiFixture {

  static final String PROCESSES = "/api/v1/processes";

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  final Vertx vertx = Vertx.vertx();
  final HttpClient client = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // made before each test
  RuntimeConfig config;

  @SuppressWarnings("NullAway.Init") // made before each test
  ApiServer server;

  @SuppressWarnings("NullAway.Init") // made before each test
  AgentRuntime runtime;

  /** The tokens of the node that a directory is of. */
  static TokenFile tokenFile(Path directory) {
    return new TokenFile(
        new RealDisk(),
        directory.resolve("data").resolve("node-1"),
        InstantSource.system(),
        TokenRandom::draw);
  }

  /** What lets callers in; null = no tokens, as on loopback. */
  @Nullable
  TokenFile tokens() throws Exception {
    return null;
  }

  /** Whether the server behaves as if only this machine could reach it. */
  boolean loopback() {
    return true;
  }

  /** The node, for tests that want more of it. */
  AgentRuntime.Builder node(AgentRuntime.Builder usual) {
    return usual;
  }

  /** The settings, for tests that want others. */
  RuntimeConfig settings(RuntimeConfig usual) throws Exception {
    return usual;
  }

  @BeforeEach
  void startNode() throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    config = settings(new RuntimeConfig(
        "node-1",
        directory.resolve("data"),
        directory.resolve("agents"),
        new HostPort("127.0.0.1", 0),
        new HostPort("127.0.0.1", 0),
        usual.drainTimeout(),
        usual.journal(),
        usual.http(),
        usual.cluster(),
        usual.models()));
    begin();
  }

  /** Starts the node on what its directory holds. */
  void begin() throws Exception {
    server = new ApiServer(vertx, config.control(), config.http(), tokens(), loopback());
    runtime = await(
        node(AgentRuntime.builder().vertx(vertx).config(config).part(server)).start(false));
  }

  @AfterEach
  void closeNode() throws Exception {
    await(runtime.close());
    await(vertx.close());
  }

  @CanIgnoreReturnValue
  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** Waits until something is so; what it is when it never becomes so. */
  static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!holds.call()) {
      assertTrue(System.nanoTime() < end, what);
    }
  }

  /**
   * An answer.
   *
   * @param body its body as an object, empty when there is none
   * @param headers lower-case names, the first value of each
   */
  record Told(int status, Map<String, @Nullable Object> body, Map<String, String> headers) {

    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    String tag() {
      return header("etag");
    }

    /** The body, of an answer with this status. */
    @CanIgnoreReturnValue
    Map<String, @Nullable Object> is(int expected) {
      assertEquals(expected, status, this::toString);
      return body;
    }

    /** A refusal with this status and code. */
    void refuses(int expected, String code) {
      assertEquals(code, is(expected).get("code"), this::toString);
    }
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  Told get(String path) throws Exception {
    return ask("GET", path, null);
  }

  /**
   * Asks, and holds what is answered against the document of the API.
   *
   * @param body JSON, null = none
   * @param headers names and values; none = {@code Content-Type: application/json} for a body
   */
  Told ask(String method, String path, @Nullable String body, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    } else if (body != null) {
      request.header("Content-Type", "application/json");
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    byte[] bytes = response.body();
    Map<String, String> all = new LinkedHashMap<>();
    response.headers().map().forEach((name, values) -> all.put(name, values.get(0)));
    String type = all.getOrDefault("content-type", "");
    ApiDocument.OURS.check(method, path, response.statusCode(), type, bytes);
    boolean json = type.contains("json");
    return new Told(
        response.statusCode(),
        bytes.length == 0 || !json ? Map.of() : Json.parse(bytes).object(),
        all);
  }

  /** Deploys an agent that repeats what it is told. */
  void deploy(String name) throws Exception {
    ask("POST", PROCESSES, "{\"name\":\"" + name + "\",\"config\":{\"model\":\"echo\"}}")
        .is(201);
  }

  /** Deploys a manifest as a file of it would be. */
  @CanIgnoreReturnValue
  AgentProcess deployYaml(String yaml) throws Exception {
    return await(runtime.deploy(runtime.manifests().readYaml(yaml, "test", null, false), true));
  }
}
