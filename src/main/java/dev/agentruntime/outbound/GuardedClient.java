package dev.agentruntime.outbound;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.IpAddress;
import dev.agentruntime.guard.UrlGuard;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Sends requests whose URL is not our own. The name is looked up once, every address it stands for
 * must be admitted, and the connection goes to the one that was checked; redirects are not
 * followed. Safe on every thread; futures complete on the caller's context.
 */
public final class GuardedClient {

  private static final int CONNECTIONS_PER_HOST_MAX = 64;
  private static final int WAITING_MAX = 1_000;

  private final HttpClient client;
  private final UrlGuard guard;
  private final Names names;
  private final Timers timers;

  /** A client with connections of its own. */
  public GuardedClient(Vertx vertx, Timers timers, UrlGuard guard, Names names) {
    this.timers = timers;
    this.guard = guard;
    this.names = names;
    // TLS as Vert.x has it by default: the JDK's authorities, the host's name verified.
    this.client = vertx
        .httpClientBuilder()
        .with(new HttpClientOptions().setConnectTimeout(10_000).setKeepAliveTimeout(30))
        .with(new PoolOptions()
            .setHttp1MaxSize(CONNECTIONS_PER_HOST_MAX)
            .setMaxWaitQueueSize(WAITING_MAX))
        .build();
  }

  /**
   * A request.
   *
   * @param url as written; checked here
   * @param headers as sent
   * @param body empty for none
   * @param secret whether it carries a secret, which goes over https or to a listed host only
   */
  public record Request(
      String method, String url, Map<String, String> headers, byte[] body, boolean secret) {}

  /**
   * How much is waited for and read.
   *
   * @param bytesMax longest body
   * @param timeout for the whole answer, from the look-up of the name on
   */
  public record Limits(int bytesMax, Duration timeout) {}

  /**
   * Sends it.
   *
   * @param cancel ends it early
   * @return the answer, whatever its status; fails with {@link Unsent} when nothing was sent, and
   *     with a {@link RuntimeFault} when nobody knows what became of it
   */
  public Future<Exchange.Answer> send(Request request, Limits limits, CancelSignal cancel) {
    UrlGuard.Target target;
    try {
      target = guard.check(request.url());
    } catch (RuntimeFault refused) {
      return Future.failedFuture(new Unsent(refused));
    }
    Exchange exchange = new Exchange(limits, timers);
    cancel.onCancel(
        () -> exchange.abort(new RuntimeFault(ErrorCode.CANCELLED, "nobody waits for the answer")));
    addresses(target)
        .map(found -> admitted(target, found, request))
        .onSuccess(
            address -> exchange.open(client.request(options(request, target, address)), request))
        .onFailure(exchange::unsent);
    return exchange.answer();
  }

  private Future<List<IpAddress>> addresses(UrlGuard.Target target) {
    IpAddress literal = target.address();
    return literal == null
        ? names.resolve(target.host())
        : Future.succeededFuture(List.of(literal));
  }

  private IpAddress admitted(UrlGuard.Target target, List<IpAddress> found, Request request) {
    if (found.isEmpty()) {
      throw new RuntimeFault(ErrorCode.UNREACHABLE, "host " + target.host() + " has no address");
    }
    found.forEach(address -> guard.admit(target, address));
    IpAddress first = found.get(0);
    if (request.secret() && !target.ssl() && !guard.isListed(target, first)) {
      throw new RuntimeFault(
          ErrorCode.FORBIDDEN,
          "a secret is not sent in the clear to " + target.host()
              + ", expected https, or the host under outbound.allow");
    }
    return first;
  }

  private static RequestOptions options(
      Request request, UrlGuard.Target target, IpAddress address) {
    RequestOptions options = new RequestOptions()
        .setMethod(HttpMethod.valueOf(request.method()))
        .setServer(SocketAddress.inetSocketAddress(target.port(), address.toString()))
        .setHost(target.shownHost())
        .setPort(target.port())
        .setSsl(target.ssl())
        .setURI(target.uri())
        .setFollowRedirects(false);
    request.headers().forEach(options::putHeader);
    return options;
  }

  /** Closes the connections. */
  public Future<Void> close() {
    return client.close();
  }
}
