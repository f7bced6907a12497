package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.access.TokenRandom;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The secrets of a process over the control API. */
final class SecretsApiTest {

  private static final String SECRETS = "/api/v1/processes/keeper/secrets";
  private static final String KEEPER = """
      version: "1.0"
      name: keeper
      model: echo
      instructions: Repeat.
      secrets:
        secrets:
          TOKEN: {value: "file:token", ttl: 1h}
          SEEN: {value: "file:token", expose: true}
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // made before each test
  private ApiServer server;

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentRuntime runtime;

  @SuppressWarnings("NullAway.Init") // made before each test
  private String admin;

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @BeforeEach
  void start() throws Exception {
    TokenFile file = new TokenFile(
        new RealDisk(),
        directory.resolve("data").resolve("node-1"),
        InstantSource.system(),
        TokenRandom::draw);
    admin = file.create("ops", Scope.ADMIN).secret();
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    RuntimeConfig config = new RuntimeConfig(
        "node-1",
        directory.resolve("data"),
        Files.createDirectories(directory.resolve("agents")),
        new HostPort("127.0.0.1", 0),
        new HostPort("127.0.0.1", 0),
        usual.drainTimeout(),
        usual.journal(),
        usual.http(),
        usual.cluster(),
        usual.models());
    Files.writeString(config.agentsDir().resolve("token"), "canary-value-1\n");
    server = new ApiServer(vertx, config.control(), config.http(), file, false);
    runtime =
        await(AgentRuntime.builder().vertx(vertx).config(config).part(server).start(false));
    assertTrue(await(runtime
        .deploy(runtime.manifests().readYaml(KEEPER, "test", null, false), true)
        .map(true)));
  }

  @AfterEach
  void close() throws Exception {
    assertTrue(await(runtime.close().compose(done -> vertx.close()).map(true)));
  }

  private String ask(String method, String path, @Nullable String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Authorization", "Bearer " + admin)
        .header("Content-Type", "application/json")
        .method(
            method,
            body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertTrue(!answer.body().contains("canary"), answer.body());
    return answer.statusCode() + " " + answer.body();
  }

  private static String without(String answer) {
    return answer.replaceAll("\"expires_in\":[0-9]+", "\"expires_in\":N");
  }

  @Test
  void areListedRotatedAndRevoked() throws Exception {
    String active = "{\"name\":\"TOKEN\",\"status\":\"active\",\"source\":\"file:token\","
        + "\"expires_in\":N,\"exposed\":false}";
    String seen =
        "{\"name\":\"SEEN\",\"status\":\"active\",\"source\":\"file:token\",\"exposed\":true}";
    String all = "200 {\"secrets\":[" + active + "," + seen + "]}";
    assertEquals(all, without(ask("GET", SECRETS, null)));

    Files.writeString(directory.resolve("agents").resolve("other"), "canary-value-2\n");
    assertEquals(
        all.replaceFirst("file:token", "file:other"),
        without(ask("PATCH", SECRETS + "/TOKEN", "{\"value\":\"file:other\"}")));
    assertEquals(
        all.replaceFirst("file:token", "file:other"),
        without(ask("PATCH", SECRETS + "/TOKEN", "{}")));

    String revoked = ask("DELETE", SECRETS + "/TOKEN", null);
    assertTrue(revoked.contains("\"name\":\"TOKEN\",\"status\":\"revoked\""), revoked);
    assertTrue(revoked.contains("\"name\":\"SEEN\",\"status\":\"active\""), revoked);
    revoked = ask("DELETE", SECRETS, null);
    assertTrue(!revoked.contains("active"), revoked);
  }

  @Test
  void badRequestsAreRefusedInWords() throws Exception {
    String literal = ask("PATCH", SECRETS + "/TOKEN", "{\"value\":\"canary-value-3\"}");
    assertTrue(literal.startsWith("422 ") && literal.contains("file:PATH"), literal);
    String missing = ask("PATCH", SECRETS + "/TOKEN", "{\"value\":\"file:nowhere\"}");
    assertTrue(missing.startsWith("422 ") && missing.contains("nowhere"), missing);
    assertTrue(ask("PATCH", SECRETS + "/TOKEN", "{\"secret\":\"x\"}").startsWith("422 "));
    assertTrue(ask("PATCH", SECRETS + "/NONE", "{}").startsWith("404 "));
    assertTrue(ask("DELETE", SECRETS + "/NONE", null).startsWith("404 "));
    assertTrue(ask("GET", SECRETS, null).contains("\"status\":\"active\""));
  }
}
