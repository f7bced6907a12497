package dev.agentruntime.yaml;

import dev.agentruntime.yaml.Node.Mapping;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Member;
import dev.agentruntime.yaml.Node.Scalar;
import dev.agentruntime.yaml.Node.Sequence;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A map of a manifest or of the settings, read key by key. Each getter reports what it cannot take
 * and then answers the default, so that all errors of a text come out at once.
 */
public final class Section {

  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB)");
  private static final Map<String, BigDecimal> SECONDS = Map.of(
      "ms", new BigDecimal("0.001"),
      "s", BigDecimal.ONE,
      "m", BigDecimal.valueOf(60),
      "h", BigDecimal.valueOf(3_600),
      "d", BigDecimal.valueOf(86_400));
  private static final Map<String, BigInteger> BYTES = Map.of(
      "B", BigInteger.ONE,
      "KiB", BigInteger.valueOf(1L << 10),
      "MiB", BigInteger.valueOf(1L << 20),
      "GiB", BigInteger.valueOf(1L << 30));

  private final Reading reading;
  private final Mark mark;
  private final Map<String, Member> members;

  public Section(Reading reading, Mark mark, Map<String, Member> members) {
    this.reading = reading;
    this.mark = mark;
    this.members = members;
  }

  /** The map {@code node}, or an empty one after an error. */
  public static Section of(Reading reading, String key, Node node) {
    if (node instanceof Mapping mapping) {
      return new Section(reading, mapping.mark(), mapping.members());
    }
    reading.error(node.mark(), wrong(key, "a map of keys and values", node));
    return new Section(reading, node.mark(), Map.of());
  }

  public Reading reading() {
    return reading;
  }

  public Mark mark() {
    return mark;
  }

  public Map<String, Member> members() {
    return members;
  }

  public boolean has(String key) {
    return members.containsKey(key);
  }

  @Nullable
  public Node node(String key) {
    Member member = members.get(key);
    return member == null ? null : member.value();
  }

  /** Where the key stands, or the section when it is absent. */
  public Mark markOf(String key) {
    Member member = members.get(key);
    return member == null ? mark : member.mark();
  }

  /** Where the value stands, or the section when it is absent. */
  public Mark markOfValue(String key) {
    Node node = node(key);
    return node == null ? mark : node.mark();
  }

  /** Refuses every key that is not among {@code known}. */
  public void only(Collection<String> known, Collection<String> unavailable) {
    members.forEach((key, member) -> {
      if (known.contains(key)) {
        return;
      }
      if (unavailable.contains(key)) {
        reading.error(member.mark(), "'" + key + "' is not available yet");
        return;
      }
      List<String> candidates = new ArrayList<>(known);
      String near = Reading.suggestion(key, candidates);
      if (!near.contains("did you mean")) {
        String later = Reading.suggestion(key, unavailable);
        near = later.contains("did you mean") ? later + " That is not available yet." : near;
      }
      reading.error(member.mark(), "unknown key '" + key + "'" + near);
    });
  }

  /** The section under {@code key}, an empty one when it is absent. */
  public Section section(String key) {
    Node node = node(key);
    return node == null ? new Section(reading, mark, Map.of()) : of(reading, key, node);
  }

  /** The items under {@code key}. */
  public List<Node> items(String key) {
    Node node = node(key);
    if (node == null) {
      return List.of();
    }
    if (node instanceof Sequence sequence) {
      return sequence.items();
    }
    reading.error(node.mark(), wrong(key, "a list", node));
    return List.of();
  }

  /** Text with its variables expanded, null when absent or wrong. */
  @Nullable
  public String text(String key) {
    Node node = node(key);
    return node == null ? null : text(key, node);
  }

  public String text(String key, String fallback) {
    String text = text(key);
    return text == null ? fallback : text;
  }

  @Nullable
  public String text(String key, Node node) {
    if (node instanceof Scalar scalar && scalar.value() instanceof String) {
      return reading.expand(scalar);
    }
    boolean quotable = node instanceof Scalar scalar && scalar.value() != null && mark.line() > 0;
    reading.error(
        node.mark(),
        key + ": expected text, actual " + node.kind() + (quotable ? ", quote it" : ""));
    return null;
  }

  /** Texts in a list; where the environment or a flag gives them, divided by commas. */
  public List<String> texts(String key) {
    if (reading.origin() == Reading.Origin.TEXT && node(key) instanceof Scalar scalar) {
      return Arrays.stream(scalar.text().split(",", -1))
          .map(String::strip)
          .filter(item -> !item.isEmpty())
          .toList();
    }
    List<String> texts = new ArrayList<>();
    for (Node item : items(key)) {
      String text = text(key, item);
      if (text != null) {
        texts.add(text);
      }
    }
    return texts;
  }

  /** One of {@code allowed}. */
  public String choice(String key, List<String> allowed, String fallback) {
    String text = text(key);
    if (text == null || allowed.contains(text)) {
      return text == null ? fallback : text;
    }
    reading.error(
        markOfValue(key),
        reading.comesLater(key, text)
            ? key + ": '" + text + "' is not available yet, expected " + or(allowed)
            : key + ": unknown value '" + text + "'" + Reading.suggestion(text, allowed));
    return fallback;
  }

  /** Takes a key that may only say what holds anyway. */
  public void accept(String key, String only) {
    String unused = choice(key, List.of(only), only);
  }

  public boolean flag(String key, boolean fallback) {
    Node node = node(key);
    if (node == null) {
      return fallback;
    }
    if (typed(node) instanceof Boolean flag) {
      return flag;
    }
    reading.error(node.mark(), wrong(key, "true or false", node));
    return fallback;
  }

  public int whole(String key, int min, int max, int fallback) {
    Node node = node(key);
    if (node == null) {
      return fallback;
    }
    BigInteger number = integer(typed(node));
    if (number != null && within(number, min, max)) {
      return number.intValueExact();
    }
    reading.error(node.mark(), wrong(key, "a whole number from " + min + " to " + max, node));
    return fallback;
  }

  /** A number with at most 9 decimals, null when there is none. */
  public @Nullable BigDecimal decimal(String key, BigDecimal min, BigDecimal max) {
    Node node = node(key);
    if (node == null) {
      return null;
    }
    BigDecimal number = decimal(typed(node));
    if (number != null
        && number.compareTo(min) >= 0
        && number.compareTo(max) <= 0
        && number.stripTrailingZeros().scale() <= 9) {
      return number;
    }
    String range = min.toPlainString() + " to " + max.toPlainString();
    reading.error(node.mark(), wrong(key, "a number from " + range, node));
    return null;
  }

  /** A number that need not be whole. */
  public double number(String key, long min, long max, double fallback) {
    Node node = node(key);
    if (node == null) {
      return fallback;
    }
    BigDecimal number = decimal(typed(node));
    if (number != null
        && number.compareTo(BigDecimal.valueOf(min)) >= 0
        && number.compareTo(BigDecimal.valueOf(max)) <= 0) {
      return number.doubleValue();
    }
    reading.error(node.mark(), wrong(key, "a number from " + min + " to " + max, node));
    return fallback;
  }

  /** Bytes: a number, or a text such as {@code 64MiB}. */
  public long bytes(String key, long min, long max, long fallback) {
    Node node = node(key);
    if (node == null) {
      return fallback;
    }
    Object value = typed(node);
    BigInteger bytes = integer(value);
    if (value instanceof String text) {
      Matcher matcher = SIZE.matcher(text);
      BigInteger unit = matcher.matches() ? BYTES.get(matcher.group(2)) : null;
      bytes = unit == null ? null : new BigInteger(matcher.group(1)).multiply(unit);
    }
    if (bytes != null && within(bytes, min, max)) {
      return bytes.longValueExact();
    }
    String expected = "bytes from " + size(min) + " to " + size(max)
        + " as a number or with a unit (B, KiB, MiB, GiB)";
    reading.error(node.mark(), wrong(key, expected, node));
    return fallback;
  }

  /** A duration: seconds as a number, or a text such as {@code 500ms}. */
  public Duration duration(String key, Duration min, Duration max, Duration fallback) {
    Node node = node(key);
    if (node == null) {
      return fallback;
    }
    Object value = typed(node);
    BigDecimal seconds = decimal(value);
    if (value instanceof String text) {
      Matcher matcher = DURATION.matcher(text);
      BigDecimal unit = matcher.matches() ? SECONDS.get(matcher.group(2)) : null;
      seconds = unit == null ? null : new BigDecimal(matcher.group(1)).multiply(unit);
    }
    if (seconds != null
        && seconds.compareTo(seconds(min)) >= 0
        && seconds.compareTo(seconds(max)) <= 0
        && seconds.stripTrailingZeros().scale() <= 3) {
      return Duration.ofMillis(seconds.movePointRight(3).longValueExact());
    }
    String expected = "a duration from " + shown(min) + " to " + shown(max)
        + ", in seconds or with a unit (ms, s, m, h, d)";
    reading.error(node.mark(), wrong(key, expected, node));
    return fallback;
  }

  /** The value; a text that was a variable, a flag or of the environment is read as its content. */
  private @Nullable Object typed(Node node) {
    if (!(node instanceof Scalar scalar)) {
      return null;
    }
    if (scalar.value() instanceof String text) {
      boolean variable = text.contains("${");
      String expanded = reading.expand(scalar);
      return variable || reading.origin() == Reading.Origin.TEXT
          ? YamlDocument.value(expanded)
          : expanded;
    }
    return scalar.value();
  }

  private static @Nullable BigInteger integer(@Nullable Object value) {
    if (value instanceof Long number) {
      return BigInteger.valueOf(number);
    }
    return value instanceof BigInteger number ? number : null;
  }

  private static @Nullable BigDecimal decimal(@Nullable Object value) {
    BigInteger integer = integer(value);
    if (integer != null) {
      return new BigDecimal(integer);
    }
    return value instanceof BigDecimal number ? number : null;
  }

  private static boolean within(BigInteger number, long min, long max) {
    return number.compareTo(BigInteger.valueOf(min)) >= 0
        && number.compareTo(BigInteger.valueOf(max)) <= 0;
  }

  public static BigDecimal seconds(Duration duration) {
    BigDecimal seconds = BigDecimal.valueOf(duration.toMillis(), 3).stripTrailingZeros();
    return seconds.scale() < 0 ? seconds.setScale(0) : seconds;
  }

  static String wrong(String key, String expected, Node actual) {
    return key + ": expected " + expected + ", actual " + actual.kind();
  }

  public static String or(List<String> words) {
    int last = words.size() - 1;
    return last == 0
        ? words.get(0)
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  /** A duration with the largest unit that fits. */
  public static String shown(Duration duration) {
    long ms = duration.toMillis();
    Map<String, Long> units = new LinkedHashMap<>();
    units.put("d", 86_400_000L);
    units.put("h", 3_600_000L);
    units.put("m", 60_000L);
    units.put("s", 1_000L);
    for (Map.Entry<String, Long> unit : units.entrySet()) {
      if (ms > 0 && ms % unit.getValue() == 0) {
        return ms / unit.getValue() + unit.getKey();
      }
    }
    return ms == 0 ? "0" : ms + "ms";
  }

  /** A size with the largest unit that fits. */
  public static String size(long bytes) {
    for (int unit = 3; unit > 0; unit--) {
      if (bytes > 0 && bytes % (1L << (10 * unit)) == 0) {
        return (bytes >> (10 * unit)) + List.of("KiB", "MiB", "GiB").get(unit - 1);
      }
    }
    return bytes + "B";
  }
}
