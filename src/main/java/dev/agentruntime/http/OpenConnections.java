package dev.agentruntime.http;

import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The open connections of one listener, all together and by the address they come from. Safe on
 * every thread: the event loops of a listener share it.
 */
public final class OpenConnections {

  private static final Logger LOG = System.getLogger(OpenConnections.class.getName());

  private final HttpLimits limits;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<String, Integer> byAddress = new ConcurrentHashMap<>();

  public OpenConnections(HttpLimits limits) {
    this.limits = limits;
  }

  /**
   * A new connection, on its event loop; one too many is closed at once.
   *
   * @param closed what else happens when it ends
   */
  public void opened(HttpConnection connection, Runnable closed) {
    SocketAddress remote = connection.remoteAddress();
    String address = remote == null ? "" : remote.hostAddress();
    int all = open.incrementAndGet();
    int its = byAddress.merge(address, 1, Integer::sum);
    connection.closeHandler(end -> {
      open.decrementAndGet();
      byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
      closed.run();
    });
    int most = limits.connectionsPerAddress();
    if (all > limits.connectionsMax() || (most > 0 && its > most)) {
      connection.close().onFailure(cause -> LOG.log(Level.DEBUG, "a connection too many", cause));
    } else {
      FoldGuard.guard(connection);
    }
  }
}
