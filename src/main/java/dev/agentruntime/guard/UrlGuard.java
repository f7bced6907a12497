package dev.agentruntime.guard;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps URLs that a manifest or an agent names away from what is not public: this machine, private
 * and link-local networks, metadata services, and addresses that lead to those by translation. What
 * a name stands for is looked up once by the caller, checked by {@link #admit}, and that very
 * address is connected to, so that a second answer of a name server changes nothing. Immutable;
 * safe on every thread.
 *
 * <p>An operator opens more with a list of {@code HOST}, {@code HOST:PORT}, {@code ADDRESS},
 * {@code ADDRESS:PORT}, {@code BLOCK} or {@code BLOCK:PORT} (an IPv6 address before a port stands
 * in brackets); without a port all its ports are open. A host that is on the list may lie in a
 * private network, but not on a link-local or metadata address: those are opened by address only.
 */
public final class UrlGuard {

  /** Opens nothing beside public addresses. */
  public static final UrlGuard STRICT = new UrlGuard(List.of());

  /** Ports that need no entry. */
  private static final Set<Integer> PORTS = Set.of(80, 443);

  private static final int URL_CHARS_MAX = 8_000;

  private static final Pattern HOST = Pattern.compile(
      "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");

  /** A last label that browsers and resolvers read as a number: 127.1, 0x7f000001, 017700000001. */
  private static final Pattern NUMERIC_END = Pattern.compile("(.*\\.)?([0-9]+|0x[0-9a-f]*)");

  /** IANA special-purpose blocks that are not public (RFC 6890), and one metadata address. */
  private static final List<CidrBlock> CLOSED_V4 = blocks(
      "0.0.0.0/8",
      "10.0.0.0/8",
      "100.64.0.0/10",
      "127.0.0.0/8",
      "172.16.0.0/12",
      "192.0.0.0/24",
      "192.0.2.0/24",
      "192.88.99.0/24",
      "192.168.0.0/16",
      "198.18.0.0/15",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "224.0.0.0/4",
      "240.0.0.0/4");

  /**
   * Within global unicast 2000::/3 what is not: protocol assignments with Teredo, documentation,
   * 6to4. All outside it is closed: ::1, fc00::/7, fe80::/10, ff00::/8, NAT64 64:ff9b::/96.
   */
  private static final List<CidrBlock> CLOSED_V6 =
      blocks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

  private static final CidrBlock GLOBAL_V6 = CidrBlock.parse("2000::/3");

  /** Where clouds keep credentials, and ways around; a name on the list does not open them. */
  private static final List<CidrBlock> METADATA = blocks(
      "169.254.0.0/16",
      "fe80::/10",
      "168.63.129.16",
      "100.100.100.200",
      "192.0.0.192",
      "fd00:ec2::254",
      "fd20:ce::254",
      "64:ff9b::/96",
      "64:ff9b:1::/48",
      "2002::/16");

  private final List<Opened> opened;

  private UrlGuard(List<Opened> opened) {
    this.opened = List.copyOf(opened);
  }

  /** An entry of the list: a block or a host, and a port, 0 = all. */
  private record Opened(@Nullable CidrBlock block, String host, int port) {

    boolean port(int wanted) {
      return port == 0 || port == wanted;
    }

    boolean opens(IpAddress address, int wanted) {
      return port(wanted) && block != null && block.contains(address);
    }

    boolean opens(String name, int wanted) {
      return port(wanted) && block == null && host.equals(name);
    }
  }

  /**
   * A guard.
   *
   * @param allow what is open beside public addresses
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} naming the entry
   */
  public static UrlGuard of(List<String> allow) {
    return allow.isEmpty()
        ? STRICT
        : new UrlGuard(allow.stream().map(UrlGuard::opened).toList());
  }

  private static Opened opened(String entry) {
    String text = entry.toLowerCase(Locale.ROOT);
    String place = text;
    int port = 0;
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    if (bracketed ? text.startsWith("]:", colon - 1) : colon == text.indexOf(':') && colon > 0) {
      place = text.substring(0, colon);
      port = port(entry, text.substring(colon + 1));
    }
    if (bracketed) {
      if (!place.endsWith("]")) {
        throw bad(entry);
      }
      place = place.substring(1, place.length() - 1);
    }
    if (place.indexOf('/') >= 0
        || place.indexOf(':') >= 0
        || NUMERIC_END.matcher(place).matches()) {
      try {
        return new Opened(CidrBlock.parse(place), "", port);
      } catch (RuntimeFault notABlock) {
        throw bad(entry);
      }
    }
    if (!HOST.matcher(place).matches() || place.length() > 253) {
      throw bad(entry);
    }
    return new Opened(null, place, port);
  }

  private static int port(String entry, String digits) {
    int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
    if (port < 1 || port > 65_535) {
      throw bad(entry);
    }
    return port;
  }

  private static RuntimeFault bad(String entry) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "expected HOST, an IP address or a block as 10.0.0.0/8, each with :PORT or without, actual "
            + Json.quote(entry));
  }

  /**
   * A URL that passed the first check.
   *
   * @param ssl whether the scheme is https
   * @param host lower case; an IPv6 address without brackets
   * @param port 1..65535
   * @param address the host when it is an address, else null: its name must be looked up
   * @param uri path and query, as sent
   */
  public record Target(
      boolean ssl, String host, int port, @Nullable IpAddress address, String uri) {

    /** As in a {@code Host} header, without the port. */
    public String shownHost() {
      return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }
  }

  /**
   * Checks what a URL says: its form, scheme, port and, when the host is an address, that address.
   *
   * @throws RuntimeFault {@link ErrorCode#FORBIDDEN} with what is wrong; nothing was looked up
   */
  public Target check(String url) {
    URI uri = parsed(url);
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    boolean ssl = scheme.equals("https");
    if (!ssl && !scheme.equals("http")) {
      throw refused(url, "expected http or https");
    }
    if (uri.getRawUserInfo() != null || String.valueOf(uri.getRawAuthority()).contains("@")) {
      throw refused(url, "expected no user before the host");
    }
    if (uri.getHost() == null) {
      throw refused(url, "expected a host of letters, digits, '-' and '.'");
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    IpAddress address = null;
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
      address = host.indexOf('%') >= 0 ? null : IpAddress.parse(host);
      if (address == null) {
        throw refused(url, "expected an IPv6 address in the brackets, without a zone");
      }
    } else if (NUMERIC_END.matcher(host).matches()) {
      address = IpAddress.parse(host);
      if (address == null) {
        throw refused(url, "expected an IPv4 address as four decimal numbers");
      }
    } else if (!HOST.matcher(host).matches() || host.length() > 253) {
      throw refused(url, "expected a host of letters, digits, '-' and '.'");
    }
    int port = uri.getPort() < 0 ? (ssl ? 443 : 80) : uri.getPort();
    if (port < 1 || port > 65_535) {
      throw refused(url, "expected a port from 1 to 65535");
    }
    Target target = new Target(ssl, host, port, address, requestUri(uri));
    if (!PORTS.contains(port) && !opensPort(host, address, port)) {
      throw refused(url, "port " + port + " is not open" + MEND);
    }
    if (address != null) {
      admit(target, address);
    }
    return target;
  }

  private static final String MEND = "; an operator may open it under outbound.allow";

  private static String requestUri(URI uri) {
    String path = uri.getRawPath();
    String query = uri.getRawQuery();
    return (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
  }

  private static URI parsed(String url) {
    if (url.length() > URL_CHARS_MAX) {
      throw new RuntimeFault(
          ErrorCode.FORBIDDEN,
          "URL, expected<=" + URL_CHARS_MAX + " characters, actual=" + url.length());
    }
    for (int i = 0; i < url.length(); i++) {
      char c = url.charAt(i);
      // What readers of URLs disagree about is not sent to any of them.
      if (c <= ' ' || c >= 127 || c == '\\') {
        throw refused(url, "expected printable ASCII without spaces and backslashes");
      }
    }
    try {
      URI uri = new URI(url);
      if (uri.getRawFragment() != null) {
        throw refused(url, "expected no '#'");
      }
      return uri;
    } catch (URISyntaxException e) {
      throw refused(url, "expected a URL as in RFC 3986");
    }
  }

  /**
   * A name on the list opens its port whatever it stands for; a port opened for addresses is known
   * to be open only when the name was looked up.
   */
  private boolean opensPort(String host, @Nullable IpAddress address, int port) {
    return opened.stream()
        .anyMatch(entry -> entry.opens(host, port)
            || (address == null
                ? entry.block() != null && entry.port(port)
                : entry.opens(address, port)));
  }

  /**
   * Checks what a name stands for.
   *
   * @param address one answer of the look-up; each must be admitted, and one of them connected to
   * @throws RuntimeFault {@link ErrorCode#FORBIDDEN} when it is not public and not on the list
   */
  public void admit(Target target, IpAddress address) {
    boolean byAddress = opened.stream().anyMatch(entry -> entry.opens(address, target.port()));
    boolean byName = opened.stream().anyMatch(entry -> entry.opens(target.host(), target.port()));
    if (byAddress || (byName && METADATA.stream().noneMatch(block -> block.contains(address)))) {
      return;
    }
    if (!isPublic(address)) {
      throw new RuntimeFault(
          ErrorCode.FORBIDDEN,
          "host " + Json.quote(target.host()) + " leads to " + address
              + ", which is not a public address" + MEND);
    }
    if (!PORTS.contains(target.port()) && !byName) {
      throw new RuntimeFault(
          ErrorCode.FORBIDDEN,
          "port " + target.port() + " of " + Json.quote(target.host()) + " is not open" + MEND);
    }
  }

  /** Whether an operator named this host, or the address it leads to, in the list. */
  public boolean isListed(Target target, IpAddress address) {
    return opened.stream()
        .anyMatch(entry ->
            entry.opens(address, target.port()) || entry.opens(target.host(), target.port()));
  }

  static boolean isPublic(IpAddress address) {
    boolean v4 = address.bytes().length == 4;
    List<CidrBlock> closed = v4 ? CLOSED_V4 : CLOSED_V6;
    return (v4 || GLOBAL_V6.contains(address))
        && Stream.concat(closed.stream(), METADATA.stream())
            .noneMatch(block -> block.contains(address));
  }

  private static List<CidrBlock> blocks(String... texts) {
    List<CidrBlock> blocks = new ArrayList<>();
    for (String text : texts) {
      blocks.add(CidrBlock.parse(text));
    }
    return blocks;
  }

  private static RuntimeFault refused(String url, String why) {
    String shown = url.length() <= 200 ? url : url.substring(0, 200) + "...";
    int at = shown.indexOf('@');
    // What stands before an '@' may be a password.
    String safe = at < 0 ? shown : "..." + shown.substring(at);
    return new RuntimeFault(ErrorCode.FORBIDDEN, "URL " + Json.quote(safe) + " is refused, " + why);
  }
}
