package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchTriggerReaderTest {

  private static Manifest read(String keys) {
    return new ManifestReader(name -> null)
        .readYaml(
            "name: a\ntriggers:\n  - {type: file_watch, watch_path: in, " + keys + "}\n",
            "t.agent",
            Path.of(""),
            false);
  }

  private static TriggerConfig.FileWatch watch(Manifest manifest) {
    return (TriggerConfig.FileWatch) manifest.config().triggers().get(0);
  }

  @Test
  void readsAllKeys() {
    TriggerConfig.FileWatch watch = watch(read("id: w, watch_patterns: ['*.{csv,tsv}', 'x/**'],"
        + " watch_events: [deleted, moved], watch_debounce_seconds: 2, settle: 5s, initial: fire,"
        + " rescan: 10m, polling: true"));
    assertEquals(List.of("*.{csv,tsv}", "x/**"), watch.patterns());
    assertEquals(List.of("deleted", "moved"), watch.events());
    assertEquals(
        new TriggerConfig.WatchPolicy(
            true, Duration.ofSeconds(2), Duration.ofSeconds(5), true, Duration.ofMinutes(10), true),
        watch.policy());
  }

  @Test
  void hasUsualValues() {
    TriggerConfig.FileWatch watch = watch(read("id: w"));
    assertEquals(List.of("*"), watch.patterns());
    assertEquals(List.of("created", "modified"), watch.events());
    assertEquals(TriggerConfig.WatchPolicy.DEFAULT, watch.policy());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "watch_patterns: ['[']|'[' is not closed",
        "watch_patterns: ['{a']|'{' is not closed",
        "watch_patterns: ['../*']|without '.' and '..' segments",
        "watch_patterns: ['/etc/*']|actual=an absolute one",
        "watch_patterns: ['']|expected a pattern, actual=nothing",
        "watch_patterns: ['**x']|expected it alone between slashes",
        "watch_patterns: []|watch_patterns: expected 1 to 100, actual 0",
        "recursive: false, watch_patterns: ['a/b']|matches nothing when 'recursive' is false",
        "watch_events: []|watch_events: expected at least one",
        "watch_events: [gone]|unknown event \"gone\"",
        "rescan: 0|rescan",
        "settle: 2h|settle",
        "initial: maybe|initial",
        "depth: 3|depth"
      })
  void refuses(String keys, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(keys));
    assertTrue(fault.failure().message().contains("t.agent:3:"), fault.toString());
    assertTrue(fault.failure().message().contains(message), fault.toString());
  }

  @Test
  void refusesAPatternOfAbsurdDepth() {
    String deep = "watch_patterns: ['" + "**/".repeat(100) + "x']";
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(deep));
    assertTrue(fault.failure().message().contains("expected<=32 segments, actual=101"));
  }
}
