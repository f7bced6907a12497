package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.http.RawHttp;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The control API on a real port, before there is a runtime behind it. */
class ApiServerTest {

  private static final HttpLimits LIMITS =
      new HttpLimits(1_000, 2_048, Duration.ofSeconds(1), Duration.ofSeconds(1), 100);

  private final Vertx vertx = Vertx.vertx();
  private final ApiServer server = new ApiServer(vertx, new HostPort("127.0.0.1", 0), LIMITS, null);

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @BeforeEach
  void bind() throws Exception {
    await(server.bind());
  }

  @AfterEach
  void close() throws Exception {
    await(server.stop());
    await(vertx.close());
  }

  private String ask(String line, String... headers) throws IOException {
    StringBuilder request =
        new StringBuilder(line + " HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return RawHttp.exchangeAll(server.port(), request + "Connection: close\r\n\r\n");
  }

  private static void assertProblem(int status, ErrorCode code, String answer) {
    assertEquals(status, RawHttp.status(answer), answer);
    assertTrue(answer.contains("\"code\":\"" + code + "\""), answer);
    assertTrue(answer.contains("content-type: application/problem+json"), answer);
  }

  @Test
  void beforeTheStartEverythingIsStarting() throws Exception {
    String answer = ask("GET /api/v1/processes");
    assertProblem(503, ErrorCode.STARTING, answer);
    assertTrue(answer.contains("Retry-After: 1"), answer);
    assertProblem(503, ErrorCode.STARTING, ask("POST /api/v1/processes/a/start"));
  }

  @Test
  void healthTellsThatTheNodeRecovers() throws Exception {
    String answer = ask("GET /health");
    assertEquals(503, RawHttp.status(answer), answer);
    assertTrue(answer.endsWith("{\"status\":\"recovering\"}"), answer);
  }

  @Test
  void headIsGetWithoutABody() throws Exception {
    String answer = ask("HEAD /health");
    assertEquals(503, RawHttp.status(answer), answer);
    assertTrue(answer.endsWith("\r\n\r\n"), answer);
  }

  @Test
  void everyAnswerCarriesTheSecurityHeaders() throws Exception {
    for (String answer : new String[] {ask("GET /health"), ask("GET /nowhere")}) {
      assertTrue(answer.contains("X-Content-Type-Options: nosniff"), answer);
      assertTrue(answer.contains("X-Frame-Options: DENY"), answer);
      assertTrue(answer.contains("Content-Security-Policy: default-src 'none'"), answer);
      assertTrue(answer.contains("Cache-Control: no-store"), answer);
      assertFalse(answer.toLowerCase(java.util.Locale.ROOT).contains("access-control-"), answer);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/nowhere",
        "/api/v1",
        "/api/v2/processes",
        "/api/v1/processes/a/b",
        "/API/v1/nodes"
      })
  void anUnknownPathIsNotFound(String path) throws Exception {
    assertProblem(404, ErrorCode.NOT_FOUND, ask("GET " + path));
  }

  @ParameterizedTest
  @CsvSource({
    "PUT /api/v1/processes, 'GET, HEAD, OPTIONS, POST'",
    "PATCH /api/v1/processes/a, 'DELETE, GET, HEAD, OPTIONS'",
    "GET /api/v1/processes/a/start, 'OPTIONS, POST'",
    "POST /health, 'GET, HEAD, OPTIONS'",
    "TRACE /health, 'GET, HEAD, OPTIONS'",
    "BREW /health, 'GET, HEAD, OPTIONS'"
  })
  void anotherMethodIsRefusedWithTheRightOnes(String line, String allow) throws Exception {
    String answer = ask(line);
    assertProblem(405, ErrorCode.METHOD_NOT_ALLOWED, answer);
    assertTrue(answer.contains("Allow: " + allow + "\r\n"), answer);
  }

  /** A reset could overtake the answer of a caller that still sends. */
  @Test
  void aCallerThatStillSendsIsNotCutOff() throws Exception {
    try (RawHttp caller = new RawHttp(server.port())) {
      caller.send("POST /api/v1/processes HTTP/1.1\r\nHost: localhost:" + server.port()
          + "\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n");
      RawHttp.Reply reply = caller.reply();
      assertEquals(503, reply.status());
      assertEquals("close", reply.header("connection"));
      // To a socket that was closed, the second of these would fail.
      for (int i = 0; i < 3; i++) {
        caller.send("0123456789");
      }
      assertTrue(caller.ended());
    }
  }

  @Test
  void twoContentTypesAreRefused() throws Exception {
    String json = "Content-Type: application/json\r\n";
    String answer = RawHttp.exchangeAll(
        server.port(),
        "POST /api/v1/processes HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n" + json + json
            + "Content-Length: 2\r\nConnection: close\r\n\r\n{}");
    assertProblem(400, ErrorCode.INVALID_REQUEST, answer);
    assertTrue(answer.contains("Content-Type, expected=once"), answer);
  }

  @Test
  void optionsAreToldToOurselvesOnly() throws Exception {
    String answer = ask("OPTIONS /api/v1/processes");
    assertEquals(204, RawHttp.status(answer), answer);
    assertTrue(answer.contains("Allow: GET, HEAD, OPTIONS, POST"), answer);
    assertProblem(
        403,
        ErrorCode.FORBIDDEN_ORIGIN,
        ask("OPTIONS /api/v1/processes", "Origin: http://evil.example"));
  }

  @Test
  void connectAndWholeAddressesAreRefused() throws Exception {
    assertTrue(RawHttp.status(ask("CONNECT localhost:22")) >= 400);
    assertProblem(400, ErrorCode.INVALID_REQUEST, ask("GET http://localhost:9100/health"));
    assertTrue(RawHttp.status(ask("OPTIONS *")) >= 400);
  }

  @Test
  void aReboundNameIsMisdirected() throws Exception {
    String answer = RawHttp.exchangeAll(
        server.port(), "GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assertProblem(421, ErrorCode.MISDIRECTED, answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n",
        "GET /health HTTP/1.0\r\n\r\n",
        "\u0000GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost : localhost\r\nConnection: close\r\n\r\n",
        "POST /api/v1/processes HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: l\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      })
  void aMalformedRequestIsRefused(String request) throws Exception {
    String answer = RawHttp.exchangeAll(server.port(), request);
    int status = RawHttp.status(answer);
    assertTrue(status == 400 || status == 421 || status == 501 || answer.equals("<reset>"), answer);
    assertFalse(answer.contains("recovering"), answer);
    if (status == 400) {
      assertProblem(400, ErrorCode.INVALID_REQUEST, answer);
      assertTrue(answer.contains("X-Content-Type-Options: nosniff"), answer);
    }
  }

  @Test
  void longHeadersAndLinesAreRefused() throws Exception {
    assertProblem(
        431, ErrorCode.HEADERS_TOO_LARGE, ask("GET /health", "X-Long: " + "x".repeat(4_000)));
    assertProblem(414, ErrorCode.URI_TOO_LONG, ask("GET /" + "x".repeat(5_000)));
  }

  @ParameterizedTest
  @CsvSource({"/api/v1/processes/%zz,400", "/api/v1/processes/%ff%fe,503", "/health?x=%zz,400"})
  void aPathThatCannotBeDecodedIsRefused(String path, int expected) throws Exception {
    int status = RawHttp.status(ask("GET " + path));
    assertEquals(expected, status);
  }

  @Test
  void dotsDoNotLeaveTheTable() throws Exception {
    assertProblem(404, ErrorCode.NOT_FOUND, ask("GET /api/v1/processes/../../../etc/passwd"));
    assertProblem(404, ErrorCode.NOT_FOUND, ask("GET /api/v1/%2e%2e/%2e%2e/etc"));
  }

  @Test
  void healthKnowsNoParameters() throws Exception {
    assertProblem(422, ErrorCode.UNKNOWN_FIELD, ask("GET /health?token=secret"));
  }

  @Test
  void aSilentConnectionIsClosed() throws Exception {
    String answer = RawHttp.exchangeAll(server.port(), "GET /health HTTP/1.1\r\nHost: loc");
    assertFalse(answer.contains("recovering"), answer);
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      ApiServer second =
          new ApiServer(vertx, new HostPort("127.0.0.1", taken.getLocalPort()), LIMITS, null);
      ExecutionException failed =
          assertThrows(ExecutionException.class, () -> await(second.bind()));
      String message = String.valueOf(failed.getMessage());
      assertTrue(message.contains("127.0.0.1:" + taken.getLocalPort()), message);
      assertTrue(message.contains("--control"), message);
      await(second.stop());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.168.0.1", "example.com"})
  void anotherBindThanLoopbackWantsATokenFirst(String host) throws Exception {
    Future<Void> bound = new ApiServer(vertx, new HostPort(host, 0), LIMITS, null).bind();
    await(bound.transform(done -> Future.succeededFuture()));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, bound.cause());
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().contains("token create"), fault.failure().message());
  }

  @Test
  void onLoopbackTooATokenIsWantedFirstWhereTheSettingsSaySo() throws Exception {
    HttpLimits all = new HttpLimits(
        LIMITS.bodyBytesMax(),
        LIMITS.headerBytesMax(),
        LIMITS.idleTimeout(),
        LIMITS.bodyTimeout(),
        LIMITS.connectionsMax(),
        0,
        0,
        true,
        null);
    Future<Void> bound = new ApiServer(vertx, new HostPort("127.0.0.1", 0), all, null).bind();
    await(bound.transform(done -> Future.succeededFuture()));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, bound.cause());
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().contains("http.require_token"),
        fault.failure().message());
  }

  @Test
  void drainingIsSaid() throws Exception {
    server.drain();
    assertProblem(503, ErrorCode.DRAINING, ask("POST /api/v1/processes/a/start"));
  }
}
