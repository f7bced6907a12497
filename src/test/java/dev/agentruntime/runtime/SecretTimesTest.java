package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Secrets that are cut in two, and one whose time is over before it is used. */
@ExtendWith(VertxExtension.class)
final class SecretTimesTest {

  private static final String NOTES = "release-notes";
  private static final String TOKEN = "notes-token-1";
  private static final String FRONT = TOKEN.substring(0, TOKEN.length() - 1);

  @TempDir
  private Path root;

  private final Map<String, String> env = new ConcurrentHashMap<>();
  private HttpServer server;
  private Node node;
  private int status = 200;
  private int before;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    server = Node.now(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    env.put("NOTES_URL", "http://127.0.0.1:" + server.actualPort());
    env.put("NOTES_TOKEN", TOKEN);
    node = new Node(vertx, root).environment(env).outbound(List.of("127.0.0.1"));
    for (String file : List.of(NOTES + ".agent", NOTES + ".play.yaml")) {
      Files.copy(Path.of("src/test/resources/secrets", file), node.agents().resolve(file));
    }
    Files.writeString(node.agents().resolve("chat-token"), "chat-token-1\n");
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
    Node.nothing(server.close());
  }

  /** Says what it was sent just where the runtime cuts a text. */
  private void serve(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      String sent = String.valueOf(request.getHeader("authorization")).replace("Bearer ", "");
      request
          .response()
          .setStatusCode(status)
          .end("z".repeat(before - FRONT.length()) + sent + "y".repeat(20));
    });
  }

  private void assertNothingOfItIsKept() {
    node.trigger(NOTES, Map.of("version", "1.2", "text", "out"));
    node.until(NOTES, "invocation_count", 1);
    InvocationId id = new InvocationId(node.invocations(NOTES, 1).get(0));
    String all = Node.now(node.process(NOTES).invocation(id)).toString()
        + Node.now(node.process(NOTES).journal(500, "1", null));
    assertFalse(all.contains(FRONT), "a part of the secret is kept");
  }

  @Test
  void anErrorIsSearchedBeforeItIsCut() {
    status = 400;
    before = 2_000;
    assertNothingOfItIsKept();
  }

  @Test
  void aLongAnswerIsSearchedBeforeItIsCut() {
    before = 100_000;
    assertNothingOfItIsKept();
  }

  @Test
  void aManifestIsInForceAlsoWhenItsSecretExpiredMeanwhile() {
    env.put("LOGIN", "let-me-in-please");
    node.deploy("clerk", "triggers:\n  - {type: event, id: old, event_type: old}\n");
    String yaml = Node.ECHO.replace("NAME", "clerk") + """
        triggers:
          - {type: event, id: new, event_type: new}
        secrets:
          secrets:
            LOGIN: {value: "${LOGIN}", ttl: 1ms}
        """;
    Node.nothing(node.runtime()
        .replace(
            node.process("clerk"), node.runtime().manifests().readYaml(yaml, "test", null, false)));
    Object heard = Node.now(node.runtime().events().emit("new", Json.EMPTY));
    node.until("clerk", "invocation_count", 1);
    assertEquals(1, node.number("clerk", "invocation_count"), heard::toString);
  }
}
