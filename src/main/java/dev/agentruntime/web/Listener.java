package dev.agentruntime.web;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.http.Listening;
import dev.agentruntime.http.OpenConnections;
import dev.agentruntime.trigger.WebhookRoutes;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One bound host and port with its paths. Safe on every thread, but for {@link #retain} and {@link
 * #release}, which are called under the key of the map that holds it.
 */
final class Listener {

  /** A path, whose it is, and who answers. */
  record Registered(String owner, WebhookRoutes.Handler handler) {}

  private static final int LINE_BYTES_MAX = 8 << 10;
  private static final int DRAIN_SECONDS = 10;

  private final HostPort address;
  private final int eventLoops;
  private final WebhookIngress.Shared shared;
  private final ConcurrentHashMap<String, Registered> paths = new ConcurrentHashMap<>();
  private final Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean binding = new AtomicBoolean();
  private final Promise<String> deployed = Promise.promise();
  private final OpenConnections connections;
  private int users;

  Listener(HostPort address, int eventLoops, WebhookIngress.Shared shared) {
    this.address = address;
    this.eventLoops = eventLoops;
    this.shared = shared;
    this.connections = new OpenConnections(shared.limits());
  }

  void retain() {
    users++;
  }

  /** Whether nobody uses it any more. */
  boolean release() {
    return --users == 0;
  }

  /** Binds once; every caller gets the one outcome. */
  Future<Void> bind() {
    if (binding.compareAndSet(false, true)) {
      shared
          .vertx()
          .deployVerticle(Loop::new, new DeploymentOptions().setInstances(eventLoops))
          .recover(e -> Future.failedFuture(new RuntimeFault(
              ErrorCode.START_FAILED,
              "cannot listen on " + address + ", expected=a free port of this machine, actual="
                  + e.getMessage(),
              e)))
          .onComplete(deployed);
    }
    return deployed.future().mapEmpty();
  }

  int port() {
    HttpServer server = servers.peek();
    if (server == null) {
      throw new IllegalStateException("not bound");
    }
    return server.actualPort();
  }

  /** Opens a path; null, or the owner who has it already. */
  @Nullable
  String add(String path, String owner, WebhookRoutes.Handler handler) {
    Registered other = paths.putIfAbsent(path, new Registered(owner, handler));
    return other == null ? null : other.owner();
  }

  void remove(String path, WebhookRoutes.Handler handler) {
    paths.computeIfPresent(path, (key, known) -> known.handler() == handler ? null : known);
  }

  /** Ends listening; what is in flight is answered first. */
  Future<Void> close() {
    return deployed.future().compose(id -> shared.vertx().undeploy(id)).otherwiseEmpty();
  }

  /** One event loop that accepts. */
  private final class Loop extends VerticleBase {

    private final ConnectionLimits limits =
        new ConnectionLimits(shared.timers(), shared.limits(), connections);
    private @Nullable HttpServer server;

    @Override
    public Future<?> start() {
      HttpServer created =
          vertx.createHttpServer(Listening.options(shared.limits(), LINE_BYTES_MAX));
      RequestReader reader = new RequestReader(shared, paths, limits);
      server = created;
      limits.start();
      return created
          .connectionHandler(limits::opened)
          .invalidRequestHandler(request -> reader.malformed(
              request, Listening.unreadable(request, shared.limits(), LINE_BYTES_MAX)))
          .requestHandler(reader::read)
          .listen(address.port(), address.host())
          .onSuccess(servers::add);
    }

    @Override
    public Future<?> stop() {
      limits.stop();
      return server == null
          ? Future.succeededFuture()
          : server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
    }
  }
}
