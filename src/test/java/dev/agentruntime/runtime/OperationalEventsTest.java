package dev.agentruntime.runtime;

import static dev.agentruntime.runtime.Node.list;
import static dev.agentruntime.runtime.Node.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.config.ObserveConfig.Kind;
import dev.agentruntime.config.ObserveConfig.Sink;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.Json;
import dev.agentruntime.guard.Signatures;
import dev.agentruntime.mcp.ScriptedServer;
import dev.agentruntime.observe.EventCallback;
import dev.agentruntime.observe.OperationalEvent;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Operational events of a node, to real sinks: an HTTP receiver, Java code, the bus. */
@ExtendWith(VertxExtension.class)
final class OperationalEventsTest {

  private static final String SECRET = "whsec_aHVudGVyMi1odW50ZXIyLWh1bnRlcjI=";
  private static final String CANARY = "canary-7f3a9b2c4d";

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

  private final Queue<Heard> heard = new ConcurrentLinkedQueue<>();
  private final Queue<OperationalEvent> called = new ConcurrentLinkedQueue<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private HttpServer server;
  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    server = Node.now(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"));
    node = new Node(vertx, root)
        .environment(Map.of("OPS_SECRET", SECRET, "TOKEN", CANARY))
        .outbound(List.of("127.0.0.1:" + server.actualPort()));
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
          .setStatusCode(refusals.getAndDecrement() > 0 ? 503 : 204)
          .end();
    });
  }

  private Sink webhook(String url, String glob) {
    return new Sink(
        "pager",
        Kind.WEBHOOK,
        List.of(glob),
        Severity.INFO,
        url,
        new SecretRef(SecretRef.Kind.ENV, "OPS_SECRET"),
        null);
  }

  private String here() {
    return "http://127.0.0.1:" + server.actualPort() + "/ops";
  }

  private static ObserveConfig to(int max, Sink... sinks) {
    return new ObserveConfig(max, Duration.ofMillis(200), Duration.ofSeconds(5), List.of(sinks));
  }

  /** How a sink stands, by the status of the node. */
  private Map<String, @Nullable Object> sink(String name) {
    Json observe = Json.of(node.runtime().status().object().get("observe"));
    return Node.list(observe, "sinks").stream()
        .map(each -> Json.of(each).object())
        .filter(each -> name.equals(each.get("name")))
        .findFirst()
        .orElseThrow();
  }

  private long count(String name, String key) {
    return ((Number) Objects.requireNonNull(sink(name).get(key))).longValue();
  }

  @Test
  void postsSignedEventsOfTheWantedTypes() {
    node.observing(to(100, webhook(here(), "invocation.*"))).start(false);
    node.deploy("clerk", "");
    node.trigger("clerk", Map.of("n", 1));
    node.until(() -> heard.size() == 2);

    Heard first = heard.remove();
    assertEquals("invocation.start", first.told().get("type"));
    Heard last = heard.remove();
    assertEquals("invocation.complete", last.told().get("type"));
    assertEquals("invocation.complete", last.header("webhook-event"));
    assertEquals("clerk", last.told().get("process"));
    assertEquals(last.told().get("id"), last.header("webhook-id"));
    assertEquals(last.told().get("id"), last.header("idempotency-key"));
    Signatures check = Signatures.of("standard", List.of(SECRET), null, Duration.ofMinutes(5));
    assertNull(check.verify(last.headers(), last.body(), Instant.now()).problem());
    byte[] other = last.body().clone();
    other[10]++;
    assertTrue(check.verify(last.headers(), other, Instant.now()).problem() != null);
    node.until(() -> count("pager", "delivered") == 2);
  }

  /** Such as one that is a pipe nobody reads. */
  @Test
  void aLogThatTakesNothingHoldsUpNobody() {
    CountDownLatch read = new CountDownLatch(1);
    Logger log = Logger.getLogger("dev.agentruntime.events");
    Handler full = new Handler() {
      @Override
      public void publish(LogRecord line) {
        try {
          read.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    node.observing(to(100, new Sink("log", Kind.LOG, List.of(), Severity.INFO, null, null, null)))
        .start(false);
    log.addHandler(full);
    try {
      node.deploy("clerk", "");
      node.trigger("clerk", Map.of("n", 1));
      node.until("clerk", "invocation_count", 1);
      Json pulled = Node.now(node.runtime().killSwitch().pull("ops", ""));
      assertEquals(0, count("log", "delivered"), pulled::toString);
    } finally {
      read.countDown();
      log.removeHandler(full);
    }
  }

  @Test
  void triesAgainWhenTheReceiverIsAway() {
    refusals.set(2);
    node.observing(to(100, webhook(here(), "process.started"))).start(false);
    node.deploy("clerk", "");
    node.until(() -> heard.size() == 3);
    assertEquals(
        1,
        heard.stream()
            .map(each -> each.header("webhook-id"))
            .collect(Collectors.toSet())
            .size());
    node.until(() -> count("pager", "delivered") == 1);
  }

  @Test
  void anAddressThatMayNotBeReachedIsNotReached() {
    node.outbound(List.of()).observing(to(100, webhook(here(), "*"))).start(false);
    node.deploy("clerk", "");
    node.until(() -> count("pager", "failed") >= 1);
    assertTrue(String.valueOf(sink("pager").get("last_error")).contains("127.0.0.1"));
    assertEquals(0, heard.size());
  }

  @Test
  void aDeadReceiverAndASlowCallbackHoldUpNobody() {
    CountDownLatch stuck = new CountDownLatch(1);
    refusals.set(Integer.MAX_VALUE);
    node.observing(to(3, webhook(here(), "*")))
        .callback(EventCallback.of("slow", event -> await(stuck)))
        .callback(EventCallback.of("quick", called::add))
        .start(false);
    node.deploy("clerk", "");
    for (int i = 0; i < 50; i++) {
      node.trigger("clerk", Map.of("n", i));
    }
    node.until("clerk", "invocation_count", 50);
    node.until(() -> count("slow", "dropped") > 0 && count("pager", "dropped") > 0);
    assertTrue(count("slow", "queued") <= 3);
    stuck.countDown();
    node.until(() -> count("slow", "queued") == 0);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aCallbackThatThrowsIsCounted() {
    node.callback(EventCallback.of("bad", event -> {
          throw new IllegalStateException("no place for bob@example.com");
        }))
        .start(false);
    node.deploy("clerk", "");
    node.until(() -> count("bad", "failed") == 1);
    assertEquals(
        "IllegalStateException: no place for [redacted:email]", sink("bad").get("last_error"));
  }

  @Test
  void noSecretLeavesAndItsReplacementIsTold() {
    node.observing(to(1_000, webhook(here(), "*")))
        .callback(EventCallback.of("all", called::add))
        .start(false);
    node.deploy("clerk", "secrets:\n  secrets:\n    TOKEN: ${TOKEN}\n");
    node.trigger("clerk", Map.of("key", CANARY, "mail", "bob@example.com"));
    node.until("clerk", "invocation_count", 1);
    node.until(() -> called.stream().anyMatch(e -> e.type() == EventType.INVOCATION_COMPLETE));
    assertTrue(called.stream()
        .anyMatch(e -> e.type() == EventType.GUARDRAIL_REDACTED
            && "trigger_event".equals(e.data().object().get("entry"))));
    node.until(() -> count("pager", "delivered") == called.size());
    for (Heard each : heard) {
      String body = Json.parse(each.body()).toString();
      assertFalse(body.contains(CANARY) || body.contains("bob@"), body);
    }
  }

  @Test
  void theBusIsToldAndNobodyIsWokenByHimself() {
    node.observing(to(
            1_000, new Sink("ops", Kind.BUS, List.of(), Severity.INFO, null, null, "ops.events")))
        .start(false);
    node.deploy("watcher", "triggers:\n  - {type: event, event_type: ops.events}\n");
    node.deploy("clerk", "");
    node.trigger("clerk", Map.of("n", 1));
    // process.started, invocation.start and .complete of the clerk, and nothing of the watcher.
    node.until("watcher", "invocation_count", 3);
    node.until(() -> count("ops", "queued") == 0);
    node.until("watcher", "queue_size", 0);
    assertEquals(3, node.number("watcher", "invocation_count"));
  }

  private static List<String> said(EventType type, Queue<OperationalEvent> told) {
    return told.stream()
        .filter(event -> event.type() == type)
        .map(event -> event.data().toString())
        .toList();
  }

  @Test
  void aServerOfToolsIsAskedHowFarItIsWhenASinkWantsToKnow() throws IOException {
    Files.writeString(node.agents().resolve("play.yaml"), """
        rules:
          - when: {turn: 1}
            call: [{tool: bad__look, args: {text: progress}}]
          - say: "Done."
        """);
    List<String> command = ScriptedServer.command(Files.createDirectory(root.resolve("server")));
    Files.writeString(
        node.agents().resolve("clerk.agent"),
        "version: \"1.0\"\nname: clerk\nmodel: script:play.yaml\ninstructions: Call it.\n"
            + "servers:\n  bad:\n    type: stdio\n    command: " + Json.quote(command.get(0))
            + "\n    args: " + Json.of(command.subList(1, command.size())) + "\n");
    node.callback(EventCallback.of("all", called::add)).start(true);
    node.until("clerk", "state", "running");
    node.trigger("clerk", 1);
    node.until("clerk", "invocation_count", 1);
    node.until(() -> said(EventType.INVOCATION_COMPLETE, called).size() == 1);
    List<String> progress = said(EventType.TOOL_PROGRESS, called);
    assertEquals(
        "{\"tool\":\"bad__look\",\"ordinal\":1,\"progress\":1,\"total\":20000.5,"
            + "\"message\":\"for [redacted:email]\"}",
        progress.get(0));
    assertEquals(
        progress.size(),
        called.stream()
            .filter(event -> event.type() == EventType.TOOL_PROGRESS)
            .map(OperationalEvent::id)
            .distinct()
            .count());
  }

  @Test
  void whatTheBusIsToldIsNobodysWord() {
    node.observing(to(
            1_000, new Sink("ops", Kind.BUS, List.of(), Severity.INFO, null, null, "ops.events")))
        .start(false);
    node.deploy("watcher", "triggers:\n  - {type: event, event_type: ops.events, trusted: true}\n");
    node.deploy("clerk", "");
    // process.started: it carries what a process has read, if not this one.
    node.until("watcher", "invocation_count", 1);
    Map<?, ?> run = (Map<?, ?>) Objects.requireNonNull(
        list(now(node.process("watcher").invocations(1, null)), "invocations").get(0));
    assertEquals(true, run.get("tainted"), run::toString);
  }

  @Test
  void withoutSinksTheStatusSaysNothing() {
    node.start(false);
    assertFalse(node.runtime().status().object().containsKey("observe"));
  }

  @Test
  void anEventHasTheSameIdAsTheSameHappening() {
    node.callback(EventCallback.of("all", called::add))
        .callback(new EventCallback(
            "severe", List.of("process.*"), Severity.CRITICAL, event -> called.add(event)))
        .start(false);
    node.deploy("clerk", "");
    node.until(() -> called.size() == 1);
    Set<String> ids = called.stream().map(OperationalEvent::id).collect(Collectors.toSet());
    assertEquals(1, ids.size());
    assertEquals(
        Set.of("node", "incarnation", "sequence"),
        called.element().metadata().object().keySet());
  }

  private List<String> restarted() {
    return called.stream()
        .filter(event -> event.type() == EventType.PROCESS_RESTARTED)
        .map(event -> event.process() + " " + event.data().object().get("reason"))
        .toList();
  }

  @Test
  void aNodeThatComesBackSaysSoOnceAndNotForIdleProcesses() {
    node.callback(EventCallback.of("all", called::add)).start(false);
    node.deploy("idle", "");
    node.stop();
    called.clear();
    node.start(false);
    node.until("idle", "state", "running");
    node.trigger("idle", 1);
    node.until(() -> called.stream().anyMatch(e -> e.type() == EventType.INVOCATION_COMPLETE));
    assertEquals(List.of("@node-1 node start"), restarted());
  }
}
