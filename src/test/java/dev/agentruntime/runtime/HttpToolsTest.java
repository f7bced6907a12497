package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The sample with HTTP tools, in a runtime, against a real server. */
@ExtendWith(VertxExtension.class)
final class HttpToolsTest {

  private static final String CLERK = "ticket-clerk";
  private static final Map<String, Object> ALERT =
      Map.of("project", "shop/web", "title", "Disk full");

  @TempDir
  private Path root;

  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean silent = new AtomicBoolean();
  private HttpServer server;
  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    server = Node.now(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    String url = "http://127.0.0.1:" + server.actualPort();
    node = new Node(vertx, root)
        .environment(Map.of("TICKETS_URL", url))
        .outbound(List.of("127.0.0.1:" + server.actualPort()));
    for (String file : List.of(CLERK + ".agent", CLERK + ".play.yaml")) {
      Files.copy(Path.of("src/test/resources/http-tools", file), node.agents().resolve(file));
    }
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
    Node.nothing(server.close());
  }

  private void serve(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      heard.add(request.method() + " " + request.uri() + " " + body);
      if (request.method().equals(HttpMethod.GET)) {
        request.response().end("{\"numbers\":[]}");
      } else if (!silent.get()) {
        request.response().end("{\"ticket\":{\"number\":7}}");
      } else {
        request.connection().close();
      }
    });
  }

  private List<?> steps() {
    InvocationId id = new InvocationId(node.invocations(CLERK, 1).get(0));
    return Node.list(Node.now(node.process(CLERK).invocation(id)), "steps");
  }

  @Test
  void filesATicket() {
    node.trigger(CLERK, ALERT);
    node.until(CLERK, "invocation_count", 1);

    assertEquals(
        List.of(
            "GET /v1/projects/shop%2Fweb/tickets?title=Disk%20full ",
            "POST /v1/projects/shop%2Fweb/tickets"
                + " {\"title\":\"Disk full\",\"labels\":[\"alert\"]}"),
        List.copyOf(heard));
    assertEquals(2, Json.of(steps()).toString().split("\"outcome\":\"ok\"", -1).length - 1);
  }

  @Test
  void aWriteWithoutAnAnswerWaitsForSomebodysWord() {
    silent.set(true);
    node.trigger(CLERK, ALERT);
    node.until(CLERK, "state", "awaiting");

    assertEquals(2, heard.size());
  }

  @Test
  void whereItMayNotGoItIsDeniedAndNothingIsSent() {
    node.stop();
    node.outbound(List.of()).start(true);
    node.trigger(CLERK, ALERT);
    node.until(CLERK, "invocation_count", 1);

    assertEquals(List.of(), List.copyOf(heard));
    List<String> outcomes = steps().stream()
        .map(step -> Json.of(step).toString())
        .filter(step -> step.contains("\"kind\":\"tool_result\"") || step.contains("\"outcome\""))
        .toList();
    assertTrue(
        !outcomes.isEmpty()
            && outcomes.stream().allMatch(step -> step.contains("\"outcome\":\"denied\"")),
        outcomes::toString);
    assertTrue(outcomes.toString().contains("is refused"), outcomes::toString);
  }
}
