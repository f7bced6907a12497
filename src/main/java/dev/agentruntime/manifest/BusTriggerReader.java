package dev.agentruntime.manifest;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.Json;
import dev.agentruntime.guard.Topics;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Section;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads triggers of the types {@code event} and {@code message}, and of registered types. */
final class BusTriggerReader {

  static final List<String> EVENT = List.of("event_type", "event_source");
  static final List<String> MESSAGE = List.of("topic", "group");
  static final List<String> CUSTOM = List.of("custom_config");

  private final TriggerReader of;
  private final Section section;

  BusTriggerReader(TriggerReader of, Section section) {
    this.of = of;
    this.section = section;
  }

  TriggerConfig event(Rules rules) {
    String type = pattern("event_type", "event");
    String source = name("event_source");
    return new TriggerConfig.Event(
        of.id(section, "event", type, orEmpty(source)), type, source, rules);
  }

  TriggerConfig message(Rules rules) {
    String topic = pattern("topic", "message");
    String group = name("group");
    return new TriggerConfig.Message(
        of.id(section, "message", topic, orEmpty(group)), topic, group, rules);
  }

  TriggerConfig custom(String type, Rules rules) {
    Node node = section.node("custom_config");
    Json config = node instanceof Node.Mapping ? of.reading().json(node) : Json.EMPTY;
    if (node != null && !(node instanceof Node.Mapping)) {
      of.reading()
          .error(
              section.markOfValue("custom_config"),
              "custom_config: expected a section, as in {key: value}");
    }
    String defining = Json.of(sorted(config.value())).toString();
    return new TriggerConfig.Custom(of.id(section, type, defining), type, config, rules);
  }

  /** The order of keys defines nothing: an id stays when they change places. */
  private static @Nullable Object sorted(@Nullable Object value) {
    if (value instanceof Map<?, ?> members) {
      Map<String, @Nullable Object> out = new TreeMap<>();
      members.forEach((key, member) -> out.put(String.valueOf(key), sorted(member)));
      return out;
    }
    return value instanceof List<?> items
        ? items.stream().map(BusTriggerReader::sorted).collect(Collectors.toList())
        : value;
  }

  private String pattern(String key, String type) {
    String text = section.text(key, "");
    if (text.isBlank()) {
      of.reading()
          .error(
              section.has(key) ? section.markOfValue(key) : section.mark(),
              "a trigger of type " + type + " needs '" + key + "'");
      return text;
    }
    String problem = Topics.problemOfPattern(text);
    if (problem != null) {
      of.reading().error(section.markOfValue(key), "'" + key + "': " + problem);
    }
    return text;
  }

  /** The name of a sender or of a group, null when there is none. */
  private @Nullable String name(String key) {
    String text = section.text(key);
    String problem = text == null || text.isEmpty() ? null : Topics.problemOfName(text);
    if (problem != null) {
      of.reading().error(section.markOfValue(key), "'" + key + "': " + problem);
    }
    return text == null || text.isEmpty() ? null : text;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
