package dev.agentruntime.manifest;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.Batch;
import dev.agentruntime.config.TriggerConfig.OnBusy;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.filter.FilterExpression;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mapping;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Scalar;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code triggers} of a manifest: what all types share; what is a type's own is read by
 * its own reader.
 */
final class TriggerReader {

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");
  static final List<String> SHARED =
      List.of("type", "id", "filter_expression", "on_busy", "debounce", "batch", "trusted");
  private static final Map<String, List<String>> OWN = own();

  private final Reading reading;
  private final Set<String> customTypes;
  private final Map<String, Mark> ids = new HashMap<>();
  private final Map<String, Mark> routes = new HashMap<>();

  /**
   * A reader for one manifest.
   *
   * @param customTypes the registered types
   */
  TriggerReader(Reading reading, Set<String> customTypes) {
    this.reading = reading;
    this.customTypes = customTypes;
  }

  private static Map<String, List<String>> own() {
    Map<String, List<String>> own = new LinkedHashMap<>();
    own.put("cron", CronTriggerReader.KEYS);
    own.put("webhook", WebhookTriggerReader.KEYS);
    own.put("file_watch", WatchTriggerReader.KEYS);
    own.put("event", BusTriggerReader.EVENT);
    own.put("message", BusTriggerReader.MESSAGE);
    return own;
  }

  /** The variables that secret fields name; to be known before any text is expanded. */
  static List<String> secretVariables(List<Node> items) {
    List<String> names = new ArrayList<>();
    for (Node item : items) {
      Node.Member member =
          item instanceof Mapping mapping ? mapping.members().get("hmac_secret") : null;
      if (member != null) {
        List<Node> values =
            member.value() instanceof Node.Sequence list ? list.items() : List.of(member.value());
        values.forEach(value -> addVariables(value, names));
      }
    }
    return names;
  }

  static void addVariables(Node value, List<String> names) {
    if (value instanceof Scalar scalar) {
      Matcher matcher = VARIABLE.matcher(scalar.text());
      while (matcher.find()) {
        names.add(matcher.group(1));
      }
    }
  }

  List<TriggerConfig> read(List<Node> items) {
    List<TriggerConfig> triggers = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      String name = "triggers[" + i + "]";
      Section section = Section.of(reading, name, items.get(i));
      TriggerConfig trigger = items.get(i) instanceof Mapping ? trigger(section, name) : null;
      if (trigger != null) {
        triggers.add(trigger);
      }
    }
    return triggers;
  }

  private @Nullable TriggerConfig trigger(Section section, String name) {
    List<String> types = new ArrayList<>(OWN.keySet());
    types.addAll(customTypes);
    if (!section.has("type")) {
      reading.error(section.mark(), name + " has no 'type', expected " + Section.or(types));
      return null;
    }
    // What the journal keeps was read before; its type may be registered later.
    boolean any = reading.origin() == Reading.Origin.JOURNAL;
    String type = any ? section.text("type", "") : known(section, types);
    if (type.isEmpty()) {
      // What its other keys mean is not known.
      return null;
    }
    checkKeys(section, type);
    TriggerConfig trigger = ofType(section, type, rules(section));
    claim(ids, trigger.id(), section, "id");
    return trigger;
  }

  /** A type that is there, else empty: what others wrote may be missing, so all are listed. */
  private String known(Section section, List<String> types) {
    String type = section.text("type", "");
    String near = Reading.suggestion(type, types);
    if (type.isEmpty() || types.contains(type) || customTypes.isEmpty() || !near.contains("mean")) {
      return section.choice("type", types, "");
    }
    reading.error(
        section.markOfValue("type"),
        "type: unknown value '" + type + "'" + near + " Expected one of "
            + String.join(", ", types));
    return "";
  }

  private void checkKeys(Section section, String type) {
    List<String> mine = OWN.getOrDefault(type, BusTriggerReader.CUSTOM);
    List<String> known = new ArrayList<>(SHARED);
    known.addAll(mine);
    Map<String, Node.Member> left = new LinkedHashMap<>(section.members());
    OWN.values().stream()
        .flatMap(List::stream)
        .filter(key -> !mine.contains(key))
        .distinct()
        .forEach(key -> {
          if (left.remove(key) != null) {
            reading.error(
                section.markOf(key), "'" + key + "' is no key of a trigger of type " + type);
          }
        });
    new Section(reading, section.mark(), left).only(known, List.of());
  }

  private TriggerConfig ofType(Section section, String type, Rules rules) {
    return switch (type) {
      case "cron" -> new CronTriggerReader(this, section).read(rules);
      case "webhook" -> new WebhookTriggerReader(this, section).read(rules);
      case "file_watch" -> new WatchTriggerReader(this, section).read(rules);
      case "event" -> new BusTriggerReader(this, section).event(rules);
      case "message" -> new BusTriggerReader(this, section).message(rules);
      default -> new BusTriggerReader(this, section).custom(type, rules);
    };
  }

  private Rules rules(Section section) {
    String filter = section.text("filter_expression", "").strip();
    checkFilter(section, filter);
    Section batch = section.section("batch");
    batch.only(List.of("max", "window"), List.of());
    if (section.has("batch") && !(batch.has("max") && batch.has("window"))) {
      reading.error(
          section.markOfValue("batch"), "batch: expected both, as in {max: 20, window: 5s}");
    }
    String busy = section.choice("on_busy", List.of("queue", "skip", "cancel_running"), "queue");
    Duration hour = Duration.ofHours(1);
    Duration moment = Duration.ofMillis(1);
    return new Rules(
        filter,
        OnBusy.valueOf(busy.toUpperCase(Locale.ROOT)),
        section.duration("debounce", Duration.ZERO, hour, Duration.ZERO),
        section.has("batch")
            ? new Batch(
                batch.whole("max", 2, 1_000, 2), batch.duration("window", moment, hour, moment))
            : Batch.NONE,
        section.flag("trusted", false));
  }

  private void checkFilter(Section section, String filter) {
    if (!section.has("filter_expression")) {
      return;
    }
    try {
      FilterExpression ignored = FilterExpression.parse(filter);
    } catch (RuntimeFault refused) {
      reading.error(
          section.markOfValue("filter_expression"), "filter_expression: " + refused.getMessage());
    }
  }

  // --- For the readers of single types

  Reading reading() {
    return reading;
  }

  /** Refuses a second trigger on the same route. */
  void claimRoute(String route, Section section) {
    claim(routes, route, section, "webhook_path");
  }

  private void claim(Map<String, Mark> taken, String value, Section section, String key) {
    Mark here = section.markOfValue(key);
    Mark before = taken.putIfAbsent(value, here);
    if (before != null) {
      reading.error(
          here,
          key.equals("id")
              ? "trigger id '" + value + "' is given twice, first on " + before.shown()
              : value + " is the route of another trigger, on " + before.shown());
    }
  }

  /** The id that is given, else the type and a digest of what defines the trigger. */
  String id(Section section, String type, String... defining) {
    String id = section.text("id");
    if (id != null && !ID.matcher(id).matches()) {
      reading.error(
          section.markOfValue("id"),
          "id: expected a letter or digit, then letters, digits, '_', '.' or '-', at most 64,"
              + " actual " + quoted(id));
    }
    return id == null ? type + "-" + Hex.sha256(String.join("\n", defining)).substring(0, 8) : id;
  }

  static String quoted(String text) {
    return new Scalar(Mark.at(""), text, text).kind();
  }
}
