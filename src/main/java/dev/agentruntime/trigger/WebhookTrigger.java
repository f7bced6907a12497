package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Fires for each request on its path. Requests are read and checked on the listener's thread, so
 * that the process's context sees only what is worth its time.
 *
 * <pre>
 * 202 {"status":"accepted","event_id":"..."}   durable
 *     "duplicate":true                         known already; the id is that of the first copy
 *     "durable":false                          the process journals in memory only
 * 503 + Retry-After                            full, closed, draining: come again
 * 409                                          the process is stopped or failed
 * 422 KEY_REUSED                               the same delivery id with another body
 * </pre>
 *
 * Owned by: the process's context, but for {@link #handle}, which runs on the listener's thread and
 * touches final fields only.
 */
final class WebhookTrigger implements Trigger {

  private static final System.Logger LOG = System.getLogger(WebhookTrigger.class.getName());

  private final TriggerConfig.Webhook config;
  private final WebhookReader reader;
  private final TriggerDeps deps;
  private final WebhookRoutes routes;
  private @Nullable TriggerSink sink;
  private WebhookRoutes.@Nullable Route route;

  WebhookTrigger(
      TriggerConfig.Webhook config, WebhookReader reader, TriggerDeps deps, WebhookRoutes routes) {
    this.config = config;
    this.reader = reader;
    this.deps = deps;
    this.routes = routes;
  }

  @Override
  public String id() {
    return config.id();
  }

  @Override
  public String type() {
    return config.type();
  }

  @Override
  public Future<Void> start(TriggerSink sink) {
    this.sink = sink;
    Promise<Void> started = Promise.promise();
    routes
        .open(config.host(), config.port(), config.path(), deps.process().value(), this::handle)
        .onComplete(opened -> deps.context().execute(() -> {
          if (opened.failed()) {
            this.sink = null;
            started.fail(opened.cause());
          } else if (this.sink == null) {
            // Stopped while the listener was being opened.
            opened.result().close().onComplete(started);
          } else {
            route = opened.result();
            started.complete();
          }
        }));
    return started.future();
  }

  @Override
  public Future<Void> stop() {
    sink = null;
    WebhookRoutes.Route open = route;
    route = null;
    return open == null ? Future.succeededFuture() : open.close();
  }

  /** One request; never fails. */
  private Future<WebhookRoutes.Answer> handle(WebhookRoutes.Request request) {
    TriggerEvent event;
    try {
      event = reader.read(request, deps.timers().now());
    } catch (RuntimeException refused) {
      return Future.succeededFuture(refused(refused));
    }
    Promise<WebhookRoutes.Answer> answered = Promise.promise();
    deps.context().execute(() -> offer(event, answered));
    return answered.future();
  }

  private void offer(TriggerEvent event, Promise<WebhookRoutes.Answer> answered) {
    if (sink == null) {
      answered.complete(WebhookRoutes.Answer.of(
          new Failure(ErrorCode.DRAINING, "the webhook is closing, expected=a later retry")));
      return;
    }
    sink.offer(event)
        .onComplete(accepted -> answered.complete(
            accepted.succeeded() ? accepted(accepted.result()) : refused(accepted.cause())));
  }

  private static WebhookRoutes.Answer accepted(TriggerSink.Accepted accepted) {
    if (accepted.ignored()) {
      String why = accepted.outcome() == TriggerSink.Outcome.SKIPPED ? "busy" : "filtered";
      String ignored = "{\"status\":\"ignored\",\"reason\":\"" + why + "\"}";
      return new WebhookRoutes.Answer(
          200, Json.trusted(ignored.getBytes(StandardCharsets.UTF_8)), 0);
    }
    String body = "{\"status\":\"accepted\",\"event_id\":" + quoted(accepted.eventId())
        + (accepted.duplicate() ? ",\"duplicate\":true" : "")
        + (accepted.durable() ? "}" : ",\"durable\":false}");
    return new WebhookRoutes.Answer(202, Json.trusted(body.getBytes(StandardCharsets.UTF_8)), 0);
  }

  /** An id in quotes; ids are ULIDs, but nobody checked those of a forwarded request. */
  private static String quoted(String id) {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c < '-' || c > 'z' || c == '\\') {
        return Json.quote(id);
      }
    }
    return '"' + id + '"';
  }

  private static WebhookRoutes.Answer refused(Throwable cause) {
    Failure failure = Failure.of(cause);
    if (failure.code() == ErrorCode.INTERNAL) {
      LOG.log(System.Logger.Level.ERROR, "a webhook event was not taken", cause);
    }
    return WebhookRoutes.Answer.of(failure);
  }
}
