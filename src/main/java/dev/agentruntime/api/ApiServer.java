package dev.agentruntime.api;

import dev.agentruntime.access.AccessControl;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.http.HostCheck;
import dev.agentruntime.http.Listening;
import dev.agentruntime.http.OpenConnections;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.RuntimePart;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The control API of a node. Its port is taken by {@link #bind}; until {@link #start}
 * every request is answered with 503. Safe on every thread: requests are answered on the event loop
 * that took the port, the state they see is behind one atomic reference.
 */
public final class ApiServer implements RuntimePart {

  /** Longest request line; longer ones are answered with 414. */
  static final int REQUEST_LINE_BYTES_MAX = 4_096;

  private static final Logger LOG = System.getLogger(ApiServer.class.getName());
  private static final long SHUTDOWN_SECONDS = 2;

  private final Vertx vertx;
  private final HostPort wanted;
  private final HttpLimits limits;
  private final Timers timers;
  private final AccessControl access;
  private final AtomicReference<Serving> serving = new AtomicReference<>(Serving.NOT_YET);
  private final AtomicReference<@Nullable HttpServer> server = new AtomicReference<>();
  private final OpenConnections connections;

  /**
   * What the server answers for.
   *
   * @param runtime null before the start
   * @param draining whether changes are refused
   */
  record Serving(@Nullable AgentRuntime runtime, boolean draining) {
    static final Serving NOT_YET = new Serving(null, false);
  }

  /**
   * Describes a server.
   *
   * @param wanted where to listen, port 0 = any free one
   * @param tokens what lets callers in, null = none; without one only loopback can be bound, and
   *     not where the limits say that everybody needs one
   */
  public ApiServer(Vertx vertx, HostPort wanted, HttpLimits limits, @Nullable TokenFile tokens) {
    this(vertx, wanted, limits, tokens, HostCheck.isLoopback(wanted.host()));
  }

  /** For tests, which listen on loopback only: as if others could reach it. */
  ApiServer(
      Vertx vertx,
      HostPort wanted,
      HttpLimits limits,
      @Nullable TokenFile tokens,
      boolean loopback) {
    this.vertx = vertx;
    this.wanted = wanted;
    this.limits = limits;
    this.timers = new VertxTimers(vertx);
    this.connections = new OpenConnections(limits);
    boolean open = loopback && !limits.requireToken();
    this.access = new AccessControl(vertx, tokens, open, timers, limits.callerRate());
    access.refusals().to(this::note);
  }

  /** The port really taken; throws IllegalStateException before {@link #bind} succeeded. */
  public int port() {
    HttpServer bound = server.get();
    if (bound == null) {
      throw new IllegalStateException("the control API is not bound");
    }
    return bound.actualPort();
  }

  /** {@code http}, or {@code https} with TLS. */
  public String scheme() {
    return limits.scheme();
  }

  /**
   * What its operator should know of where it listens, null = nothing: tokens that travel as they
   * are can be read on the way.
   */
  public @Nullable String notice() {
    return HostCheck.isLoopback(wanted.host()) || limits.tls() != null
        ? null
        : "the control API on " + address() + " can be reached from other machines and is not"
            + " encrypted, so tokens can be read on the way, expected=tls.cert and tls.key in the"
            + " settings, or a proxy with TLS before it that alone can reach it";
  }

  /** The address really taken. */
  public HostPort address() {
    return new HostPort(wanted.host(), port());
  }

  @Override
  public Future<Void> bind() {
    if (server.get() != null) {
      return Future.succeededFuture();
    }
    AtomicReference<@Nullable HostCheck> hosts = new AtomicReference<>();
    ApiRouter router = new ApiRouter(vertx, serving::get, access, limits, timers);
    return access
        .start()
        .compose(open -> vertx.executeBlocking(
            () -> {
              Listening.check(limits);
              return true;
            },
            false))
        .compose(ready -> vertx
            .createHttpServer(Listening.options(limits, REQUEST_LINE_BYTES_MAX))
            .connectionHandler(connection -> connections.opened(connection, () -> {}))
            .invalidRequestHandler(request -> router.malformed(
                request, Listening.unreadable(request, limits, REQUEST_LINE_BYTES_MAX)))
            .requestHandler(request -> router.handle(request, hosts.get()))
            .listen(wanted.port(), HostCheck.unbracketed(wanted.host())))
        .recover(cause -> Future.failedFuture(explain(cause)))
        .map(bound -> {
          server.set(bound);
          hosts.set(HostCheck.of(address(), scheme()));
          return null;
        });
  }

  @Override
  public Future<Void> start(AgentRuntime runtime) {
    serving.set(new Serving(runtime, false));
    return Future.succeededFuture();
  }

  /** Journals a refusal, while there is a node that can; nobody waits for it. */
  private void note(OperatorAction refusal) {
    LOG.log(
        Level.INFO,
        "refused: {0} at {1}: {2}, answered {3}{4}, request {5}",
        refusal.who(),
        refusal.from(),
        refusal.action(),
        refusal.status(),
        refusal.more() > 0 ? ", " + refusal.more() + " more within a minute" : "",
        refusal.request());
    Serving now = Objects.requireNonNull(serving.get());
    AgentRuntime runtime = now.runtime();
    if (runtime != null && !now.draining()) {
      runtime
          .audit(refusal)
          .onFailure(cause -> LOG.log(Level.WARNING, "a refusal was not journaled", cause));
    }
  }

  @Override
  public void drain() {
    access.refusals().flush();
    serving.updateAndGet(now -> new Serving(now.runtime(), true));
  }

  @Override
  public Future<Void> stop() {
    drain();
    access.stop();
    HttpServer bound = server.getAndSet(null);
    return bound == null
        ? Future.succeededFuture()
        : bound.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
  }

  private RuntimeFault explain(Throwable cause) {
    if (cause instanceof RuntimeFault fault) {
      return fault;
    }
    if (!(cause instanceof BindException) && limits.tls() != null) {
      return new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "tls.cert and tls.key cannot be used (" + cause.getMessage() + "), expected=PEM files, a"
              + " certificate and its private key in PKCS #8",
          cause);
    }
    String why = cause instanceof BindException ? "is not free" : "cannot be taken";
    return new RuntimeFault(
        ErrorCode.START_FAILED,
        "control address " + wanted + " " + why + " (" + cause.getMessage() + "), expected=a free"
            + " port; name another with --control HOST:PORT",
        cause);
  }
}
