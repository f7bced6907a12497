package dev.agentruntime.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.OutboundConfig;
import dev.agentruntime.config.OutboundConfig.Answer;
import dev.agentruntime.config.OutboundConfig.Body;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.guard.IpAddress;
import dev.agentruntime.guard.UrlGuard;
import dev.agentruntime.secret.SecretVault;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** HTTP tools against a real server: what is sent, what is shown, and what is not known. */
@ExtendWith(VertxExtension.class)
final class HttpToolTest {

  private static final String ANY = "{\"type\":\"object\"}";

  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private Vertx vertx;
  private HttpServer server;
  private GuardedClient client;
  private final CancelSignal cancel = new CancelSignal();

  @BeforeEach
  void serve(Vertx started) {
    vertx = started;
    server = now(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    client = new GuardedClient(
        vertx, new VertxTimers(vertx), UrlGuard.of(List.of("127.0.0.1")), Names.ofSystem(vertx));
  }

  @AfterEach
  void close() {
    nothing(client.close());
    nothing(server.close());
  }

  private void serve(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      heard.add(request.method() + " " + request.uri() + " "
          + request.getHeader("idempotency-key") + " " + request.getHeader("content-type") + " "
          + request.getHeader("x-team") + " " + body);
      switch (request.path()) {
        case "/silent" -> {}
        case "/gone" -> request.connection().close();
        case "/long" -> request.response().end("x".repeat(5_000));
        case "/text" -> request.response().end("plain words");
        default -> {
          if (request.path().startsWith("/status/")) {
            request
                .response()
                .setStatusCode(Integer.parseInt(request.path().substring(8)))
                .end("because");
          } else {
            request.response().end("{\"ticket\":{\"number\":7,\"title\":\"a\"}}");
          }
        }
      }
    });
  }

  private HttpTool tool(String method, String path, Body body, Answer answer) {
    return new HttpTool(
        new OutboundConfig.HttpTool(
            "t",
            "Tests.",
            method,
            "http://127.0.0.1:" + server.actualPort() + path,
            Map.of("X-Team", "blue"),
            Json.parse(ANY),
            body,
            answer),
        client,
        new SecretVault(new ManualTimers(Instant.EPOCH)));
  }

  private HttpTool tool(String method, String path) {
    return tool(method, path, Body.NONE, Answer.DEFAULT);
  }

  private static Answer within(Duration timeout) {
    return new Answer(null, 1 << 10, timeout);
  }

  private Future<Tool.Reply> calling(HttpTool tool, String arguments) {
    return tool.call(new Tool.Call(
        new ProcessName("p"),
        new InvocationId("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        "key-1",
        Json.parse(arguments),
        AgentContext.EMPTY,
        cancel));
  }

  private Tool.Reply call(HttpTool tool, String arguments) {
    return now(calling(tool, arguments));
  }

  private void isError(String expected, Tool.Reply reply) {
    assertEquals(expected, reply.text());
    assertTrue(reply.error());
  }

  @Test
  void sendsArgumentsByPlace() {
    HttpTool post = tool("POST", "/p/{project}/t?n={n}", Body.JSON, Answer.DEFAULT);
    Tool.Reply reply = call(post, "{\"project\":\"a/b\",\"n\":1,\"title\":\"x\",\"tags\":[1]}");
    assertEquals("{\"ticket\":{\"number\":7,\"title\":\"a\"}}", reply.text());
    assertEquals(
        List.of("POST /p/a%2Fb/t?n=1 key-1 application/json blue {\"title\":\"x\",\"tags\":[1]}"),
        List.copyOf(heard));
  }

  @Test
  void sendsAForm() {
    HttpTool put = tool("PUT", "/p", Body.FORM, Answer.DEFAULT);
    assertTrue(!call(put, "{\"a\":\"x&y=1\",\"b\":{\"c\":2}}").error());
    assertEquals(
        List.of("PUT /p key-1 application/x-www-form-urlencoded blue"
            + " a=x%26y%3D1&b=%7B%22c%22%3A2%7D"),
        List.copyOf(heard));
  }

  @Test
  void showsWhatThePathLeadsTo() {
    assertEquals("7", shown("/ticket/number"));
    assertEquals("a", shown("/ticket/title"));
    assertEquals("HTTP 200, and nothing at /ticket/owner of the answer", shown("/ticket/owner"));
    HttpTool text =
        tool("GET", "/text", Body.NONE, new Answer("/a", 1 << 10, Duration.ofSeconds(10)));
    assertEquals(
        "HTTP 200, and an answer that is no JSON: plain words", call(text, "{}").text());
  }

  private String shown(String path) {
    HttpTool get = tool("GET", "/t", Body.NONE, new Answer(path, 1 << 10, Duration.ofSeconds(10)));
    Tool.Reply reply = call(get, "{}");
    assertTrue(!reply.error());
    return reply.text();
  }

  @Test
  void policyFollowsTheMethod() {
    assertEquals(Policy.READ_ONLY, tool("GET", "/").definition().policy());
    assertEquals(Policy.READ_ONLY, tool("HEAD", "/").definition().policy());
    assertEquals(Policy.IDEMPOTENT, tool("PUT", "/").definition().policy());
    assertEquals(Policy.IDEMPOTENT, tool("DELETE", "/").definition().policy());
    assertEquals(Policy.IRREVERSIBLE, tool("POST", "/").definition().policy());
    assertEquals(Policy.IRREVERSIBLE, tool("PATCH", "/").definition().policy());
  }

  @Test
  void aStatusThatIsNoSuccessIsAnErrorInWords() {
    isError("HTTP 404: because", call(tool("GET", "/status/404"), "{}"));
    isError("HTTP 500: because", call(tool("POST", "/status/500"), "{}"));
    isError("HTTP 301: redirects are not followed", call(tool("GET", "/status/301"), "{}"));
    isError("HTTP 504: because", call(tool("GET", "/status/504"), "{}"));
    assertEquals("HTTP 204", call(tool("DELETE", "/status/204"), "{}").text());
  }

  @Test
  void nobodyKnowsWhatBecameOfAWriteWithoutAnAnswer() {
    Duration soon = Duration.ofMillis(200);
    assertThrows(
        RuntimeException.class, () -> call(tool("POST", "/silent", Body.JSON, within(soon)), "{}"));
    assertThrows(
        RuntimeException.class, () -> call(tool("PUT", "/silent", Body.JSON, within(soon)), "{}"));
    assertThrows(RuntimeException.class, () -> call(tool("POST", "/gone"), "{}"));
    assertThrows(RuntimeException.class, () -> call(tool("POST", "/status/502"), "{}"));
    assertThrows(RuntimeException.class, () -> call(tool("DELETE", "/status/504"), "{}"));
  }

  @Test
  void aReadWithoutAnAnswerIsAnErrorInWords() {
    isError(
        "no whole answer, expected=within 200 ms",
        call(tool("GET", "/silent", Body.NONE, within(Duration.ofMillis(200))), "{}"));
    isError(
        "the connection broke before the whole answer was there", call(tool("GET", "/gone"), "{}"));
  }

  @Test
  void whatWasNotSentIsAnErrorInWords() throws IOException {
    int port = server.actualPort();
    HttpTool post = tool("POST", "/t");
    nothing(server.close());
    try (Socket silent = new Socket()) {
      // Bound and not listening: nobody else can answer there.
      silent.setReuseAddress(true);
      silent.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      Tool.Reply reply = call(post, "{}");
      assertTrue(reply.error());
      assertTrue(reply.text().contains("127.0.0.1:" + port), reply.text());
    }
    assertEquals(List.of(), List.copyOf(heard));
  }

  @Test
  void aLongAnswerIsNotReadWhole() {
    assertEquals(
        "HTTP 200, and an answer longer than 1024 bytes, which is not shown",
        call(tool("POST", "/long", Body.JSON, within(Duration.ofSeconds(10))), "{}")
            .text());
    assertEquals("plain words", call(tool("GET", "/text"), "{}").text());
  }

  @Test
  void aCallThatIsCancelledEndsEarly() {
    Future<Tool.Reply> waiting = calling(tool("GET", "/silent"), "{}");
    while (heard.isEmpty()) {
      nothing(vertx.timer(5, TimeUnit.MILLISECONDS));
    }
    cancel.cancel();
    assertThrows(RuntimeException.class, () -> nothing(waiting));
  }

  @Test
  void argumentsAreCheckedBeforeTheCall() {
    HttpTool strict = new HttpTool(
        new OutboundConfig.HttpTool(
            "t",
            "Tests.",
            "GET",
            "http://127.0.0.1:" + server.actualPort() + "/{id}",
            Map.of(),
            Json.parse("{\"properties\":{\"id\":{\"type\":\"string\",\"maxLength\":3}}}"),
            Body.NONE,
            Answer.DEFAULT),
        client,
        new SecretVault(new ManualTimers(Instant.EPOCH)));
    assertNull(strict.refusal(Json.parse("{\"id\":\"abc\"}")));
    isError("/id: must be at most 3 characters long", call(strict, "{\"id\":\"abcd\"}"));
    isError("argument \"id\", expected=a value, the URL needs it, actual=none", call(strict, "{}"));
    assertTrue(call(strict, "{\"id\":\"..\"}").error());
    assertEquals(List.of(), List.copyOf(heard));
  }

  @Test
  void whereItMayNotGoItIsDenied() {
    nothing(client.close());
    client = new GuardedClient(
        vertx,
        new VertxTimers(vertx),
        UrlGuard.STRICT,
        host ->
            Future.succeededFuture(List.of(Objects.requireNonNull(IpAddress.parse("10.0.0.7")))));
    HttpTool inside = new HttpTool(
        new OutboundConfig.HttpTool(
            "t",
            "Tests.",
            "POST",
            "http://intern.example/t",
            Map.of(),
            Json.parse(ANY),
            Body.JSON,
            Answer.DEFAULT),
        client,
        new SecretVault(new ManualTimers(Instant.EPOCH)));
    Tool.Reply reply = call(inside, "{}");
    assertTrue(reply.denied() && reply.error(), reply::toString);
    assertTrue(reply.text().contains("not a public address"), reply::text);
  }

  private HttpTool withSecret(String url, String value, UrlGuard guard) {
    SecretRef source = new SecretRef(SecretRef.Kind.ENV, "TEAM");
    SecretVault vault = new SecretVault(new ManualTimers(Instant.EPOCH));
    vault.declare(
        new SecretsConfig(
            Map.of("TEAM", new SecretsConfig.Secret(source, null, false, List.of("t"))), true),
        Set.of());
    vault.put("TEAM", value, source);
    nothing(client.close());
    client = new GuardedClient(
        vertx,
        new VertxTimers(vertx),
        guard,
        host -> Future.succeededFuture(
            List.of(Objects.requireNonNull(IpAddress.parse("93.184.215.14")))));
    return new HttpTool(
        new OutboundConfig.HttpTool(
            "t",
            "Tests.",
            "POST",
            url,
            Map.of("X-Team", "of {{secret:TEAM}}"),
            Json.parse(ANY),
            Body.JSON,
            Answer.DEFAULT),
        client,
        vault);
  }

  @Test
  void aSecretTakesThePlaceOfItsHandle() {
    HttpTool tool = withSecret(
        "http://127.0.0.1:" + server.actualPort() + "/t",
        "blue-blue-blue",
        UrlGuard.of(List.of("127.0.0.1")));
    Json arguments = Json.parse("{\"a\":[\"{{secret:TEAM}}!\"]}");
    assertEquals(List.of("TEAM", "TEAM"), tool.secrets(arguments));
    assertTrue(!call(tool, arguments.toString()).error());
    assertEquals(
        List.of("POST /t key-1 application/json of blue-blue-blue {\"a\":[\"blue-blue-blue!\"]}"),
        List.copyOf(heard));
    isError(
        "there is no secret \"RED\", expected one of [TEAM]",
        call(tool, "{\"a\":\"{{secret:RED}}\"}"));
  }

  @Test
  void aSecretIsNotSentInTheClear() {
    isError(
        "a secret is not sent in the clear to public.example, expected https, or the host under"
            + " outbound.allow",
        call(withSecret("http://public.example/t", "blue-blue-blue", UrlGuard.STRICT), "{}"));
  }

  @Test
  void aSecretCannotAddAHeader() {
    isError(
        "header X-Team, expected=a secret of one line of printable ASCII, actual=other characters",
        call(
            withSecret("https://public.example/t", "blue\r\nX-Admin: yes", UrlGuard.STRICT), "{}"));
  }

  private static <T> T now(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException fault) {
        throw fault;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static void nothing(Future<?> future) {
    Object ignored = now(future.map("done"));
    assertTrue(ignored != null);
  }
}
