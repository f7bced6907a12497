package dev.agentruntime.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.config.ObserveConfig.Kind;
import dev.agentruntime.config.ObserveConfig.Sink;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of operational events. */
@ExtendWith(VertxExtension.class)
class ObserveSettingsTest {

  @TempDir
  Path directory;

  private RuntimeConfig read(Vertx vertx, String yaml) throws Exception {
    Path file = Files.writeString(directory.resolve("runtime.yaml"), yaml);
    return RuntimeConfigReader.read(vertx, file, Map.of(), Map.of())
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @Test
  void sinksAreRead(Vertx vertx) throws Exception {
    RuntimeConfig config = read(vertx, """
        observe:
          max_queue_size: 50
          shutdown_timeout: 2s
          slow_tool_threshold: 250ms
          sinks:
            - type: webhook
              name: pager
              url: https://ops.example.com/agents
              secret: ${OPS_SECRET}
              events: ["budget.*", process.failed]
              severity: warning
            - type: log
            - {type: bus, topic: ops.events}
        """);
    assertEquals(
        new ObserveConfig(
            50,
            Duration.ofSeconds(2),
            Duration.ofMillis(250),
            List.of(
                new Sink(
                    "pager",
                    Kind.WEBHOOK,
                    List.of("budget.*", "process.failed"),
                    Severity.WARNING,
                    "https://ops.example.com/agents",
                    new SecretRef(SecretRef.Kind.ENV, "OPS_SECRET"),
                    null),
                new Sink("log-2", Kind.LOG, List.of(), Severity.INFO, null, null, null),
                new Sink("bus-3", Kind.BUS, List.of(), Severity.INFO, null, null, "ops.events"))),
        config.observe());
  }

  @Test
  void theExampleOfTheManualIsValid(Vertx vertx) throws Exception {
    String yaml = Files.readString(Path.of("src/test/resources/observe/observe.yaml"));
    assertEquals(3, read(vertx, yaml).observe().sinks().size());
  }

  @Test
  void aSecretIsNotShown(Vertx vertx) throws Exception {
    RuntimeConfig config = read(
        vertx,
        "observe:\n  sinks:\n    - {type: webhook, url: 'http://a', secret: whsec_aHVudGVyMg}\n");
    assertFalse(config.observe().toString().contains("aHVudGVyMg"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {max_queue_size: 0}|1:27: max_queue_size: expected a whole number from 1 to 1000000, actual 0
      {sink: []}|1:11: unknown key 'sink', did you mean 'sinks'?
      {sinks: 3}|1:18: sinks: expected a list, actual 3
      {sinks: [{}]}|1:19: type: missing, expected webhook, log or bus
      {sinks: [{type: pager}]}|1:26: type: unknown value 'pager', expected one of webhook, log, bus
      {sinks: [{type: webhook}]}|1:19: url: missing, expected where the webhook is posted to
      {sinks: [{type: webhook, url: ftp://a}]}|1:40: url: expected an http or https URL as \
      https://ops.example.com/agents, actual "ftp://a"
      {sinks: [{type: bus}]}|1:19: topic: missing, expected the type of event on the bus
      {sinks: [{type: log, url: http://a}]}|1:31: unknown key 'url', expected one of type, \
      name, events, severity
      {sinks: [{type: log, severity: bad}]}|1:41: severity: unknown value 'bad', expected one \
      of info, warning, error, critical
      {sinks: [{type: log, events: [budgets.*]}]}|1:39: events: "budgets.*" is no type of event
      {sinks: [{type: log, events: [cache.purged]}]}|1:39: events: "cache.purged" is never told, \
      for there is no cache of answers here, expected it left out
      {sinks: [{type: log, events: ["*", 'cache.*']}]}|1:39: events: "cache.*" is never told, \
      for there is no cache of answers here, expected it left out
      {sinks: [{type: log, name: a}, {type: log, name: a}]}|1:59: name: another sink is called \
      "a", expected another name
      """)
  void refusesWithPlaceAndReason(String yaml, String message, Vertx vertx) {
    Exception thrown = assertThrows(Exception.class, () -> read(vertx, "observe: " + yaml + "\n"));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, thrown.getCause());
    String said = fault.failure().message();
    assertEquals(
        directory.resolve("runtime.yaml") + ":" + message,
        said.substring(
            0,
            Math.min(
                said.length(),
                directory.resolve("runtime.yaml").toString().length() + 1 + message.length())),
        said);
  }
}
