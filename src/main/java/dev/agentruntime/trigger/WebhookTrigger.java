package dev.agentruntime.trigger;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.TriggerEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fires for each request on its path. Requests are read and checked on the listener's thread, so
 * that the process's context sees only what is worth its time. What it answers is drawn in {@link
 * WebhookAnswers}.
 *
 * <p>Owned by: the process's context, but for {@link #handle}, which runs on the listener's thread
 * and touches final fields only.
 */
final class WebhookTrigger implements Trigger {

  private static final System.Logger LOG = System.getLogger(WebhookTrigger.class.getName());

  private static final Future<TriggerSink.Settled> NOBODY_WAITS =
      Future.succeededFuture(TriggerSink.Settled.UNKNOWN);

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
    WebhookReader.Reading reading;
    try {
      reading = reader.read(request, deps.timers().now());
    } catch (RuntimeException refused) {
      return Future.succeededFuture(refused(refused));
    }
    TriggerEvent event = reading.event();
    if (event == null) {
      return Future.succeededFuture(Objects.requireNonNull(reading.answer()));
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
    TriggerSink offered = sink;
    Duration limit = config.policy().sync();
    Future<TriggerSink.Accepted> accepting = offered.offer(event);
    // Asked in the same breath: a run inside the JVM may have ended before its event is durable.
    Future<TriggerSink.Settled> end =
        limit.isZero() ? NOBODY_WAITS : offered.settled(event.id(), limit);
    accepting
        .compose(accepted -> answer(accepted, end, offered))
        .onComplete(
            done -> answered.complete(done.succeeded() ? done.result() : refused(done.cause())));
  }

  private Future<WebhookRoutes.Answer> answer(
      TriggerSink.Accepted accepted, Future<TriggerSink.Settled> end, TriggerSink offered) {
    Duration limit = config.policy().sync();
    if (limit.isZero()) {
      return Future.succeededFuture(WebhookAnswers.accepted(accepted));
    }
    return switch (accepted.outcome()) {
      case ACCEPTED -> end.map(settled -> WebhookAnswers.settled(accepted, settled));
      case DUPLICATE ->
        offered
            .settled(accepted.eventId(), limit)
            .map(settled -> WebhookAnswers.settled(accepted, settled));
      case SKIPPED, FILTERED -> Future.succeededFuture(WebhookAnswers.accepted(accepted));
    };
  }

  private static WebhookRoutes.Answer refused(Throwable cause) {
    Failure failure = Failure.of(cause);
    if (failure.code() == ErrorCode.INTERNAL) {
      LOG.log(System.Logger.Level.ERROR, "a webhook event was not taken", cause);
    }
    return WebhookRoutes.Answer.of(failure);
  }
}
