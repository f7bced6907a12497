package dev.agentruntime.config;

import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.Json;
import dev.agentruntime.guard.Topics;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Section;
import java.util.List;
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
    Json config = node == null ? Json.EMPTY : of.reading().json(node);
    return new TriggerConfig.Custom(of.id(section, type, config.toString()), type, config, rules);
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
