package dev.agentruntime.web;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.trigger.ListSink;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.Triggers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A real ingress on a free port of loopback, with processes that keep what they are offered. */
final class IngressFixture implements AutoCloseable {

  static final String SECRET = "It's a Secret to Everybody";

  static final HttpLimits SMALL =
      new HttpLimits(1024, 4096, Duration.ofSeconds(4), Duration.ofSeconds(1), 20);

  static final HostPort CONTROL = new HostPort("127.0.0.1", 9100);

  final Vertx vertx = Vertx.vertx();
  final Timers timers = new VertxTimers(vertx);
  final WebhookIngress ingress;

  IngressFixture(HttpLimits limits) {
    ingress = new WebhookIngress(
        vertx,
        timers,
        Ids.random(timers),
        new WebhookIngress.Settings(new HostPort("127.0.0.1", 0), limits, 1, Set.of(CONTROL)));
    await(ingress.bind());
  }

  static IngressFixture serving(HttpLimits limits) {
    IngressFixture fixture = new IngressFixture(limits);
    await(fixture.ingress.serve());
    return fixture;
  }

  int port() {
    return ingress.port();
  }

  TriggerDeps deps(String process) {
    Context context = vertx.getOrCreateContext();
    return new TriggerDeps(
        new ProcessName(process),
        task -> context.runOnContext(now -> task.run()),
        timers,
        Ids.random(timers),
        SecretRef::value,
        new TriggerDeps.Web(ingress, new HostPort("127.0.0.1", 0)),
        new Subscriptions());
  }

  static TriggerConfig.Webhook webhook(String path, @Nullable String secret, String scheme) {
    SecretRef ref = secret == null ? null : new SecretRef(SecretRef.Kind.LITERAL, secret);
    return new TriggerConfig.Webhook(
        "hook",
        path,
        null,
        0,
        ref == null ? List.of() : List.of(ref),
        scheme,
        null,
        secret == null,
        List.of());
  }

  /** Starts a webhook of a process; the sink is what the process would be. */
  @CanIgnoreReturnValue
  Trigger open(String process, TriggerConfig.Webhook config, TriggerSink sink) {
    Trigger trigger = Triggers.create(config, deps(process));
    await(trigger.start(sink));
    return trigger;
  }

  @CanIgnoreReturnValue
  ListSink open(String path, @Nullable String secret, String scheme) {
    ListSink sink = new ListSink();
    open("agent", webhook(path, secret, scheme), sink);
    return sink;
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static String post(String path, String headers, String body) {
    return "POST " + path + " HTTP/1.1\r\nhost: localhost\r\n"
        + (headers.isEmpty() ? "" : headers.replace("|", "\r\n") + "\r\n")
        + "content-length: " + body.length() + "\r\n\r\n" + body;
  }

  @Override
  public void close() {
    await(ingress.stop());
    await(vertx.close());
  }
}
