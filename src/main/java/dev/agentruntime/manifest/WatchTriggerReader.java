package dev.agentruntime.manifest;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.config.TriggerConfig.WatchPolicy;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.yaml.Section;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  private static final int PATTERNS_MAX = 100;
  private static final List<String> EVENTS = List.of("created", "modified", "deleted", "moved");

  private final TriggerReader of;
  private final Section section;

  WatchTriggerReader(TriggerReader of, Section section) {
    this.of = of;
    this.section = section;
  }

  TriggerConfig read(Rules rules) {
    String path = section.text("watch_path", "");
    String problem = problemOfPath(path);
    if (problem != null) {
      of.reading()
          .error(
              section.has("watch_path") ? section.markOfValue("watch_path") : section.mark(),
              problem);
    }
    WatchPolicy policy = policy();
    List<String> patterns =
        section.has("watch_patterns") ? section.texts("watch_patterns") : List.of("*");
    checkPatterns(patterns, policy.recursive());
    return new TriggerConfig.FileWatch(
        of.id(section, "file_watch", path, String.join(",", patterns)),
        path,
        patterns,
        events(),
        policy,
        rules);
  }

  private static @Nullable String problemOfPath(String path) {
    if (path.isBlank()) {
      return "a file_watch trigger needs 'watch_path', the directory to watch";
    }
    try {
      var unused = Path.of(path);
      return null;
    } catch (InvalidPathException e) {
      return "watch_path: no path, " + e.getReason();
    }
  }

  private void checkPatterns(List<String> patterns, boolean recursive) {
    if (patterns.isEmpty() || patterns.size() > PATTERNS_MAX) {
      of.reading()
          .error(
              section.markOfValue("watch_patterns"),
              "watch_patterns: expected 1 to " + PATTERNS_MAX + ", actual " + patterns.size());
    }
    for (String pattern : patterns) {
      String problem = Glob.problem(pattern);
      if (problem == null && !recursive && Glob.of(pattern).isPath()) {
        problem = TriggerReader.quoted(pattern)
            + ": a pattern with '/' matches nothing when 'recursive' is false";
      }
      if (problem != null) {
        of.reading().error(section.markOfValue("watch_patterns"), "watch_patterns: " + problem);
      }
    }
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
