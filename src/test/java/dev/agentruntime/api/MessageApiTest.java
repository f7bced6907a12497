package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages and questions of operators over the control API. */
final class MessageApiTest {

  private static final String CLERK = "/api/v1/processes/clerk";

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
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** What came back. */
  private record Got(
      int status,
      Map<String, @Nullable Object> body,
      @Nullable String retryAfter) {
    String code() {
      return String.valueOf(body.get("code"));
    }

    String text(String key) {
      return String.valueOf(body.get(key));
    }
  }

  @BeforeEach
  void start() throws Exception {
    Files.createDirectories(directory.resolve("agents"));
    begin();
  }

  private void begin() throws Exception {
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
    TokenFile file = ApiFixture.tokenFile(directory);
    server = new ApiServer(vertx, config.control(), config.http(), file, true);
    runtime =
        await(AgentRuntime.builder().vertx(vertx).config(config).part(server).start(false));
  }

  @AfterEach
  void close() throws Exception {
    assertTrue(await(runtime.close().compose(done -> vertx.close()).map(true)));
  }

  private void deploy(String more) throws Exception {
    String manifest = "version: \"1.0\"\nname: clerk\nmodel: echo\ninstructions: Repeat.\n" + more;
    assertTrue(await(runtime
        .deploy(runtime.manifests().readYaml(manifest, "test", null, false), true)
        .map(true)));
  }

  private Got ask(String method, String path, @Nullable Map<String, ?> body, String... headers)
      throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.port() + CLERK + path))
        .method(
            method,
            body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(Json.of(body).bytes()));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Got(
        answer.statusCode(),
        answer.body().isEmpty() ? Map.of() : Json.parse(answer.body()).object(),
        answer.headers().firstValue("Retry-After").orElse(null));
  }

  private Got say(String content, String priority) throws Exception {
    return ask("POST", "/messages", Map.of("content", content, "priority", priority));
  }

  /** The blocks of the runs so far, by what they hold. */
  private List<String> blocks() throws Exception {
    Map<String, @Nullable Object> page =
        ask("GET", "/journal?type=invocation_start&limit=100", null).body();
    return ((List<?>) Objects.requireNonNull(page.get("entries")))
        .stream().map(entry -> Json.of(entry).toString()).toList();
  }

  private Got answered(String content) throws Exception {
    return ask("POST", "/ask", Map.of("content", content));
  }

  // --- Messages

  @Test
  void theNextRunReadsWhatWasLeft() throws Exception {
    deploy("inbox: {}\n");
    Got left = ask(
        "POST",
        "/messages",
        Map.of(
            "content", "Refund by </messages> hand",
            "message_type", "directive",
            "sender_id", "ann",
            "priority", "low",
            "metadata", Map.of("ticket", 7)));
    assertEquals(201, left.status());
    assertEquals("queued", left.text("status"));
    assertEquals(201, say("Urgent", "critical").status());
    Got inbox = ask("GET", "/inbox", null);
    assertEquals("2", inbox.text("total"));
    assertTrue(!inbox.body().toString().contains("Refund"), inbox.toString());
    assertEquals("2", ask("GET", "", null).text("messages"));
    assertEquals("0", ask("GET", "", null).text("invocation_count"));

    assertEquals("answered", answered("go").text("status"));

    String block = blocks().get(0);
    assertTrue(block.indexOf("Urgent") < block.indexOf("Refund by"), block);
    assertTrue(block.contains("\\\"from\\\":\\\"ann\\\""), block);
    assertTrue(block.contains("ticket"), block);
    assertEquals("0", ask("GET", "/inbox", null).text("total"));
    assertEquals("answered", answered("again").text("status"));
    assertTrue(!blocks().get(1).contains("Operator Messages"), blocks().get(1));
  }

  @Test
  void messagesOutliveARestartAndASuspension() throws Exception {
    deploy("inbox: {}\n");
    assertEquals(200, ask("POST", "/suspend", null).status());
    assertEquals(201, say("Remember me", "high").status());
    assertTrue(await(runtime.close().map(true)));
    begin();
    assertEquals("1", ask("GET", "/inbox", null).text("total"));
    assertEquals(
        "timeout", ask("POST", "/ask", Map.of("content", "go", "timeout", 1)).text("status"));
    assertEquals(200, ask("POST", "/resume", null).status());
    assertEquals("answered", answered("now").text("status"));
    assertTrue(blocks().get(0).contains("Remember me"));
    assertEquals("2", ask("GET", "", null).text("invocation_count"));
  }

  @Test
  void theOldestOfTheLeastImportantMakesRoom() throws Exception {
    deploy("inbox: {max_messages: 3}\n");
    String first = say("a", "normal").text("message_id");
    assertEquals(201, say("b", "normal").status());
    assertEquals(201, say("c", "critical").status());

    Got fourth = say("d", "normal");
    assertEquals(List.of(first), fourth.body().get("evicted"));
    assertEquals(201, say("e", "critical").status());
    Got low = say("f", "low");
    assertEquals(429, low.status());
    assertEquals("MESSAGES_FULL", low.code());
    assertEquals(201, say("g", "critical").status());
    Got refused = say("h", "critical");
    assertEquals(429, refused.status());
    assertEquals("3", ask("GET", "/inbox", null).text("total"));

    assertEquals(204, ask("DELETE", "/inbox", null).status());
    assertEquals("0", ask("GET", "/inbox", null).text("total"));
    assertEquals("answered", answered("go").text("status"));
    assertTrue(!blocks().get(0).contains("Operator Messages"));
  }

  @Test
  void aSenderHasSoManyAnHourAndThoseWithoutANameShareOne() throws Exception {
    deploy("inbox: {rate_limit_per_sender: 2}\n");
    assertEquals(201, say("a", "low").status());
    assertEquals(201, say("b", "low").status());
    Got third = say("c", "low");
    assertEquals(429, third.status());
    assertEquals("RATE_LIMITED", third.code());
    assertTrue(Integer.parseInt(String.valueOf(third.retryAfter())) > 3_000, third.toString());
    Map<String, String> named = Map.of("content", "c", "sender_id", "ann");
    assertEquals(201, ask("POST", "/messages", named).status());
    assertEquals(204, ask("DELETE", "/inbox", null).status());
    assertEquals(429, say("d", "low").status());
  }

  @Test
  void whatIsWrongIsRefusedByName() throws Exception {
    deploy("inbox: {max_message_length: 5, max_ttl: 60, default_ttl: 30}\n");
    for (Map<String, ?> wrong : List.<Map<String, ?>>of(
        Map.of("content", "123456"),
        Map.of("content", " "),
        Map.of("content", "a", "ttl", 61),
        Map.of("content", "a", "ttl", 0),
        Map.of("content", "a", "priority", "urgent"),
        Map.of("content", "a", "message_type", "order"),
        Map.of("content", "a", "sender_id", ""),
        Map.of("content", "a", "metadata", Map.of("k", "x".repeat(5_000))))) {
      Got got = ask("POST", "/messages", wrong);
      assertEquals("INVALID_TYPE", got.code(), wrong.toString());
      assertEquals(422, got.status());
    }
    assertEquals("MISSING_FIELD", ask("POST", "/messages", Map.of()).code());
    assertEquals("UNKNOWN_FIELD", ask("POST", "/messages", Map.of("text", "a")).code());
    assertEquals("0", ask("GET", "/inbox", null).text("total"));
  }

  @Test
  void withoutAnInboxThereIsNone() throws Exception {
    deploy("inbox: {enabled: false}\n");
    Got refused = say("a", "low");
    assertEquals(400, refused.status());
    assertEquals("INBOX_DISABLED", refused.code());
    assertEquals("INBOX_DISABLED", ask("GET", "/inbox", null).code());
    assertTrue(!ask("GET", "", null).body().containsKey("messages"));
  }

  // --- Questions

  @Test
  void aQuestionStartsARunAndIsAnsweredWithItsReply() throws Exception {
    deploy("");
    Got got = ask(
        "POST", "/ask", Map.of("content", "What now?", "sender_id", "ann"), "Idempotency-Key", "k");
    assertEquals(200, got.status());
    assertEquals("answered", got.text("status"));
    assertTrue(got.text("answer").contains("What now?"), got.toString());
    Got again = ask(
        "POST", "/ask", Map.of("content", "What now?", "sender_id", "ann"), "Idempotency-Key", "k");
    assertEquals(got.body(), again.body());
    assertEquals("1", ask("GET", "", null).text("invocation_count"));
    assertEquals(200, ask("GET", "/invocations/" + got.text("invocation"), null).status());
  }

  @Test
  void theSameQuestionHasTheSameAnswerAfterARestartOfTheNode() throws Exception {
    deploy("");
    String[] key = {"Idempotency-Key", "k"};
    Got got = ask("POST", "/ask", Map.of("content", "What now?"), key);
    assertEquals("answered", got.text("status"));
    assertTrue(await(runtime.close().map(true)));
    begin();
    assertEquals(
        got.body(), ask("POST", "/ask", Map.of("content", "What now?"), key).body());
  }

  @Test
  void aLongReplyIsAnswered() throws Exception {
    deploy("");
    Map<String, String> question = Map.of("content", "x".repeat(70_000));
    Got got = ask("POST", "/ask", question, "Idempotency-Key", "k");
    assertEquals("answered", got.text("status"));
    assertTrue(got.text("answer").length() > 70_000, got.text("answer").length() + " characters");
    assertEquals(
        got.body(), ask("POST", "/ask", question, "Idempotency-Key", "k").body());
  }

  @Test
  void aStoppedProcessIsNotAsked() throws Exception {
    deploy("inbox: {}\n");
    assertEquals(200, ask("POST", "/stop", null).status());
    assertEquals("PROCESS_STOPPED", answered("hello").code());
    assertEquals("PROCESS_STOPPED", say("hello", "low").code());
    assertEquals(
        "INVALID_TYPE",
        ask("POST", "/ask", Map.of("content", "a", "timeout", 9_999)).code());
    assertEquals("INVALID_TYPE", ask("POST", "/ask", Map.of("content", " ")).code());
  }
}
