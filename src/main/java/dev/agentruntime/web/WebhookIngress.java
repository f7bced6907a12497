package dev.agentruntime.web;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.RuntimePart;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.WebhookRoutes;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Where webhooks arrive: one listener per host and port, shared by all processes. Beside the open
 * paths it serves {@code GET /health} and nothing else; no control route is ever reachable here.
 *
 * <p>The node's own listener is bound by {@link #bind} and lives as long as this part; others are
 * bound with their first path and closed with their last. Until {@link #start} and after {@link
 * #drain} every request is answered 503.
 *
 * <p>Safe on every thread: listeners and paths are in concurrent maps, since a node may open tens
 * of thousands of paths, each from its own process; reading one takes no lock.
 */
public final class WebhookIngress implements WebhookRoutes, RuntimePart {

  /**
   * How to listen.
   *
   * @param address the node's own listener; port 0 = any free one
   * @param limits what a request may take
   * @param eventLoops event loops that share a listener, at least 1; a listener on any free port
   *     has one
   * @param reserved addresses of other servers of this Vert.x, such as the control API; Vert.x
   *     would share the port between them and a listener, so none is ever opened there
   */
  public record Settings(
      HostPort address, HttpLimits limits, int eventLoops, Set<HostPort> reserved) {
    /** Keeps an unmodifiable copy. */
    public Settings {
      reserved = Set.copyOf(reserved);
    }
  }

  /** What every listener shares. */
  record Shared(
      Vertx vertx,
      Timers timers,
      Ids ids,
      HttpLimits limits,
      AtomicReference<@Nullable Failure> closed) {}

  private static final Failure STARTING =
      new Failure(ErrorCode.STARTING, "the node is starting", Duration.ofSeconds(1));
  private static final Failure DRAINING =
      new Failure(ErrorCode.DRAINING, "the node is shutting down", Duration.ofSeconds(5));

  private final Settings settings;
  private final Shared shared;
  private final Context context;
  private final ConcurrentHashMap<HostPort, Listener> listeners = new ConcurrentHashMap<>();

  /**
   * An ingress; listens to nothing yet.
   *
   * <p>Must not be made on the context of a verticle: its listeners would end with it.
   */
  public WebhookIngress(Vertx vertx, Timers timers, Ids ids, Settings settings) {
    this.settings = settings;
    this.context = vertx.getOrCreateContext();
    this.shared =
        new Shared(vertx, timers, ids, settings.limits(), new AtomicReference<>(STARTING));
  }

  /** Binds the node's own listener; fails with {@code START_FAILED} when the port is taken. */
  @Override
  public Future<Void> bind() {
    return listeners.containsKey(settings.address())
        ? Future.succeededFuture()
        : retain(settings.address()).mapEmpty();
  }

  @Override
  public Future<Void> start(AgentRuntime runtime) {
    return serve();
  }

  /** Begins to hand requests to the open paths. */
  Future<Void> serve() {
    shared.closed.set(null);
    return Future.succeededFuture();
  }

  @Override
  public void drain() {
    shared.closed.set(DRAINING);
  }

  /** Ends all listeners; a request in flight is answered first, for at most 10 s. */
  @Override
  public Future<Void> stop() {
    drain();
    List<Future<Void>> closing =
        List.copyOf(listeners.values()).stream().map(Listener::close).toList();
    listeners.clear();
    return Future.join(closing).mapEmpty();
  }

  /**
   * The port the node's own listener took.
   *
   * @throws IllegalStateException before {@link #bind} succeeded
   */
  public int port() {
    Listener listener = listeners.get(settings.address());
    if (listener == null) {
      throw new IllegalStateException("not bound");
    }
    return listener.port();
  }

  @Override
  public Future<Route> open(
      @Nullable String host, int port, String path, String owner, Handler handler) {
    HostPort own = settings.address();
    HostPort address =
        host == null && port == 0 ? own : new HostPort(host == null ? own.host() : host, port);
    return retain(address).compose(listener -> {
      String other = listener.add(path, owner, handler);
      if (other == null) {
        return Future.succeededFuture(() -> {
          listener.remove(path, handler);
          return release(address);
        });
      }
      Future<Route> taken = Future.failedFuture(new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "webhook path " + Json.quote(path) + " on " + address + " of " + owner
              + " is taken, expected=a path of its own, actual=it belongs to " + other));
      return release(address).transform(released -> taken);
    });
  }

  /** The listener at an address, bound, with one user more. */
  private Future<Listener> retain(HostPort address) {
    if (address.port() != 0 && settings.reserved().contains(address)) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "webhooks cannot arrive on " + address + ", expected=another port, actual=it belongs to"
              + " the control API"));
    }
    Listener listener = listeners.compute(address, (key, known) -> {
      Listener open = known == null
          ? new Listener(address, key.port() == 0 ? 1 : settings.eventLoops(), shared)
          : known;
      open.retain();
      return open;
    });
    Promise<Listener> bound = Promise.promise();
    // On our own context: a listener must not belong to the process that opens its first path.
    context.runOnContext(now -> listener
        .bind()
        .onSuccess(ready -> bound.complete(listener))
        .onFailure(e -> release(address).onComplete(released -> bound.fail(e))));
    return bound.future();
  }

  private Future<Void> release(HostPort address) {
    Listener[] last = new Listener[1];
    listeners.computeIfPresent(address, (key, listener) -> {
      if (listener.release()) {
        last[0] = listener;
        return null;
      }
      return listener;
    });
    return last[0] == null ? Future.succeededFuture() : last[0].close();
  }
}
