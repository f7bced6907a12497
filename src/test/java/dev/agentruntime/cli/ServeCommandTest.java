package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ServeCommandTest {

  private static Map<String, String> flags(String... arguments) {
    ServeCommand serve = new ServeCommand();
    CommandLine.ParseResult unused = new CommandLine(serve).parseArgs(arguments);
    return serve.flags();
  }

  @Test
  void flagsBecomeSettings() {
    assertEquals(
        Map.of(
            "cluster.enabled", "true",
            "agents_dir", "a",
            "data_dir", "d",
            "node", "node-7",
            "control.host", "127.0.0.1",
            "control.port", "0",
            "ingress.host", "[::1]",
            "ingress.port", "9090"),
        flags(
            "-cluster",
            "--agents",
            "a",
            "--data",
            "d",
            "--node",
            "node-7",
            "--control",
            "127.0.0.1:0",
            "--ingress",
            "[::1]:9090"));
    assertEquals(Map.of(), flags());
    assertEquals(Map.of("cluster.enabled", "true"), flags("--cluster"));
  }

  @Test
  void addressesAreRead() {
    assertEquals(
        new HostPort("localhost", 9100), new ServeCommand.Address().convert("localhost:9100"));
  }

  @Test
  void triggersAreToldInWords() {
    assertEquals(
        "webhook /hooks/github",
        ServedNode.words(Map.of("type", "webhook", "path", "/hooks/github")));
    assertEquals(
        "file_watch drop", ServedNode.words(Map.of("type", "file_watch", "watch_path", "drop")));
    assertEquals("event a.*", ServedNode.words(Map.of("type", "event", "event_type", "a.*")));
    assertEquals("message q.**", ServedNode.words(Map.of("type", "message", "topic", "q.**")));
    assertEquals(
        "cron */5 * * * * UTC",
        ServedNode.words(
            Map.of("type", "cron", "cron_expression", "*/5 * * * *", "cron_timezone", "UTC")));
  }

  @Test
  void whatFailedIsToldWithItsReason() {
    assertEquals("a  running", ServedNode.line("a", status("running", null)));
    assertEquals("a  failed  (start failed: no key)", ServedNode.line("a", status("failed", null)));
    assertEquals(
        "a  failed  (journal-corrupt)", ServedNode.line("a", status("failed", "journal-corrupt")));
  }

  private static Json status(String state, @Nullable String condition) {
    Map<String, @Nullable Object> all = new HashMap<>();
    all.put("state", state);
    all.put("condition", condition);
    all.put("reason", "start failed: no key");
    all.put("triggers", List.of());
    return Json.of(all);
  }

  @Test
  void theSecondSignalHurries() {
    Signals signals = new Signals();
    signals.asked();
    assertTrue(signals.end().isDone());
    assertFalse(signals.quickEnd().isDone());
    signals.asked();
    assertTrue(signals.quickEnd().isDone());
  }
}
