package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.docs.TailTriggerType;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Registered types of triggers in a whole node, over its restarts. */
@ExtendWith(VertxExtension.class)
final class CustomTriggersTest {

  @TempDir
  private Path root = Path.of("");

  private Path log = Path.of("");
  private @Nullable Node running;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    running = new Node(vertx, root);
    log = Files.writeString(root.resolve("app.log"), "one\ntwo\n");
  }

  @AfterEach
  void close() {
    node().stop();
  }

  private Node node() {
    return Objects.requireNonNull(running);
  }

  private String tail(String type) {
    return "triggers:\n  - {type: " + type + ", id: log, custom_config: {file: " + log + "}}\n";
  }

  @Test
  void goesOnFromItsCursorOverRestartsAndWaitsForItsType() throws IOException {
    Node node = node().start(false);
    node.runtime().registerTrigger(new TailTriggerType());
    node.deploy("tailing", tail("tail"));
    node.deploy("other", "");
    node.until("tailing", "invocation_count", 2);
    node.stop();

    Files.writeString(log, "three\n", StandardOpenOption.APPEND);
    node.start(false);
    Map<String, @Nullable Object> status = node.status("tailing");
    assertEquals("failed", status.get("state"));
    assertTrue(
        String.valueOf(status).contains("has the type \\\"tail\\\", which is not registered")
            || String.valueOf(status).contains("has the type \"tail\", which is not registered"),
        status::toString);
    assertTrue(
        node.runtime().warnings().stream().anyMatch(line -> line.contains("registerTrigger")),
        () -> node.runtime().warnings().toString());
    assertEquals("running", node.status("other").get("state"));

    node.runtime().registerTrigger(new TailTriggerType());
    Node.nothing(node.process("tailing").start());
    node.until("tailing", "invocation_count", 3);
    assertEquals("running", node.status("tailing").get("state"));
  }

  @Test
  void unknownTypesAreRefusedWithWhatIsRegistered() {
    Node node = node().start(false);
    RuntimeFault none = assertThrows(RuntimeFault.class, () -> node.deploy("a", tail("tail")));
    assertTrue(
        none.failure().message().contains("unknown value 'tail', expected one of cron, webhook"));

    node.runtime().registerTrigger(new TailTriggerType());
    RuntimeFault near = assertThrows(RuntimeFault.class, () -> node.deploy("a", tail("tial")));
    assertTrue(
        near.failure()
            .message()
            .contains("type: unknown value 'tial', did you mean 'tail'? Expected one of cron,"
                + " webhook, file_watch, event, message, tail"),
        () -> near.failure().message());
    RuntimeFault form = assertThrows(
        RuntimeFault.class,
        () -> node.deploy("a", "triggers:\n  - {type: tail, custom_config: [1]}\n"));
    assertTrue(
        form.failure().message().contains("custom_config: expected a section"),
        () -> form.failure().message());
  }

  @Test
  void aTypeIsRegisteredOnce() {
    Node node = node().start(false);
    node.runtime().registerTrigger(new TailTriggerType());
    RuntimeFault taken = assertThrows(
        RuntimeFault.class, () -> node.runtime().registerTrigger(new TailTriggerType()));
    assertEquals(ErrorCode.INVALID_CONFIG, taken.code());
    node.runtime().replaceTrigger(new TailTriggerType());
    assertEquals(Set.of("tail"), node.runtime().triggerTypes());
    assertTrue(node.runtime().unregisterTrigger("tail"));
    assertFalse(node.runtime().unregisterTrigger("tail"));
  }

  @Test
  void aStartThatTheTriggerRefusesNamesIt() throws IOException {
    Node node = node().start(false);
    node.runtime().registerTrigger(new TailTriggerType());
    Files.delete(log);
    RuntimeFault failed = assertThrows(RuntimeFault.class, () -> node.deploy("a", tail("tail")));
    assertTrue(
        failed
            .failure()
            .message()
            .contains("trigger \"log\" of type tail did not start: file, expected=a file"),
        () -> failed.failure().message());
    Files.writeString(log, "one\n");
    Node.nothing(node.process("a").start());
    node.until("a", "invocation_count", 1);
  }
}
