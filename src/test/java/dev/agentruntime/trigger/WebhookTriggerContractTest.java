package dev.agentruntime.trigger;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Whoever posts is told by the answer; one who finds nobody knows that too. */
final class WebhookTriggerContractTest extends TriggerContract {

  private static final TriggerConfig CONFIG = new TriggerConfig.Webhook(
      "hook", "/hook", null, 0, List.of(), "generic", null, false, List.of());

  @Override
  protected Source source() {
    return new Sender();
  }

  private static final class Sender implements Source {

    private final ManualTimers timers = new ManualTimers(Instant.parse("2026-03-01T09:00:00Z"));
    private final Ids ids = Ids.seeded(timers, new Random(1));
    private final Queue<Runnable> context = new ArrayDeque<>();
    private final Map<Integer, Future<WebhookRoutes.Answer>> answers = new HashMap<>();
    private WebhookRoutes.@Nullable Handler handler;
    private boolean broken;

    private Future<WebhookRoutes.Route> open(WebhookRoutes.Handler served) {
      if (broken) {
        return Future.failedFuture(new RuntimeFault(ErrorCode.INVALID_CONFIG, "taken"));
      }
      handler = served;
      return Future.succeededFuture(() -> {
        handler = null;
        return Future.succeededFuture();
      });
    }

    @Override
    public Trigger trigger() {
      WebhookRoutes routes = (host, port, path, owner, served) -> open(served);
      return Triggers.create(
          CONFIG,
          new TriggerDeps(
              new ProcessName("agent"),
              context::add,
              timers,
              ids,
              String::valueOf,
              new TriggerDeps.Web(routes, new HostPort("127.0.0.1", 0)),
              new Subscriptions()));
    }

    @Override
    public void fire(int firing) {
      WebhookRoutes.Handler open = handler;
      answers.put(
          firing,
          open == null
              ? Future.failedFuture("nobody listens")
              : open.handle(new WebhookRoutes.Request(
                  ids.next(),
                  "POST",
                  "/hook",
                  "",
                  Map.of("webhook-id", List.of("delivery-" + firing)),
                  "127.0.0.1",
                  Integer.toString(firing).getBytes(StandardCharsets.UTF_8))));
    }

    @Override
    public boolean fireAgain(int firing) {
      fire(firing);
      return true;
    }

    @Override
    public int firing(TriggerEvent event) {
      return Integer.parseInt(event.payload().toString());
    }

    @Override
    public boolean isAcknowledged(int firing) {
      Future<WebhookRoutes.Answer> answer = answers.get(firing);
      return answer != null && answer.succeeded() && answer.result().status() < 300;
    }

    @Override
    public boolean isRefused(int firing) {
      Future<WebhookRoutes.Answer> answer = answers.get(firing);
      return answer != null
          && (answer.failed() || (answer.succeeded() && answer.result().status() >= 400));
    }

    @Override
    public void pass() {
      for (Runnable next = context.poll(); next != null; next = context.poll()) {
        next.run();
      }
      timers.advance(Duration.ofSeconds(1));
    }

    @Override
    public int held() {
      return (handler == null ? 0 : 1) + timers.pending();
    }

    @Override
    public boolean breakStart() {
      broken = true;
      return true;
    }

    @Override
    public void mendStart() {
      broken = false;
    }
  }
}
