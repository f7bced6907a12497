package dev.agentruntime.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.manifest.ManifestReader;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of hooks, and that no manifest can bring one. */
@ExtendWith(VertxExtension.class)
class HookSettingsTest {

  @TempDir
  Path directory;

  private List<HookConfig> read(Vertx vertx, String yaml) throws Exception {
    Path file = Files.writeString(directory.resolve("runtime.yaml"), yaml);
    return RuntimeConfigReader.read(vertx, file, Map.of(), Map.of())
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS)
        .hooks();
  }

  @Test
  void theExampleOfTheManualIsRead(Vertx vertx) throws Exception {
    String yaml = Files.readString(Path.of("src/test/resources/observe/hooks.yaml"));
    assertEquals(
        List.of(
            new HookConfig(
                HookEvent.PERMISSION_REQUEST,
                List.of("python3", "conf/guard.py"),
                Duration.ofSeconds(2),
                null,
                Map.of("API_KEY", new SecretRef(SecretRef.Kind.ENV, "GUARD_KEY")),
                "clerk*",
                10,
                false,
                "audit"),
            new HookConfig(
                HookEvent.SESSION_END,
                List.of("logger", "-t", "agents", "a process ended"),
                Duration.ofSeconds(5),
                null,
                Map.of(),
                "*",
                0,
                false,
                null)),
        read(vertx, yaml));
  }

  @Test
  void aSecretIsNotShown(Vertx vertx) throws Exception {
    List<HookConfig> hooks = read(
        vertx, "hooks:\n  - {event: session_end, command: [a], env: {KEY: hunter2-hunter2}}\n");
    assertFalse(hooks.toString().contains("hunter2"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {}|1:8: hooks: expected a list
      [{command: [a]}]|1:9: event: missing, expected one of session_start, session_end
      [{event: stop, command: [a]}]|1:17: event: unknown value 'stop', expected one of
      [{event: session_end}]|1:9: command: expected a list of the program and its arguments
      [{event: session_end, command: []}]|1:39: command: expected a list of the program
      [{event: session_end, command: [a], comand: [a]}]|1:44: unknown key 'comand', did you mean 'command'?
      [{event: session_end, command: [a], timeout: 2m}]|1:53: timeout: expected
      [{event: session_end, command: [a], priority: 1001}]|1:54: priority: expected a whole number
      [{event: session_end, command: [a], process: "[a"}]|1:53: process:
      [{event: session_end, command: [a], env: {"A-B": x}}]|1:50: env: expected the name of a
      """)
  void refusesWithPlaceAndReason(String yaml, String message, Vertx vertx) {
    Exception thrown = assertThrows(Exception.class, () -> read(vertx, "hooks: " + yaml + "\n"));
    String said =
        assertInstanceOf(RuntimeFault.class, thrown.getCause()).failure().message();
    assertTrue(said.startsWith(directory.resolve("runtime.yaml") + ":" + message), said);
  }

  @Test
  void noManifestBringsOne() {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> new ManifestReader(new HashMap<String, String>()::get)
            .readYaml("name: a\nhooks: [{event: session_end}]\n", "a.agent", null, false));
    assertTrue(fault.failure().message().contains("unknown key 'hooks'"), fault.getMessage());
  }
}
