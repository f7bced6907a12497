package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.oversight.ApprovalWord;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The support samples of {@code agents/}, from their files: a ticket, its way, and who decides. */
@ExtendWith(VertxExtension.class)
final class SupportSampleTest {

  private static final String ONE = "support-tier1";
  private static final String TWO = "support-tier2";
  private static final String THREE = "support-tier3";

  private static final Map<String, Object> REFUND =
      Map.of("ticket", "T-7", "order", "A-100", "amount", 25, "text", "It broke, I want a refund.");

  @TempDir
  private Path root;

  private final AtomicInteger payments = new AtomicInteger();
  private HttpServer bank;
  private Node node;

  @BeforeEach
  void prepare(Vertx vertx) throws IOException {
    bank = Node.now(vertx
        .createHttpServer()
        .requestHandler(request -> {
          payments.incrementAndGet();
          request.response().end("paid");
        })
        .listen(0, "127.0.0.1"));
    node = new Node(vertx, root)
        .outbound(List.of("127.0.0.1:" + bank.actualPort()))
        .routes(
            (host, port, path, owner, handler) -> Future.succeededFuture(Future::succeededFuture));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("agents"), "support-*")) {
      for (Path file : files) {
        Files.copy(file, node.agents().resolve(file.getFileName()));
      }
    }
  }

  @AfterEach
  void stop() {
    node.stop();
    Node.nothing(bank.close());
  }

  private List<Map<?, ?>> waiting() {
    Json all = Node.now(node.process(THREE).oversee(desk -> desk.approvals().list()));
    List<Map<?, ?>> waiting = new ArrayList<>();
    Node.list(all, "approvals").forEach(one -> waiting.add((Map<?, ?>) one));
    return waiting;
  }

  private Map<?, ?> asked() {
    node.until(() -> waiting().size() == 1);
    return waiting().get(0);
  }

  private void decide(Map<?, ?> request, boolean approves) {
    ApprovalWord word = new ApprovalWord(
        String.valueOf(request.get("id")), approves, null, "as agreed", "ann", null, null);
    Node.nothing(node.process(THREE).oversee(desk -> desk.approvals().decide(word)));
  }

  private Object context(String name, String key) {
    Object state =
        Node.now(node.process(name).knowledge().context()).json().object().get("state");
    return state instanceof Map<?, ?> all ? String.valueOf(all.get(key)) : "";
  }

  private String steps(String name) {
    InvocationId id = new InvocationId(node.invocations(name, 10).get(0));
    return Node.now(node.process(name).invocation(id)).toString();
  }

  @Test
  void theFaqIsEnoughForSome() {
    node.start(true);
    assertEquals(List.of(), node.runtime().warnings());
    node.trigger(ONE, Map.of("ticket", "T-1", "text", "I forgot my password."));
    node.until(ONE, "invocation_count", 1);
    assertTrue(steps(ONE).contains("forgot password"), () -> steps(ONE));
    assertEquals("T-1", context(ONE, "last_answer"));
    node.trigger(ONE, Map.of("ticket", "T-2", "order", "A-9", "text", "Where is my parcel?"));
    node.until(TWO, "invocation_count", 1);
    assertEquals("T-2", context(TWO, "last_ticket"));
    assertTrue(steps(TWO).contains("Order A-9 was looked into."), () -> steps(TWO));
    assertEquals(0, node.number(THREE, "accepted_count"));
  }

  @Test
  void anApprovedRefundIsDoneOnceAlsoWhenTheNodeEndsMeanwhile() {
    node.start(true);
    node.trigger(ONE, REFUND);
    Map<?, ?> request = asked();
    assertEquals("emit_event", request.get("tool"));
    assertTrue(String.valueOf(request.get("arguments")).contains("A-100"), request::toString);
    assertEquals("awaiting", node.status(THREE).get("state"));
    assertEquals("null", context(ONE, "last_refund"));

    node.stop();
    node.start(true);
    assertEquals(request.get("id"), asked().get("id"));
    decide(request, true);
    decide(request, true);
    node.until(THREE, "invocation_count", 1);
    node.until(ONE, "invocation_count", 2);
    assertEquals("A-100", context(ONE, "last_refund"));

    node.stop();
    node.start(true);
    node.until(THREE, "outbox_size", 0);
    assertEquals(2, node.number(ONE, "accepted_count"), "the ticket, and one refund");
    assertEquals(1, node.number(THREE, "accepted_count"));
  }

  @Test
  void aDeniedRefundIsNotDone() {
    node.start(true);
    node.trigger(ONE, REFUND);
    decide(asked(), false);
    node.until(THREE, "invocation_count", 1);
    assertTrue(steps(THREE).contains("Denied by ann: as agreed"), () -> steps(THREE));
    assertEquals("null", context(ONE, "last_refund"));
    assertEquals(1, node.number(ONE, "accepted_count"));
    assertEquals(0, node.number(THREE, "outbox_size"));
  }

  /** Whatever an agent was talked into, it is code that keeps it from doing it. */
  @Test
  void aHarmfulPlayIsStopped() throws IOException {
    Files.copy(
        Path.of("src/test/resources/support/harmful.play.yaml"),
        node.agents().resolve("harmful.play.yaml"));
    Path file = node.agents().resolve(THREE + ".agent");
    Files.writeString(
        file,
        Files.readString(file).replace("support-tier3.play.yaml", "harmful.play.yaml")
            + "http_tools:\n  pay_out:\n    description: Pays.\n    method: POST\n    url: "
            + "http://127.0.0.1:" + bank.actualPort() + "/pay\n    arguments:\n      properties:"
            + " {amount: {type: integer}}\n");
    node.start(true);
    node.trigger(ONE, REFUND);
    // Paying out is irreversible, and the run has read a ticket from outside: it may not alone.
    Map<?, ?> first = asked();
    assertEquals("pay_out", first.get("tool"));
    assertEquals(List.of("tainted"), first.get("reasons"));
    decide(first, false);
    // Whoever approves all he is asked still grants one refund, for a run has no more.
    node.until(() -> waiting().stream().anyMatch(one -> "emit_event".equals(one.get("tool"))));
    Map<?, ?> second = asked();
    assertTrue(String.valueOf(second.get("arguments")).contains("H-1"), second::toString);
    decide(second, true);
    node.until(THREE, "state", "suspended");
    assertEquals(List.of("budget"), node.status(THREE).get("suspended_by"));
    String steps = steps(THREE);
    assertTrue(steps.contains("there is no tool \\\"approve\\\""), steps);
    assertEquals(List.of(), waiting());
    assertEquals(0, payments.get());
    node.until(ONE, "accepted_count", 2);
    node.until(ONE, "invocation_count", 2);
    assertEquals("H-1", context(ONE, "last_refund"));
    assertEquals(0, node.number(THREE, "outbox_size"));
  }
}
