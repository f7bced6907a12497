package dev.agentruntime.trigger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Hmac;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The order of things between listener and process, one step at a time. */
class WebhookTriggerTest {

  private static final TriggerConfig.Webhook CONFIG = new TriggerConfig.Webhook(
      "hook",
      "/hook",
      null,
      0,
      List.of(new SecretRef(SecretRef.Kind.ENV, "SECRET")),
      "generic",
      "x-sig",
      false,
      List.of());

  private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);
  private static final String GOOD = "sha256="
      + HexFormat.of()
          .formatHex(new Hmac("s3cret of SECRET".getBytes(StandardCharsets.UTF_8)).of(BODY));

  private final ManualTimers timers = new ManualTimers(Instant.parse("2026-03-01T00:00:00Z"));
  private final Queue<Runnable> context = new ArrayDeque<>();
  private final List<String> open = new ArrayList<>();
  private final ListSink sink = new ListSink();
  private WebhookRoutes.@Nullable Handler handler;
  private boolean taken;

  private final WebhookRoutes routes = (host, port, path, owner, served) -> {
    if (taken) {
      return Future.failedFuture(new RuntimeFault(ErrorCode.INVALID_CONFIG, "taken"));
    }
    handler = served;
    open.add(owner + path);
    return Future.succeededFuture(() -> {
      open.remove(owner + path);
      return Future.succeededFuture();
    });
  };

  private Trigger trigger() {
    return Triggers.create(
        CONFIG,
        new TriggerDeps(
            new ProcessName("agent"),
            context::add,
            timers,
            Ids.seeded(timers, new Random(1)),
            ref -> "s3cret of " + ref.value(),
            new TriggerDeps.Web(routes, new HostPort("127.0.0.1", 0)),
            new Subscriptions()));
  }

  private void runContext() {
    for (Runnable next = context.poll(); next != null; next = context.poll()) {
      next.run();
    }
  }

  private Future<WebhookRoutes.Answer> post(String signature) {
    return Objects.requireNonNull(handler)
        .handle(new WebhookRoutes.Request(
            "01ID", "POST", "/hook", "", Map.of("x-sig", List.of(signature)), "127.0.0.1", BODY));
  }

  @Test
  void touchesTheProcessOnItsContextOnly() {
    Future<Void> started = trigger().start(sink);
    assertFalse(started.isComplete());
    runContext();
    assertTrue(started.succeeded());
    Future<WebhookRoutes.Answer> answer = post(GOOD);
    assertEquals(0, sink.offers());
    assertFalse(answer.isComplete());
    runContext();
    assertEquals(202, answer.result().status());
    assertEquals("01ID", sink.events().get(0).id());
  }

  @Test
  void aBadSignatureNeverReachesTheProcess() {
    assertFalse(trigger().start(sink).isComplete());
    runContext();
    assertEquals(401, post("sha256=00").result().status());
    assertTrue(context.isEmpty());
  }

  @Test
  void answersOnlyWhenTheSinkDid() {
    sink.hold();
    assertFalse(trigger().start(sink).isComplete());
    runContext();
    Future<WebhookRoutes.Answer> answer = post(GOOD);
    runContext();
    assertEquals(1, sink.offers());
    assertFalse(answer.isComplete());
    sink.letGo();
    assertEquals(202, answer.result().status());
  }

  @Test
  void offersNothingAfterItsStop() {
    Trigger trigger = trigger();
    assertFalse(trigger.start(sink).isComplete());
    runContext();
    Future<WebhookRoutes.Answer> late = post(GOOD);
    assertTrue(trigger.stop().succeeded());
    runContext();
    assertEquals(503, late.result().status());
    assertEquals(0, sink.offers());
    assertEquals(List.of(), open);
  }

  @Test
  void closesAPathThatOpensAfterTheStop() {
    Trigger trigger = trigger();
    Future<Void> started = trigger.start(sink);
    assertTrue(trigger.stop().succeeded());
    assertEquals(List.of("agent/hook"), open);
    runContext();
    assertTrue(started.isComplete());
    assertEquals(List.of(), open);
  }

  @Test
  void failsToStartWhenThePathIsTaken() {
    taken = true;
    Trigger trigger = trigger();
    Future<Void> started = trigger.start(sink);
    runContext();
    assertTrue(started.failed());
    assertTrue(trigger.stop().succeeded());
  }
}
