package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.net.BindException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds ports for the listeners of one node. On loopback in a cluster a taken port gives way to the
 * next one; everywhere else it is refused by name. Safe on every thread.
 */
final class PortSteps {

  /** How many ports after the first are tried. */
  public static final int STEPS_MAX = 100;

  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

  private final boolean cluster;

  // Vert.x lets two servers of one instance share a port in turns, so the system never objects to
  // our own second listener: we have to.
  private final Set<Integer> ours = ConcurrentHashMap.newKeySet();

  /**
   * For one node.
   *
   * @param cluster whether ports may step up
   */
  public PortSteps(boolean cluster) {
    this.cluster = cluster;
  }

  /**
   * Binds a listener.
   *
   * @param wanted where it should listen; port 0 = any free one
   * @param listen binds the port it is given, each time with a new server; fails with a {@link
   *     BindException}, itself or as a cause, when that port is taken
   * @return what {@code listen} made; a failure {@link ErrorCode#START_FAILED} names the address
   */
  public <T> Future<T> bind(HostPort wanted, IntFunction<Future<T>> listen) {
    if (wanted.port() == 0) {
      return listen.apply(0);
    }
    int last = Math.min(65_535, wanted.port() + (steps(wanted.host()) ? STEPS_MAX : 0));
    return bind(wanted, wanted.port(), last, listen);
  }

  /** Forgets a port whose listener is closed. */
  public void release(int port) {
    ours.remove(port);
  }

  private boolean steps(String host) {
    return cluster && LOOPBACK.contains(host);
  }

  private <T> Future<T> bind(HostPort wanted, int port, int last, IntFunction<Future<T>> listen) {
    if (!ours.add(port)) {
      return next(wanted, port, last, listen, null);
    }
    return listen.apply(port).recover(cause -> {
      ours.remove(port);
      if (isTaken(cause)) {
        return next(wanted, port, last, listen, cause);
      }
      return Future.failedFuture(cause);
    });
  }

  private <T> Future<T> next(
      HostPort wanted,
      int port,
      int last,
      IntFunction<Future<T>> listen,
      @Nullable Throwable cause) {
    if (port < last) {
      return bind(wanted, port + 1, last, listen);
    }
    if (last == wanted.port() && cause instanceof RuntimeFault) {
      // Only one port was tried, and the listener says best what is wrong with it.
      return Future.failedFuture(cause);
    }
    String expected =
        last == wanted.port() ? "a free port" : "a free port from " + wanted.port() + " to " + last;
    String why = cause == null ? "this node listens there already" : String.valueOf(cause);
    return Future.failedFuture(new RuntimeFault(
        ErrorCode.START_FAILED,
        "cannot listen on " + wanted + ", expected=" + expected + ", actual=" + why));
  }

  private static boolean isTaken(Throwable cause) {
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (at instanceof BindException) {
        return true;
      }
    }
    return false;
  }
}
