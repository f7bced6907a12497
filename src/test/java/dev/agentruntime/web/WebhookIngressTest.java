package dev.agentruntime.web;

import static dev.agentruntime.web.IngressFixture.SECRET;
import static dev.agentruntime.web.IngressFixture.SMALL;
import static dev.agentruntime.web.IngressFixture.await;
import static dev.agentruntime.web.IngressFixture.post;
import static dev.agentruntime.web.IngressFixture.webhook;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RawHttp.Reply;
import dev.agentruntime.time.Ids;
import dev.agentruntime.trigger.ListSink;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.Triggers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebhookIngressTest {

  private static final String JSON = "content-type: application/json";

  private final IngressFixture fixture = new IngressFixture(SMALL);

  @AfterEach
  void close() {
    fixture.close();
  }

  private Reply send(String request) throws IOException {
    return RawHttp.exchange(fixture.port(), request);
  }

  private void serve() {
    await(fixture.ingress.serve());
  }

  @Test
  void turnsARequestIntoAnEvent() throws IOException {
    ListSink sink = fixture.open("/hook", null, "generic");
    serve();
    Reply reply = send(post(
        "/hook?a=1&b",
        JSON + "|Authorization: Bearer x|cookie: c|X-Two: 1|x-two: 2|x-github-delivery: d-1",
        "{\"n\":\n1}"));
    TriggerEvent event = sink.events().get(0);
    assertEquals(202, reply.status());
    assertEquals("{\"status\":\"accepted\",\"event_id\":\"" + event.id() + "\"}", reply.body());
    assertEquals("application/json", reply.header("content-type"));
    assertEquals("", reply.header("server"));
    assertEquals("{\"n\":1}", event.payload().toString());
    assertEquals("d-1", event.dedupKey());
    assertFalse(event.trusted());
    assertEquals(
        "{\"method\":\"POST\",\"path\":\"/hook\",\"query\":\"a=1&b\",\"headers\":{"
            + "\"host\":\"localhost\",\"content-type\":\"application/json\",\"x-two\":\"1, 2\","
            + "\"x-github-delivery\":\"d-1\",\"content-length\":\"8\"},"
            + "\"remote\":\"127.0.0.1\",\"signature_verified\":false}",
        event.metadata().toString());
  }

  @Test
  void saysThatItVerifiedAndHidesTheProof() throws IOException {
    ListSink sink = fixture.open("/hook", SECRET, "github");
    serve();
    String signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assertEquals(
        202,
        send(post(
                "/hook",
                "content-type: text/plain|x-hub-signature-256: " + signature,
                "Hello, World!"))
            .status());
    TriggerEvent event = sink.events().get(0);
    Map<String, @Nullable Object> metadata = event.metadata().object();
    assertEquals(true, metadata.get("signature_verified"));
    assertEquals("github", metadata.get("signature_scheme"));
    assertFalse(event.metadata().toString().contains("757107"));
    assertEquals("\"Hello, World!\"", event.payload().toString());
  }

  @Test
  void answersADuplicateWithTheFirstId() throws IOException {
    ListSink sink = fixture.open("/hook", null, "github");
    serve();
    String headers = JSON + "|idempotency-key: other|x-github-delivery: one";
    Reply first = send(post("/hook", headers, "{}"));
    Reply again = send(post("/hook", headers, "{}"));
    String id = sink.events().get(0).id();
    assertEquals("{\"status\":\"accepted\",\"event_id\":\"" + id + "\"}", first.body());
    assertEquals(
        "{\"status\":\"accepted\",\"event_id\":\"" + id + "\",\"duplicate\":true}", again.body());
    assertEquals(1, sink.events().size());
    assertEquals("one", sink.events().get(0).dedupKey());
  }

  @Test
  void saysSoWhenNothingIsDurable() throws IOException {
    ListSink sink = fixture.open("/hook", null, "generic");
    sink.inMemory();
    serve();
    assertTrue(send(post("/hook", JSON, "{}")).body().endsWith(",\"durable\":false}"));
  }

  @Test
  void takesAnEmptyBodyWithoutATypeAsNull() throws IOException {
    ListSink sink = fixture.open("/hook", null, "generic");
    serve();
    assertEquals(202, send(post("/hook", "", "")).status());
    assertEquals(Json.NULL, sink.events().get(0).payload());
  }

  @Test
  void isClosedUntilItServesAndWhenItDrains() throws IOException {
    fixture.open("/hook", null, "generic");
    for (String request : List.of(post("/hook", JSON, "{}"), post("/x", JSON, "{}"), health())) {
      Reply starting = send(request);
      assertEquals(503, starting.status());
      assertTrue(starting.body().contains("\"STARTING\""), starting.body());
      assertEquals("1", starting.header("retry-after"));
    }
    serve();
    assertEquals("{\"status\":\"ok\"}", send(health()).body());
    assertEquals(202, send(post("/hook", JSON, "{}")).status());
    fixture.ingress.drain();
    Reply draining = send(post("/hook", JSON, "{}"));
    assertEquals(503, draining.status());
    assertTrue(draining.body().contains("\"DRAINING\""), draining.body());
    assertEquals("5", draining.header("retry-after"));
  }

  private static String health() {
    return "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
  }

  @Test
  void answersWhatIsInFlightBeforeItEnds() throws IOException {
    ListSink sink = fixture.open("/hook", null, "generic");
    sink.hold();
    serve();
    try (RawHttp http = new RawHttp(fixture.port())) {
      http.send(post("/hook", JSON, "{}"));
      awaitOffers(sink, 1);
      Future<Void> stopped = fixture.ingress.stop();
      assertFalse(stopped.isComplete());
      sink.letGo();
      assertEquals(202, http.reply().status());
      await(stopped);
      assertTrue(http.ended());
    }
  }

  private static void awaitOffers(ListSink sink, int offers) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (sink.offers() < offers && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertEquals(offers, sink.offers());
  }

  @Test
  void onePathHasOneOwner() throws IOException {
    ListSink first = new ListSink();
    Trigger trigger = fixture.open("first", webhook("/hook", null, "generic"), first);
    RuntimeFault taken = assertThrows(
        RuntimeFault.class,
        () -> fixture.open("second", webhook("/hook", null, "generic"), new ListSink()));
    assertEquals(ErrorCode.INVALID_CONFIG, taken.code());
    assertTrue(
        taken.failure().message().contains("of second is taken")
            && taken.failure().message().contains("belongs to first"),
        taken.failure().message());
    serve();
    assertEquals(202, send(post("/hook", JSON, "{}")).status());
    await(trigger.stop());
    assertEquals(404, send(post("/hook", JSON, "{}")).status());
    ListSink second = new ListSink();
    fixture.open("second", webhook("/hook", null, "generic"), second);
    assertEquals(202, send(post("/hook", JSON, "{}")).status());
    assertEquals(1, second.events().size());
  }

  @Test
  void aPortOfItsOwnIsSharedAndEndsWithItsLastPath() throws IOException {
    int port = freePort();
    serve();
    Trigger one = fixture.open("one", at("/one", port), new ListSink());
    Trigger two = fixture.open("two", at("/two", port), new ListSink());
    assertEquals(202, RawHttp.exchange(port, post("/one", JSON, "{}")).status());
    assertEquals(202, RawHttp.exchange(port, post("/two", JSON, "{}")).status());
    assertEquals(404, send(post("/one", JSON, "{}")).status());
    await(one.stop());
    assertEquals(404, RawHttp.exchange(port, post("/one", JSON, "{}")).status());
    await(two.stop());
    assertThrows(ConnectException.class, () -> RawHttp.exchange(port, post("/two", JSON, "{}")));
  }

  private static TriggerConfig.Webhook at(String path, int port) {
    return new TriggerConfig.Webhook(
        "hook", path, "127.0.0.1", port, List.of(), "generic", null, true, List.of());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void namesThePortThatIsTaken() {
    int port = fixture.port();
    // Within one Vert.x the two would share the port.
    Vertx other = Vertx.vertx();
    WebhookIngress stranger = new WebhookIngress(
        other,
        fixture.timers,
        Ids.random(fixture.timers),
        new WebhookIngress.Settings(new HostPort("127.0.0.1", port), SMALL, 1, Set.of()));
    RuntimeFault taken = assertThrows(RuntimeFault.class, () -> await(stranger.bind()));
    assertEquals(ErrorCode.START_FAILED, taken.code());
    assertTrue(
        taken.failure().message().startsWith("cannot listen on 127.0.0.1:" + port),
        taken.failure().message());
    await(other.close());
  }

  @Test
  void neverSharesThePortOfTheControlApi() {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> fixture.open("agent", at("/hook", IngressFixture.CONTROL.port()), new ListSink()));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().contains("127.0.0.1:9100"), fault.failure().message());
  }

  @Test
  void hearsAllowedSourcesOnly() throws IOException {
    TriggerConfig.Webhook far = new TriggerConfig.Webhook(
        "hook", "/far", null, 0, List.of(), "generic", null, true, List.of("10.0.0.0/8", "::1"));
    TriggerConfig.Webhook near = new TriggerConfig.Webhook(
        "hook", "/near", null, 0, List.of(), "generic", null, true, List.of("127.0.0.0/8"));
    fixture.open("far", far, new ListSink());
    fixture.open("near", near, new ListSink());
    serve();
    Reply reply = send(post("/far", JSON + "|x-forwarded-for: 10.0.0.1", "not json"));
    assertEquals(403, reply.status());
    assertTrue(reply.body().contains("\"FORBIDDEN_SOURCE\""), reply.body());
    assertEquals(202, send(post("/near", JSON, "{}")).status());
  }

  @Test
  void refusesAWebhookThatCannotBeServed() {
    TriggerDeps deps = fixture.deps("agent");
    TriggerDeps noWeb = new TriggerDeps(
        deps.process(),
        deps.context(),
        deps.timers(),
        deps.ids(),
        deps.secrets(),
        null,
        deps.bus());
    assertConfigError(noWeb, webhook("/hook", null, "generic"), "needs a runtime with web");
    TriggerConfig.Webhook naked = new TriggerConfig.Webhook(
        "hook", "/hook", "0.0.0.0", 9999, List.of(), "generic", null, false, List.of());
    assertConfigError(deps, naked, "expected=hmac_secret, or auth: none");
    TriggerDeps.Web everywhere =
        new TriggerDeps.Web(fixture.ingress, new HostPort("0.0.0.0", 9090));
    TriggerDeps offLoopback = new TriggerDeps(
        deps.process(),
        deps.context(),
        deps.timers(),
        deps.ids(),
        deps.secrets(),
        everywhere,
        deps.bus());
    TriggerConfig.Webhook unsaid = new TriggerConfig.Webhook(
        "hook", "/hook", null, 0, List.of(), "generic", null, false, List.of());
    assertConfigError(offLoopback, unsaid, "takes anything from anyone on \"0.0.0.0\"");
    assertConfigError(deps, webhook("/hook", "", "generic"), "is empty");
  }

  private static void assertConfigError(TriggerDeps deps, TriggerConfig config, String what) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> Triggers.create(config, deps));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().contains(what), fault.failure().message());
  }

  @Test
  void aHundredCopiesOfOneDeliveryAreOneEvent() throws Exception {
    ListSink sink = fixture.open("/hook", null, "generic");
    serve();
    List<Thread> threads = new ArrayList<>();
    List<String> bodies = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 10; i++) {
      Thread thread = new Thread(() -> {
        try (RawHttp http = new RawHttp(fixture.port())) {
          for (int n = 0; n < 10; n++) {
            bodies.add(
                http.send(post("/hook", "webhook-id: same", "{}")).reply().body());
          }
        } catch (IOException e) {
          bodies.add(Objects.toString(e));
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(1, sink.events().size());
    String id = sink.events().get(0).id();
    assertEquals(100, bodies.size());
    assertEquals(1, bodies.stream().filter(body -> !body.contains("duplicate")).count());
    assertTrue(bodies.stream().allMatch(body -> body.contains(id)), bodies.toString());
  }
}
