package dev.agentruntime.load;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to load, how hard and for how long. Every value is checked here.
 *
 * @param target the webhook
 * @param pace when requests are sent
 * @param bodyBytes length of each body, 100..1,048,576
 * @param secret signs each body as GitHub does; null = no signature
 * @param duration how long requests are sent, 10 ms..1 h
 * @param countMax requests at most, 1..100,000,000
 */
public record LoadPlan(
    Target target,
    Pace pace,
    int bodyBytes,
    @Nullable String secret,
    Duration duration,
    long countMax) {

  /** More requests than any run needs: the bound when none is asked for. */
  public static final long COUNT_MAX = 100_000_000;

  /** How many connections an open model may use; beyond it a request waits, and its wait counts. */
  static final int OPEN_CONNECTIONS = 256;

  /** Checks the ranges; fails with {@code INVALID_REQUEST}. */
  public LoadPlan {
    check(bodyBytes >= 100 && bodyBytes <= 1 << 20, "size", "100..1048576", bodyBytes);
    check(
        duration.toMillis() >= 10 && duration.compareTo(Duration.ofHours(1)) <= 0,
        "duration",
        "10ms..1h",
        duration);
    check(countMax >= 1 && countMax <= COUNT_MAX, "count", "1.." + COUNT_MAX, countMax);
    check(secret == null || !secret.isEmpty(), "secret", "not empty", "\"\"");
  }

  /** The same load, sent for another time. */
  public LoadPlan lasting(Duration other) {
    return new LoadPlan(target, pace, bodyBytes, secret, other, countMax);
  }

  private static void check(boolean holds, String what, String expected, Object actual) {
    if (!holds) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, what + ", expected=" + expected + ", actual=" + actual);
    }
  }

  /**
   * A webhook, reached by plain HTTP.
   *
   * @param path begins with {@code /}, query included
   */
  public record Target(String host, int port, String path) {

    /** Reads {@code http://HOST[:PORT][/PATH]}; fails with {@code INVALID_REQUEST}. */
    public static Target of(String url) {
      URI uri = parse(url);
      String host = uri.getHost();
      if (!"http".equalsIgnoreCase(uri.getScheme()) || host == null || uri.getUserInfo() != null) {
        throw notAUrl(url);
      }
      String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      return new Target(host, uri.getPort() < 0 ? 80 : uri.getPort(), path + query);
    }

    private static URI parse(String url) {
      try {
        return new URI(url);
      } catch (URISyntaxException e) {
        throw notAUrl(url);
      }
    }

    private static RuntimeFault notAUrl(String url) {
      return new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "url, expected=http://HOST:PORT/PATH, actual=" + url);
    }

    @Override
    public String toString() {
      return "http://" + host + ":" + port + path;
    }
  }

  /** When requests are sent. */
  public sealed interface Pace {

    /** How many connections are held open. */
    int connections();

    /** As one reads it. */
    String text();
  }

  /**
   * Closed model: each connection sends its next request when the last was answered. It finds the
   * ceiling; its latencies flatter a server that stalls.
   *
   * @param connections 1..4,096
   */
  public record Closed(int connections) implements Pace {
    /** Checks the range. */
    public Closed {
      check(connections >= 1 && connections <= 4_096, "connections", "1..4096", connections);
    }

    @Override
    public String text() {
      return "closed, " + connections + (connections == 1 ? " connection" : " connections");
    }
  }

  /**
   * Open model: requests are owed at a constant rate whether or not the server keeps up, and each
   * latency counts from the moment its request was owed.
   *
   * @param perSecond 1..1,000,000
   */
  public record Open(int perSecond) implements Pace {
    /** Checks the range. */
    public Open {
      check(perSecond >= 1 && perSecond <= 1_000_000, "rate", "1..1000000", perSecond);
    }

    @Override
    public int connections() {
      return OPEN_CONNECTIONS;
    }

    @Override
    public String text() {
      return "open, " + perSecond + " a second";
    }
  }

  /**
   * Which request is owed when: values only, all times in nanoseconds since the start of the load.
   * Owned by: the event loop of one load run.
   */
  static final class Schedule {

    /** No request is owed now. */
    static final long NONE = -1;

    private static final double NANOS_PER_SECOND = 1e9;

    private final Pace pace;
    private final long endNanos;
    private final long countMax;
    private long taken;

    Schedule(LoadPlan plan) {
      this.pace = plan.pace();
      this.endNanos = plan.duration().toNanos();
      this.countMax = plan.countMax();
    }

    /**
     * Takes the next request if it is owed by now.
     *
     * @return when it was to be sent, never later than {@code now}, or {@link #NONE}
     */
    long take(long now) {
      if (ended(now)) {
        return NONE;
      }
      long intended = intended(now);
      if (intended > now) {
        return NONE;
      }
      taken++;
      return intended;
    }

    /** Whether nothing will be owed any more; what an open model is behind with still is. */
    boolean ended(long now) {
      return taken >= countMax || intended(now) >= endNanos;
    }

    private long intended(long now) {
      return pace instanceof Open open
          ? (long) (taken * (NANOS_PER_SECOND / open.perSecond()))
          : now;
    }
  }
}
