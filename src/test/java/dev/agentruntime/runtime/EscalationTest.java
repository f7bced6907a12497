package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.policy.EscalationTarget;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Calls for a person, against a real receiver. */
@ExtendWith(VertxExtension.class)
final class EscalationTest {

  private static final String SECRET = "whsec_aHVudGVyMi1odW50ZXIyLWh1bnRlcjI=";
  private static final String SIGNED =
      "secrets:\n  secrets:\n    PAGER: ${PAGER}\nescalation:\n  secret: PAGER\n";
  private static final Json WHY = Json.of(Map.of("spent", 12, "key", SECRET));

  @TempDir
  private Path root;

  /** A request that came in. */
  private record Heard(Map<String, List<String>> headers, byte[] body) {
    @Nullable
    String header(String name) {
      List<String> values = headers.get(name);
      return values == null ? null : values.get(0);
    }

    Map<String, @Nullable Object> told() {
      return Json.parse(body).object();
    }
  }

  private final ConcurrentLinkedQueue<Heard> heard = new ConcurrentLinkedQueue<>();
  private final AtomicInteger status = new AtomicInteger(204);
  private HttpServer server;
  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    server = Node.now(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    node = new Node(vertx, root)
        .environment(Map.of("PAGER", SECRET))
        .outbound(List.of("127.0.0.1:" + server.actualPort()));
    node.start(false);
  }

  @AfterEach
  void stop() {
    node.stop();
    Node.nothing(server.close());
  }

  private void serve(HttpServerRequest request) {
    request.body().onSuccess(body -> {
      Map<String, List<String>> headers = new HashMap<>();
      request
          .headers()
          .names()
          .forEach(name ->
              headers.put(name.toLowerCase(Locale.ROOT), request.headers().getAll(name)));
      heard.add(new Heard(headers, body.getBytes()));
      request
          .response()
          .putHeader("Location", "http://127.0.0.1:" + server.actualPort() + "/other")
          .setStatusCode(status.get())
          .end();
    });
  }

  private EscalationTarget here() {
    return new EscalationTarget("http://127.0.0.1:" + server.actualPort() + "/pager", null);
  }

  private void escalate(String name, EscalationTarget target) {
    Node.nothing(node.process(name)
        .oversee(all -> all.escalate(target, "budget.exceeded", WHY).map(Json.EMPTY)));
  }

  @Test
  void postsASignedCall() {
    node.deploy("clerk", SIGNED);
    escalate("clerk", here());
    node.until("clerk", "outbox_size", 0);

    assertEquals(1, heard.size());
    Heard call = heard.element();
    String id = String.valueOf(call.told().get("id"));
    assertEquals("budget.exceeded", call.told().get("type"));
    assertEquals("clerk", call.told().get("process"));
    assertEquals(Map.of("spent", 12L, "key", "[secret:PAGER]"), call.told().get("data"));
    assertEquals(id, call.header("webhook-id"));
    assertEquals(id, call.header("idempotency-key"));
    Signatures check = Signatures.of("standard", List.of(SECRET), null, Duration.ofMinutes(5));
    assertNull(check.verify(call.headers(), call.body(), Instant.now()).problem());
    assertEquals(0, node.number("clerk", "dead_letter_count"));
    // Each use of the secret is written down, and never its value.
    String uses =
        Node.now(node.process("clerk").journal(100, "1", "secret_access")).toString();
    assertTrue(uses.contains("\"secret\":\"PAGER\""), uses);
    assertTrue(uses.contains("\"by\":\"escalation\""), uses);
    assertTrue(uses.contains("\"run\":\"" + id + "\""), uses);
    assertTrue(!uses.contains(SECRET), uses);
  }

  @Test
  void callsAgainUntilItIsHeard() {
    node.deploy("clerk", SIGNED);
    status.set(500);
    escalate("clerk", here());
    node.until(() -> heard.size() >= 2);
    assertEquals(1, node.number("clerk", "outbox_size"));
    node.stop();
    node.start(false);
    status.set(302);
    int before = heard.size();
    node.until(() -> heard.size() > before);
    assertEquals(1, node.number("clerk", "outbox_size"));
    status.set(200);
    node.until("clerk", "outbox_size", 0);

    Set<@Nullable String> ids =
        heard.stream().map(call -> call.header("webhook-id")).collect(Collectors.toSet());
    assertEquals(1, ids.size(), ids.toString());
    assertEquals(0, node.number("clerk", "dead_letter_count"));
  }

  /** Where it cannot be signed it waits; unsigned it is never made. */
  @Test
  void waitsForASecretThatCannotBeUsedNow() {
    node.deploy("clerk", SIGNED);
    Node.nothing(
        node.process("clerk").oversee(all -> all.secrets().revoke(List.of("PAGER"), "ops")));
    escalate("clerk", here());
    node.deploy("other", "");
    escalate("other", here());
    node.until("other", "outbox_size", 0);
    assertEquals(1, node.number("clerk", "outbox_size"));
    assertEquals("other", heard.element().told().get("process"));
    Node.nothing(node.process("clerk").oversee(all -> all.secrets().rotate("PAGER", null, "ops")));
    node.until("clerk", "outbox_size", 0);
    assertEquals(2, heard.size());
    assertTrue(
        heard.stream()
            .filter(call -> "clerk".equals(call.told().get("process")))
            .allMatch(call -> call.header("webhook-signature") != null),
        heard::toString);
    assertEquals(0, node.number("clerk", "dead_letter_count"));
  }

  @Test
  void isADeadLetterWhenItsTimeIsOver() {
    node.deploy("clerk", "trigger_delivery:\n  event_ttl: 1\n");
    status.set(503);
    escalate("clerk", here());
    node.until("clerk", "dead_letter_count", 1);

    assertEquals(0, node.number("clerk", "outbox_size"));
    assertNull(heard.element().header("webhook-signature"));
  }

  @Test
  void reachesNoPrivateAddressThatNobodyOpened() {
    node.deploy("clerk", "");
    escalate("clerk", new EscalationTarget("http://127.0.0.2:9/", null));
    node.until("clerk", "dead_letter_count", 1);
    assertEquals(0, node.number("clerk", "outbox_size"));
  }

  @Test
  void isAnEventToo() {
    node.deploy("desk", "triggers:\n  - type: event\n    id: calls\n    event_type: ops.called\n");
    node.deploy("clerk", "");
    escalate("clerk", new EscalationTarget(null, "ops.called"));
    node.until("desk", "invocation_count", 1);
    node.until("clerk", "outbox_size", 0);

    escalate("clerk", new EscalationTarget(here().webhookUrl(), "ops.called"));
    node.until("desk", "invocation_count", 2);
    node.until("clerk", "outbox_size", 0);
    assertEquals(1, heard.size());
    assertNotEquals("", heard.element().header("webhook-id"));
  }

  /** Whom nobody listens for is no reason to forget the call. */
  @Test
  void anEventThatNobodyHearsIsADeadLetterForThoseWhoListenLater() {
    node.deploy("desk", "triggers:\n  - type: event\n    id: calls\n    event_type: ops.called\n");
    node.deploy("clerk", "");
    Node.nothing(node.process("desk").stop("lunch"));
    escalate("clerk", new EscalationTarget(null, "ops.called"));
    node.until("clerk", "dead_letter_count", 1);
    assertEquals(0, node.number("clerk", "outbox_size"));
    redeliver();
    node.until("clerk", "dead_letter_count", 1);
    assertEquals(0, node.number("clerk", "outbox_size"), "still nobody");

    node.stop();
    node.start(false);
    assertEquals(1, node.number("clerk", "dead_letter_count"));
    Node.nothing(node.process("desk").start());
    redeliver();
    node.until("desk", "invocation_count", 1);
    node.until("clerk", "outbox_size", 0);
    assertEquals(0, node.number("clerk", "dead_letter_count"));
  }

  private void redeliver() {
    Json unused = Node.now(node.process("clerk")
        .deadLetters(new OperatorEntry.DeadLetterHandled(
            List.of(), OperatorEntry.DeadLetterAction.REDELIVERED, false, "ops")));
  }

  /** Its vault is emptied when it stops, before anybody could have been called. */
  @Test
  void aMissionThatFailsCallsThoughItStopsItsProcess() {
    node.deploy(
        "clerk",
        SIGNED + "mission:\n  objective: x\n  success_check: \"never == 1\"\n  eval_every: 0\n"
            + "  max_invocations: 1\n  escalation: {webhook_url: \"" + here().webhookUrl()
            + "\"}\n");
    node.trigger("clerk", "go");
    node.until("clerk", "state", "stopped");
    node.until("clerk", "outbox_size", 0);

    assertEquals(1, heard.size());
    Heard call = heard.element();
    assertEquals("mission.failed", call.told().get("type"));
    Signatures check = Signatures.of("standard", List.of(SECRET), null, Duration.ofMinutes(5));
    assertNull(check.verify(call.headers(), call.body(), Instant.now()).problem());
    assertEquals(0, node.number("clerk", "dead_letter_count"));
  }

  @Test
  void aProcessThatIsDownCallsAfterARestartUnlessItsSecretIsRevoked() {
    status.set(500);
    for (String name : List.of("other", "clerk")) {
      node.deploy(name, SIGNED);
      escalate(name, here());
    }
    Node.nothing(
        node.process("other").oversee(all -> all.secrets().revoke(List.of("PAGER"), "ops")));
    Node.nothing(node.process("other").stop("test"));
    Node.nothing(node.process("clerk").stop("test"));
    node.stop();
    heard.clear();
    status.set(204);
    node.start(false);
    node.until("clerk", "outbox_size", 0);
    assertEquals("stopped", String.valueOf(node.status("clerk").get("state")));
    assertTrue(heard.stream().allMatch(call -> call.header("webhook-signature") != null));
    assertTrue(heard.stream().allMatch(call -> "clerk".equals(call.told().get("process"))));
    assertEquals(1, node.number("other", "outbox_size"));
  }

  @Test
  void nobodyIsCalledWhenNobodyIsNamed() {
    node.deploy("clerk", "");
    long entries = node.number("clerk", "position");
    escalate("clerk", EscalationTarget.NOBODY);
    assertEquals(entries, node.number("clerk", "position"));
  }

  @Test
  void whatAProcessThatIsRemovedStillOwesIsForAPersonToSee() {
    node.deploy("clerk", "");
    status.set(500);
    escalate("clerk", here());
    node.until(() -> !heard.isEmpty());
    Node.nothing(node.runtime().remove(node.process("clerk").name(), "test"));
    ProcessId self = new ProcessId(new ProcessName("@node-1"), 1);
    node.until(() -> Node.now(node.runtime().journal().read(self, 1, 100)).stream()
        .anyMatch(line -> line.entry().data() instanceof EntryData.EffectDelivered gone
            && gone.delivery() == EntryData.Delivery.UNDELIVERABLE));
  }
}
