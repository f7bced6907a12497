package dev.agentruntime.config;

import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.config.TriggerConfig.WatchPolicy;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.List;

/** Reads a trigger of type {@code file_watch}. */
final class WatchTriggerReader {

  static final List<String> KEYS = List.of(
      "watch_path",
      "watch_patterns",
      "watch_events",
      "watch_debounce_seconds",
      "recursive",
      "settle",
      "initial",
      "rescan",
      "polling");

  private static final List<String> EVENTS = List.of("created", "modified", "deleted", "moved");

  private final TriggerReader of;
  private final Section section;

  WatchTriggerReader(TriggerReader of, Section section) {
    this.of = of;
    this.section = section;
  }

  TriggerConfig read(Rules rules) {
    String path = section.text("watch_path", "");
    if (path.isBlank()) {
      of.reading()
          .error(
              section.has("watch_path") ? section.markOfValue("watch_path") : section.mark(),
              "a file_watch trigger needs 'watch_path', the directory to watch");
    }
    List<String> patterns =
        section.has("watch_patterns") ? section.texts("watch_patterns") : List.of("*");
    return new TriggerConfig.FileWatch(
        of.id(section, "file_watch", path, String.join(",", patterns)),
        path,
        patterns,
        events(),
        policy(),
        rules);
  }

  private List<String> events() {
    if (!section.has("watch_events")) {
      return List.of("created", "modified");
    }
    List<String> events = section.texts("watch_events");
    for (String event : events) {
      if (!EVENTS.contains(event)) {
        of.reading()
            .error(
                section.markOfValue("watch_events"),
                "watch_events: unknown event " + TriggerReader.quoted(event) + ", expected "
                    + Section.or(EVENTS));
      }
    }
    if (events.isEmpty()) {
      of.reading()
          .error(
              section.markOfValue("watch_events"),
              "watch_events: expected at least one of " + Section.or(EVENTS));
    }
    return events;
  }

  private WatchPolicy policy() {
    WatchPolicy usual = WatchPolicy.DEFAULT;
    Duration minute = Duration.ofMinutes(1);
    return new WatchPolicy(
        section.flag("recursive", usual.recursive()),
        section.duration("watch_debounce_seconds", Duration.ZERO, minute, usual.debounce()),
        section.duration("settle", Duration.ZERO, Duration.ofHours(1), usual.settle()),
        section.choice("initial", List.of("fire", "ignore"), "ignore").equals("fire"),
        section.duration("rescan", Duration.ofMillis(100), Duration.ofDays(1), usual.rescan()),
        section.flag("polling", usual.polling()));
  }
}
