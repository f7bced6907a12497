package dev.agentruntime.settings;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.config.ObserveConfig.Kind;
import dev.agentruntime.config.ObserveConfig.Sink;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.guard.Topics;
import dev.agentruntime.manifest.ModelSettings;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The settings under {@code observe}: which operational events go where. */
final class ObserveSettings {

  /** Most sinks of a node. */
  private static final int SINKS_MAX = 64;

  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<String> COMMON = List.of("type", "name", "events", "severity");

  private final Reading reading;
  private final Section section;
  private final Set<String> names = new LinkedHashSet<>();

  private ObserveSettings(Section section) {
    this.reading = section.reading();
    this.section = section;
  }

  static ObserveConfig read(Section section) {
    ObserveConfig usual = ObserveConfig.DEFAULT;
    return new ObserveConfig(
        section.whole("max_queue_size", 1, 1_000_000, usual.maxQueueSize()),
        section.duration("shutdown_timeout", Duration.ZERO, HOUR, usual.shutdownTimeout()),
        section.duration(
            "slow_tool_threshold", Duration.ofMillis(1), Duration.ofDays(1), usual.slowTool()),
        new ObserveSettings(section).sinks());
  }

  private List<Sink> sinks() {
    List<Sink> sinks = new ArrayList<>();
    List<Node> items = section.items("sinks");
    if (items.size() > SINKS_MAX) {
      reading.error(
          section.markOfValue("sinks"),
          "sinks: expected at most " + SINKS_MAX + ", actual " + items.size());
    }
    for (int i = 0; i < items.size(); i++) {
      Sink sink = sink(Section.of(reading, "sinks[" + i + "]", items.get(i)), i);
      if (sink != null) {
        sinks.add(sink);
      }
    }
    return sinks;
  }

  private @Nullable Sink sink(Section item, int index) {
    List<String> kinds = Arrays.stream(Kind.values()).map(Kind::word).toList();
    if (!item.has("type")) {
      reading.error(item.mark(), "type: missing, expected " + Section.or(kinds));
      return null;
    }
    String type = item.choice("type", kinds, "");
    if (!kinds.contains(type)) {
      return null;
    }
    Kind kind = Kind.valueOf(type.toUpperCase(Locale.ROOT));
    List<String> known = new ArrayList<>(COMMON);
    known.addAll(
        switch (kind) {
          case WEBHOOK -> List.of("url", "secret");
          case BUS -> List.of("topic");
          case LOG -> List.of();
        });
    item.only(known, List.of());
    String name = item.text("name", type + "-" + (index + 1));
    if (!names.add(name)) {
      reading.error(
          item.has("name") ? item.markOfValue("name") : item.mark(),
          "name: another sink is called " + Json.quote(name) + ", expected another name");
    }
    String severity = item.choice("severity", Severity.words(), Severity.INFO.word());
    return new Sink(
        name,
        kind,
        events(item),
        Severity.words().contains(severity)
            ? Severity.valueOf(severity.toUpperCase(Locale.ROOT))
            : Severity.INFO,
        kind == Kind.WEBHOOK ? url(item) : null,
        kind == Kind.WEBHOOK ? ModelSettings.secret(item, "secret") : null,
        kind == Kind.BUS ? topic(item) : null);
  }

  /** A glob that no type can match that is ever told is a mistake. */
  private List<String> events(Section item) {
    List<String> globs = item.texts("events");
    for (String text : globs) {
      try {
        Glob glob = Glob.of(text);
        List<String> fit = EventType.words().stream().filter(glob::matches).toList();
        if (fit.isEmpty()) {
          reading.error(
              item.markOfValue("events"),
              "events: " + Json.quote(text) + " is no type of event"
                  + Reading.suggestion(text, EventType.words()));
        } else if (fit.equals(List.of(EventType.CACHE_PURGED.word()))) {
          reading.error(
              item.markOfValue("events"),
              "events: " + Json.quote(text) + " is never told, for there is no cache of answers"
                  + " here, expected it left out");
        }
      } catch (RuntimeFault fault) {
        reading.error(item.markOfValue("events"), "events: " + fault.failure().message());
      }
    }
    return globs;
  }

  private @Nullable String url(Section item) {
    String url = item.text("url");
    if (url == null) {
      if (!item.has("url")) {
        reading.error(item.mark(), "url: missing, expected where the webhook is posted to");
      }
    } else if (!url.matches("https?://[^\\s/?#]+([/?#]\\S*)?")) {
      reading.error(
          item.markOfValue("url"),
          "url: expected an http or https URL as https://ops.example.com/agents, actual "
              + Json.quote(url));
    }
    return url;
  }

  private @Nullable String topic(Section item) {
    String topic = item.text("topic");
    if (topic == null) {
      if (!item.has("topic")) {
        reading.error(item.mark(), "topic: missing, expected the type of event on the bus");
      }
      return null;
    }
    String problem = Topics.problemOfName(topic);
    if (problem != null) {
      reading.error(item.markOfValue("topic"), "topic: " + problem);
    }
    return topic;
  }
}
