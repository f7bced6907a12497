package dev.agentruntime.http;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Keeps web pages away from a listener on loopback: a page that was rebound to 127.0.0.1 by DNS
 * sends its own name as {@code Host}, and a page that posts across sites sends its own {@code
 * Origin}. Immutable; safe on every thread.
 */
public final class HostCheck {

  private static final Pattern LOOPBACK_V4 =
      Pattern.compile("127\\.(?:\\d{1,3})\\.(?:\\d{1,3})\\.(?:\\d{1,3})");

  private final Set<String> authorities = new TreeSet<>();
  private final Set<String> origins = new TreeSet<>();
  private final String scheme;
  private final boolean anyHost;

  /**
   * Allows the names of loopback and the bound one.
   *
   * @param bound with the port really taken, not 0
   * @param scheme {@code http} or {@code https}
   */
  public HostCheck(HostPort bound, String scheme) {
    this.scheme = scheme;
    this.anyHost = false;
    for (String host : List.of("127.0.0.1", "localhost", "[::1]", bracketed(bound.host()))) {
      allow(host.toLowerCase(Locale.ROOT), bound.port());
    }
  }

  /**
   * The check for a listener that others can reach by names we do not know: each request has one
   * Host, and pages may only ask the host they came from. Their requests carry a token.
   */
  private HostCheck() {
    this.scheme = "";
    this.anyHost = true;
  }

  /** Checks for what is bound: strict on loopback, where no token is asked for. */
  public static HostCheck of(HostPort bound, String scheme) {
    return isLoopback(bound.host()) ? new HostCheck(bound, scheme) : new HostCheck();
  }

  private void allow(String host, int port) {
    authorities.add(host + ":" + port);
    origins.add(scheme + "://" + host + ":" + port);
    if (port == (scheme.equals("https") ? 443 : 80)) {
      authorities.add(host);
      origins.add(scheme + "://" + host);
    }
  }

  /**
   * Refuses a request that was not meant for us, or that a foreign page sent.
   *
   * @param hosts the values of all {@code Host} headers
   * @param sources the values of all {@code Origin} headers
   * @throws RuntimeFault INVALID_REQUEST, MISDIRECTED or FORBIDDEN_ORIGIN
   */
  public void check(List<String> hosts, List<String> sources) {
    if (hosts.size() != 1) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "Host header, expected=exactly one, actual=" + hosts.size());
    }
    String host = hosts.get(0).toLowerCase(Locale.ROOT);
    if (anyHost) {
      for (String source : sources) {
        if (!source.toLowerCase(Locale.ROOT).matches("https?://" + Pattern.quote(host))) {
          throw new RuntimeFault(
              ErrorCode.FORBIDDEN_ORIGIN,
              "requests from pages of " + Json.quote(source) + " are refused, expected=no Origin"
                  + " header, or that of the Host");
        }
      }
      return;
    }
    if (!authorities.contains(host)) {
      throw new RuntimeFault(
          ErrorCode.MISDIRECTED,
          "Host " + Json.quote(hosts.get(0)) + " is not served here, expected=one of "
              + authorities);
    }
    for (String source : sources) {
      if (!origins.contains(source.toLowerCase(Locale.ROOT))) {
        throw new RuntimeFault(
            ErrorCode.FORBIDDEN_ORIGIN,
            "requests from pages of " + Json.quote(source) + " are refused, expected=no Origin"
                + " header, or one of " + origins);
      }
    }
  }

  /** Whether a listener on {@code host} can be reached from this machine only. */
  public static boolean isLoopback(String host) {
    String bare = unbracketed(host);
    return bare.equalsIgnoreCase("localhost")
        || bare.equals("::1")
        || bare.equals("0:0:0:0:0:0:0:1")
        || LOOPBACK_V4.matcher(bare).matches();
  }

  /** {@code ::1} for {@code [::1]}; any other host as it is. */
  public static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static String bracketed(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }
}
