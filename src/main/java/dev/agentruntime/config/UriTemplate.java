package dev.agentruntime.config;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL with holes (RFC 6570): <code>{name}</code> anywhere behind the host, and of the higher
 * levels <code>{+name}</code> in the path, which keeps its slashes, and at the end <code>{?a,b}
 * </code> or <code>{&amp;a,b}</code>, which leaves out what is not given. What is filled in is
 * percent-encoded, so it can add no query, and no path segment but by <code>{+name}</code>; scheme,
 * host and port have no holes. Immutable.
 */
public final class UriTemplate {

  private static final Pattern HOLE = Pattern.compile("\\{([+?&]?)([A-Za-z0-9_,]*)}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
  private static final Pattern FIXED =
      Pattern.compile("https?://[^/?#{}]+", Pattern.CASE_INSENSITIVE);
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  private final String text;
  private final List<Part> parts;
  private final Map<String, Boolean> names = new LinkedHashMap<>();

  /** A text, or a hole with its operator. */
  private record Part(String text, char operator, List<String> names) {}

  private UriTemplate(String text) {
    this.text = text;
    this.parts = parse(text);
    for (Part part : parts) {
      part.names().forEach(name -> names.merge(name, isNeeded(part), Boolean::logicalOr));
    }
  }

  /**
   * Reads a template.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with what was expected
   */
  public static UriTemplate parse(String text, String key) {
    try {
      return new UriTemplate(text);
    } catch (RuntimeFault fault) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          key + ": " + fault.failure().message() + ", actual " + Json.quote(text));
    }
  }

  private static boolean isNeeded(Part part) {
    return part.operator() == ' ' || part.operator() == '+';
  }

  private static List<Part> parse(String text) {
    Matcher fixed = FIXED.matcher(text);
    if (!fixed.lookingAt()) {
      throw bad("expected http:// or https:// and a host without holes");
    }
    if (fixed.end() < text.length() && text.charAt(fixed.end()) != '/') {
      throw bad("expected '/' behind the host");
    }
    int query = text.indexOf('?', fixed.end());
    List<Part> parts = new ArrayList<>();
    Matcher hole = HOLE.matcher(text);
    int end = 0;
    while (hole.find()) {
      parts.add(literal(text.substring(end, hole.start())));
      String operator = hole.group(1);
      List<String> names = List.of(hole.group(2).split(",", -1));
      boolean inQuery = query >= 0 && query < hole.start();
      check(operator, names, inQuery, hole.end() == text.length());
      parts.add(new Part("", operator.isEmpty() ? ' ' : operator.charAt(0), names));
      end = hole.end();
    }
    parts.add(literal(text.substring(end)));
    return Collections.unmodifiableList(parts);
  }

  private static Part literal(String text) {
    if (text.indexOf('{') >= 0 || text.indexOf('}') >= 0) {
      throw bad("expected {name}, {+name}, {?a,b} or {&a,b} for each brace");
    }
    if (text.indexOf('#') >= 0) {
      throw bad("expected no '#'");
    }
    return new Part(text, '"', List.of());
  }

  private static void check(String operator, List<String> names, boolean inQuery, boolean atEnd) {
    for (String name : names) {
      if (!NAME.matcher(name).matches()) {
        throw bad("expected a name of letters, digits and '_' in each hole");
      }
    }
    boolean several = operator.equals("?") || operator.equals("&");
    if (!several && names.size() > 1) {
      throw bad("expected one name in {...}");
    }
    if (operator.equals("+") && inQuery) {
      throw bad("expected {+name} in the path only");
    }
    if (several && !atEnd) {
      throw bad("expected {?...} and {&...} at the end only");
    }
    if (several && operator.equals("?") == inQuery) {
      throw bad(inQuery ? "expected {&...} behind a '?'" : "expected {?...}, there is no '?'");
    }
  }

  /** The names in the holes. */
  public Set<String> names() {
    return Collections.unmodifiableSet(new LinkedHashSet<>(names.keySet()));
  }

  /** The URL with its holes left out, for a check of scheme, host and port. */
  public String skeleton() {
    StringBuilder out = new StringBuilder();
    parts.forEach(part -> out.append(isNeeded(part) ? "x" : part.text()));
    return out.toString();
  }

  /**
   * The URL.
   *
   * @param values text, numbers and booleans as they are; lists only in <code>{?a}</code>, once for
   *     each item
   * @throws RuntimeFault {@link ErrorCode#INVALID_REQUEST} naming the argument that is missing, or
   *     that would make another path of it
   */
  public String expand(Map<String, ? extends @Nullable Object> values) {
    StringBuilder out = new StringBuilder();
    char next = 0;
    for (Part part : parts) {
      if (part.operator() == '"') {
        out.append(part.text());
      } else if (isNeeded(part)) {
        String name = part.names().get(0);
        boolean inPath = out.indexOf("?") < 0;
        out.append(needed(name, values.get(name), part.operator() == '+', inPath));
      } else {
        next = part.operator();
        for (String name : part.names()) {
          Object value = values.get(name);
          List<?> items =
              value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
          for (Object item : items) {
            out.append(next).append(name).append('=').append(encode(plain(name, item), false));
            next = '&';
          }
        }
      }
    }
    checkSegments(out);
    return out.toString();
  }

  private static String needed(String name, @Nullable Object value, boolean slashes, boolean path) {
    if (value == null) {
      throw wrong(name, "a value, the URL needs it", "none");
    }
    String plain = plain(name, value);
    if (plain.isEmpty() && path) {
      throw wrong(name, "a text that is not empty, it is part of a path", "\"\"");
    }
    return encode(plain, slashes);
  }

  private static String plain(String name, @Nullable Object value) {
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    throw wrong(name, "text, a number or true or false in a URL", "another JSON value");
  }

  /** Servers and proxies take dot segments away, and with them what stands before. */
  private static void checkSegments(StringBuilder url) {
    int query = url.indexOf("?");
    String path = query < 0 ? url.toString() : url.substring(0, query);
    String[] segments = path.split("/", -1);
    for (int i = 3; i < segments.length; i++) {
      String segment = segments[i].toLowerCase(Locale.ROOT).replace("%2e", ".");
      boolean last = i == segments.length - 1;
      if (segment.equals(".") || segment.equals("..") || (segment.isEmpty() && !last)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST,
            "the URL's path would have a segment " + Json.quote(segment)
                + ", expected arguments that add no '.', '..' or empty segment");
      }
    }
  }

  private static String encode(String value, boolean slashes) {
    StringBuilder out = new StringBuilder();
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (UNRESERVED.indexOf(c) >= 0 || (slashes && c == '/')) {
        out.append(c);
      } else {
        out.append('%').append(HEX.toHexDigits(b));
      }
    }
    return out.toString();
  }

  private static RuntimeFault bad(String expected) {
    return new RuntimeFault(ErrorCode.INVALID_CONFIG, expected);
  }

  private static RuntimeFault wrong(String name, String expected, String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        "argument " + Json.quote(name) + ", expected=" + expected + ", actual=" + actual);
  }

  @Override
  public String toString() {
    return text;
  }
}
