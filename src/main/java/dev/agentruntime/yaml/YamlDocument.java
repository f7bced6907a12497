package dev.agentruntime.yaml;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.Node.Mapping;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Member;
import dev.agentruntime.yaml.Node.Scalar;
import dev.agentruntime.yaml.Node.Sequence;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads one document of YAML 1.2 (core schema) as data: no tags, anchors, aliases or directives, no
 * key twice, no plain scalar that YAML 1.1 reads differently, UTF-8, at most {@link #BYTES_MAX}
 * bytes and {@link #DEPTH_MAX} levels. Reads the parser's events, so nothing is built that is not
 * allowed.
 */
public final class YamlDocument {

  /** Longest document. */
  public static final int BYTES_MAX = 256 << 10;

  /** Deepest nesting. */
  public static final int DEPTH_MAX = 20;

  private static final int ERRORS_MAX = 50;

  private static final Pattern NULL = Pattern.compile("~|null|Null|NULL|");
  private static final Pattern TRUE = Pattern.compile("true|True|TRUE");
  private static final Pattern FALSE = Pattern.compile("false|False|FALSE");
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,100}");
  private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,32}");
  private static final Pattern REAL = Pattern.compile(
      "[-+]?(\\.[0-9]{1,100}|[0-9]{1,100}(\\.[0-9]{0,100})?)([eE][-+]?[0-9]{1,5})?");
  private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(inf|Inf|INF)");
  private static final Pattern NAN = Pattern.compile("\\.(nan|NaN|NAN)");

  // What YAML 1.1 takes for a boolean, a number in another base or with underscores, base 60, a
  // number with an exponent, a date, a merge key or the default key; 1.2 reads each otherwise. (Its
  // y and n are left out: no known reader of 1.1 takes them for booleans.)
  private static final Pattern DIVIDED = Pattern.compile(String.join(
      "|",
      "yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF",
      "[-+]?0[0-9_]+",
      "[-+]?0b[01_]+",
      "[-+]?0o[0-7_]+",
      "[-+]0x[0-9a-fA-F_]+|0x[0-9a-fA-F]*_[0-9a-fA-F_]*",
      "[-+]?[0-9][0-9_]*_[0-9_]*(\\.[0-9_]*)?",
      "[-+]?[0-9]+\\.[0-9]*_[0-9_]*",
      "[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?",
      "[-+]?[0-9]+[eE][-+]?[0-9]+",
      "[-+]?([0-9]+\\.[0-9]*|\\.[0-9]+)[eE][0-9]+",
      "[0-9]{4}-[0-9]{2}-[0-9]{2}",
      "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
          + "([ \\t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?",
      "<<|="));

  private final Reading reading;
  private final Iterator<Event> events;

  private YamlDocument(String text, Reading reading) {
    this.reading = reading;
    LoadSettings settings = LoadSettings.builder()
        .setLabel(reading.file())
        .setUseMarks(true)
        .setCodePointLimit(BYTES_MAX)
        .build();
    this.events = new Parse(settings).parseString(text).iterator();
  }

  /**
   * A document as JSON.
   *
   * @param name how errors name it
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with every error as {@code
   *     name:line:column: message}, a line each
   */
  public static Json read(byte[] document, String name) {
    Reading reading = Reading.plain(name);
    Node root = compose(document, reading);
    Json json = root == null ? Json.NULL : reading.json(root);
    reading.throwErrors();
    return json;
  }

  /** The document's root, null after a fatal error, which is then among the errors. */
  public static @Nullable Node compose(byte[] document, Reading reading) {
    int errors = reading.errorCount();
    Node root = composeIfAny(document, reading);
    if (root == null && reading.errorCount() == errors) {
      reading.error(START, "empty " + reading.what());
    }
    return root;
  }

  /** The document's root, null after a fatal error and when there is nothing but comments. */
  public static @Nullable Node composeIfAny(byte[] document, Reading reading) {
    try {
      return new YamlDocument(decode(document, reading), reading).document();
    } catch (MarkedYamlEngineException e) {
      reading.error(e.getProblemMark().map(YamlDocument::mark).orElse(START), syntax(e));
    } catch (YamlEngineException e) {
      reading.error(START, "not YAML: " + e.getMessage());
    } catch (RuntimeFault e) {
      // Said already.
      return null;
    }
    return null;
  }

  private static final Mark START = new Mark(1, 1, "");

  private static String syntax(MarkedYamlEngineException e) {
    String problem = e.getProblem() == null ? "cannot be read" : e.getProblem();
    if (problem.contains("TAB")) {
      return "a tab where YAML wants spaces, expected indentation by spaces";
    }
    String context = e.getContext() == null ? "" : e.getContext() + ", ";
    return "not YAML: " + context + problem;
  }

  private static String decode(byte[] document, Reading reading) {
    if (document.length > BYTES_MAX) {
      throw reading.stop(START, "too long, expected at most " + BYTES_MAX + " bytes");
    }
    if (starts(document, 0xFE, 0xFF) || starts(document, 0xFF, 0xFE) || hasZero(document)) {
      throw reading.stop(START, "looks like UTF-16 or UTF-32, expected UTF-8");
    }
    if (starts(document, 0xEF, 0xBB, 0xBF)) {
      throw reading.stop(START, "starts with a byte order mark (BOM), expected UTF-8 without one");
    }
    ByteBuffer in = ByteBuffer.wrap(document);
    CharBuffer out = CharBuffer.allocate(document.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
      int column = text.length() - text.lastIndexOf('\n');
      throw reading.stop(new Mark(line, column, ""), "not UTF-8, expected UTF-8 text");
    }
    return text;
  }

  private static boolean starts(byte[] document, int... prefix) {
    for (int i = 0; i < prefix.length; i++) {
      if (document.length <= i || (document[i] & 0xFF) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasZero(byte[] document) {
    for (int i = 0; i < Math.min(4, document.length); i++) {
      if (document[i] == 0) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Node document() {
    Node root = null;
    while (events.hasNext()) {
      Event event = events.next();
      if (event instanceof DocumentStartEvent start) {
        if (root != null) {
          throw reading.stop(at(event), "a second document, expected one in a file");
        }
        if (start.getSpecVersion().isPresent() || !start.getTags().isEmpty()) {
          throw reading.stop(at(event), "directives (%YAML, %TAG) are not taken");
        }
        root = node(events.next(), 1);
      }
    }
    return root instanceof Scalar scalar && scalar.text().isEmpty() ? null : root;
  }

  private Node node(Event event, int depth) {
    if (depth > DEPTH_MAX) {
      throw reading.stop(at(event), "nested too deep, expected at most " + DEPTH_MAX + " levels");
    }
    refuseReferences(event);
    return switch (event.getEventId()) {
      case MappingStart -> mapping(event, depth);
      case SequenceStart -> sequence(event, depth);
      default -> scalar((ScalarEvent) event);
    };
  }

  private void refuseReferences(Event event) {
    if (event.getEventId() == Event.ID.Alias) {
      throw reading.stop(at(event), "aliases (*name) are not taken, write the value out");
    }
    if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
      throw reading.stop(at(event), "anchors (&name) are not taken, write the value out");
    }
    Optional<String> tag = Optional.empty();
    if (event instanceof ScalarEvent scalar) {
      tag = scalar.getTag();
    } else if (event instanceof CollectionStartEvent collection) {
      tag = collection.getTag();
    }
    if (tag.isPresent()) {
      throw reading.stop(at(event), "tags (" + tag.get() + ") are not taken");
    }
  }

  private Node mapping(Event start, int depth) {
    Map<String, Member> members = new LinkedHashMap<>();
    for (Event key = events.next(); key.getEventId() != Event.ID.MappingEnd; key = events.next()) {
      refuseReferences(key);
      if (!(key instanceof ScalarEvent scalar)) {
        throw reading.stop(at(key), "a map or list as a key, expected text");
      }
      Node value;
      Scalar name = scalar(scalar);
      if (!(name.value() instanceof String)) {
        report(name.mark(), "key " + name.kind() + " is not text, quote it");
      }
      value = node(events.next(), depth + 1);
      Member before = members.putIfAbsent(name.text(), new Member(name.mark(), value));
      if (before != null) {
        report(
            name.mark(),
            "key " + Json.quote(name.text()) + " is given twice, first on "
                + before.mark().shown());
      }
    }
    return new Mapping(at(start), members);
  }

  private Node sequence(Event start, int depth) {
    List<Node> items = new ArrayList<>();
    for (Event item = events.next();
        item.getEventId() != Event.ID.SequenceEnd;
        item = events.next()) {
      items.add(node(item, depth + 1));
    }
    return new Sequence(at(start), items);
  }

  private Scalar scalar(ScalarEvent event) {
    String text = event.getValue();
    if (!event.isPlain()) {
      return new Scalar(at(event), text, text);
    }
    if (isDivided(text)) {
      report(at(event), text + " is read differently by YAML 1.1 and 1.2, quote it");
      return new Scalar(at(event), text, text);
    }
    return new Scalar(at(event), value(text), text);
  }

  private void report(Mark mark, String message) {
    reading.lastError(mark, message);
    if (reading.errorCount() >= ERRORS_MAX) {
      throw reading.stop(mark, "too many errors, the rest is not read");
    }
  }

  private static Mark at(Event event) {
    return event.getStartMark().map(YamlDocument::mark).orElse(START);
  }

  private static Mark mark(org.snakeyaml.engine.v2.exceptions.Mark mark) {
    return new Mark(mark.getLine() + 1, mark.getColumn() + 1, "");
  }

  /** Whether YAML 1.1 and 1.2 read {@code text} differently. */
  static boolean isDivided(String text) {
    return DIVIDED.matcher(text).matches();
  }

  /** The value of a plain scalar: the core schema of YAML 1.2.2, chapter 10.3. */
  static @Nullable Object value(String text) {
    if (NULL.matcher(text).matches()) {
      return null;
    }
    if (TRUE.matcher(text).matches()) {
      return true;
    }
    if (FALSE.matcher(text).matches()) {
      return false;
    }
    if (WHOLE.matcher(text).matches()) {
      return small(new BigInteger(text));
    }
    if (HEX.matcher(text).matches()) {
      return small(new BigInteger(text.substring(2), 16));
    }
    if (REAL.matcher(text).matches()) {
      return new BigDecimal(text.endsWith(".") ? text + "0" : text);
    }
    if (INFINITE.matcher(text).matches()) {
      return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    return NAN.matcher(text).matches() ? (Object) Double.NaN : text;
  }

  private static Number small(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Number) number.longValue() : number;
  }
}
