package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events and messages by the control API, with a whole runtime behind it. */
class BusApiTest {

  private static final String EVENTS = "/api/v1/events";
  private static final String LISTENER = """
      {"name": "listener", "config": {"model": "echo", "triggers": [
        {"type": "event", "event_type": "build.*"},
        {"type": "message", "topic": "orders.**"}]}}
      """;
  private static final String ORDERS = "/api/v1/messages/orders.new";

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // made before each test
  private ApiServer server;

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentRuntime runtime;

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @BeforeEach
  void start() throws Exception {
    RuntimeConfig defaults = RuntimeConfig.DEFAULT;
    RuntimeConfig config = new RuntimeConfig(
        "node-1",
        directory.resolve("data"),
        directory.resolve("agents"),
        new HostPort("127.0.0.1", 0),
        new HostPort("127.0.0.1", 0),
        defaults.drainTimeout(),
        defaults.journal(),
        defaults.http(),
        defaults.cluster(),
        defaults.models());
    server = new ApiServer(vertx, config.control(), config.http(), null);
    runtime =
        await(AgentRuntime.builder().vertx(vertx).config(config).part(server).start(false));
    Told deployed = ask("POST", "/api/v1/processes", LISTENER, null);
    assertEquals(201, deployed.status(), deployed::toString);
  }

  @AfterEach
  void close() throws Exception {
    await(runtime.close());
    await(vertx.close());
  }

  /** An answer: its status and its body as an object. */
  private record Told(int status, Map<String, @Nullable Object> body) {}

  private Told ask(String method, String path, @Nullable String body, @Nullable String key)
      throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Content-Type", "application/json")
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (key != null) {
      request.header("Idempotency-Key", key);
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    return new Told(response.statusCode(), Json.parse(response.body()).object());
  }

  @Test
  void anEventIsAcceptedOnceAndSeenInTheHistory() throws Exception {
    String body = "{\"event_type\":\"build.failed\",\"data\":{\"n\":1},\"source\":\"ci\"}";
    Told first = ask("POST", EVENTS, body, "k1");
    Told second = ask("POST", EVENTS, body, "k1");
    Told other = ask("POST", EVENTS, body.replace("1}", "2}"), "k1");
    Told bare = ask("POST", EVENTS, "{\"event_type\":\"other\"}", null);
    Told seen = ask("GET", EVENTS + "?type=build.*&limit=5", null, null);

    assertEquals(202, first.status(), first::toString);
    assertEquals(1L, first.body().get("takers"));
    assertEquals(first.body().get("event_id"), second.body().get("event_id"));
    assertEquals(true, second.body().get("duplicate"));
    assertEquals(422, other.status());
    assertEquals("KEY_REUSED", other.body().get("code"));
    assertEquals(202, bare.status());
    assertEquals(0L, bare.body().get("takers"));
    List<?> events = seen.body().get("events") instanceof List<?> all ? all : List.of();
    assertEquals(1, events.size(), seen::toString);
    Map<?, ?> event = (Map<?, ?>) events.get(0);
    assertEquals("ci", event.get("source"));
    assertEquals(Map.of("n", 1L), event.get("data"));
    assertEquals(first.body().get("event_id"), event.get("event_id"));
  }

  @Test
  void aMessageIsAccepted() throws Exception {
    Told said = ask(
        "POST",
        ORDERS,
        "{\"content\":null,\"priority\":3,\"ttl_seconds\":60,\"ordering_key\":\"k\"}",
        null);

    assertEquals(202, said.status(), said::toString);
    assertEquals(1L, said.body().get("takers"));
    assertEquals("accepted", said.body().get("status"));
  }

  @Test
  void aMessageThatNobodyTakesIsListedByItsTopic() throws Exception {
    Told lost = ask("POST", "/api/v1/messages/lost.one", "{\"content\":1}", null);
    Told other = ask("POST", "/api/v1/messages/other", "{\"content\":1}", null);
    assertEquals(0L, lost.body().get("takers"));
    assertEquals(202, other.status());
    Told listed = ask("GET", "/api/v1/messages/dead-letters?topic=lost.*", null, null);

    assertEquals(1L, listed.body().get("total"), listed::toString);
    List<?> letters = (List<?>) listed.body().get("dead_letters");
    Map<?, ?> letter = (Map<?, ?>) (letters == null ? List.of() : letters).get(0);
    assertEquals(lost.body().get("message_id"), letter.get("id"));
    assertEquals("@node-1", letter.get("process"));
    assertEquals("no taker", letter.get("reason"));
    Told all = ask("GET", "/api/v1/messages/dead-letters", null, null);
    assertEquals(2L, all.body().get("total"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/v1/events|{}|422",
        "/api/v1/events|{\"event_type\":\"a.*\"}|400",
        "/api/v1/events|{\"event_type\":\"a\",\"source\":\"listener\"}|400",
        "/api/v1/events|{\"event_type\":\"a\",\"source\":\"\"}|400",
        "/api/v1/events|{\"event_type\":\"a\",\"more\":1}|422",
        "/api/v1/messages/a|{}|422",
        "/api/v1/messages/a..b|{\"content\":1}|400",
        "/api/v1/messages/%23|{\"content\":1}|400",
        "/api/v1/messages/*|{\"content\":1}|400",
        "/api/v1/messages/a|{\"content\":1,\"priority\":101}|400",
        "/api/v1/messages/a|{\"content\":1,\"priority\":\"high\"}|422",
        "/api/v1/messages/a|{\"content\":1,\"ttl_seconds\":0}|400",
      })
  void badInputIsRefused(String path, String body, int status) throws Exception {
    Told told = ask("POST", path, body, null);

    assertEquals(status, told.status(), told::toString);
  }
}
