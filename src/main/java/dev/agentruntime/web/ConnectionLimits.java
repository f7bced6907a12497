package dev.agentruntime.web;

import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.http.OpenConnections;
import dev.agentruntime.time.Timers;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the connections of one event loop in number and time. A sweep takes the place of a timer
 * per request: a body may take up to a tenth longer than the limit says, and a connection that
 * drips header bytes ends like a silent one.
 *
 * <p>Owned by: the event loop it was started on.
 */
final class ConnectionLimits {

  private final Timers timers;
  private final HttpLimits limits;
  private final OpenConnections open;
  private final Map<HttpConnection, Long> quietSince = new HashMap<>();
  private final Set<BodyRead> reading = new HashSet<>();
  private Timers.@Nullable Armed sweep;

  /**
   * Limits.
   *
   * @param open the connections of the whole listener
   */
  ConnectionLimits(Timers timers, HttpLimits limits, OpenConnections open) {
    this.timers = timers;
    this.limits = limits;
    this.open = open;
  }

  void start() {
    long shorter =
        Math.min(limits.bodyTimeout().toMillis(), limits.idleTimeout().toMillis());
    sweep = timers.every(Duration.ofMillis(Math.max(1, shorter / 10)), this::sweep);
  }

  void stop() {
    if (sweep != null) {
      sweep.cancel();
    }
  }

  /** A new connection; one too many is closed at once. */
  void opened(HttpConnection connection) {
    quietSince.put(connection, timers.nanos());
    open.opened(connection, () -> quietSince.remove(connection));
  }

  /** A request's head has arrived: the connection is busy. */
  void began(HttpConnection connection) {
    quietSince.remove(connection);
  }

  /** The request was answered: the connection is quiet again, if it is still there. */
  void ended(HttpConnection connection) {
    quietSince.put(connection, timers.nanos());
  }

  void reading(BodyRead body) {
    reading.add(body);
  }

  void read(BodyRead body) {
    reading.remove(body);
  }

  private void sweep() {
    long now = timers.nanos();
    long idle = limits.idleTimeout().toNanos();
    for (Map.Entry<HttpConnection, Long> entry : List.copyOf(quietSince.entrySet())) {
      if (now - entry.getValue() > idle) {
        quietSince.remove(entry.getKey());
        entry.getKey().close();
      }
    }
    long late = limits.bodyTimeout().toNanos();
    for (BodyRead body : List.copyOf(reading)) {
      if (now - body.since() > late) {
        body.late();
      }
    }
  }
}
