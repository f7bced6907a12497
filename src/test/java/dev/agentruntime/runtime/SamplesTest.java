package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Samples of {@code agents/}: three that wake each other, and one that judges dropped files. */
@ExtendWith(VertxExtension.class)
final class SamplesTest {

  private static final Map<String, Object> CRITICAL =
      Map.of("service", "checkout", "level", "critical", "error_rate", 0.31);

  @TempDir
  private Path root;

  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new Node(vertx, root)
        .routes(
            (host, port, path, owner, handler) -> Future.succeededFuture(Future::succeededFuture));
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("agents"), "{incident,data-quality,cost}-*")) {
      for (Path file : files) {
        Files.copy(file, node.agents().resolve(file.getFileName()));
      }
    }
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private Object context(String name, String key) {
    Object state =
        Node.now(node.process(name).knowledge().context()).json().object().get("state");
    return state instanceof Map<?, ?> all ? String.valueOf(all.get(key)) : "";
  }

  @Test
  void anIncidentWakesOneAfterTheOther() {
    assertEquals(List.of(), node.runtime().warnings());
    node.trigger("incident-monitor", CRITICAL);
    node.trigger("incident-monitor", Map.of("service", "search", "level", "fine"));
    node.until("incident-responder", "invocation_count", 1);
    node.until("incident-monitor", "invocation_count", 2);
    node.until("incident-analyst", "outbox_size", 0);

    assertEquals("checkout", context("incident-analyst", "last_incident"));
    assertEquals("restart checkout", context("incident-responder", "last_action"));
    assertEquals(1, node.number("incident-analyst", "accepted_count"));
  }

  @Test
  void whatARemovedAgentSaidIsStillDelivered() {
    Node.nothing(node.process("incident-analyst").suspend("test"));
    node.trigger("incident-monitor", CRITICAL);
    node.until("incident-monitor", "invocation_count", 1);
    // The event waits where the suspended analyst has it; the action waits for its reader.
    Node.nothing(node.process("incident-responder").suspend("test"));
    Node.nothing(node.process("incident-analyst").resume());
    node.until("incident-analyst", "invocation_count", 1);
    Node.nothing(node.runtime().remove(new ProcessName("incident-monitor"), "test"));
    Node.nothing(node.runtime().remove(new ProcessName("incident-analyst"), "test"));
    Node.nothing(node.process("incident-responder").resume());
    node.until("incident-responder", "invocation_count", 1);

    assertEquals("restart checkout", context("incident-responder", "last_action"));
  }

  @Test
  void costsAreRememberedAndARecommendationIsMade() {
    node.deploy("saver", "triggers: [{type: event, event_type: costs.recommendation}]\n");
    for (String morning : List.of("2026-11-25T06:00:00Z", "2026-11-26T06:00:00Z")) {
      node.trigger("cost-optimizer", Map.of("scheduled_time", morning));
    }
    node.until("saver", "invocation_count", 2);

    assertEquals("2026-11-26T06:00:00Z", context("cost-optimizer", "last_look"));
    String second = node.invocations("cost-optimizer", 1).get(0);
    String steps = Node.now(node.process("cost-optimizer").invocation(new InvocationId(second)))
        .toString();
    assertTrue(steps.contains("Cost trend at 2026-11-25"), steps);
  }

  @Test
  void eachDroppedFileIsJudged() throws IOException {
    node.deploy("passed", "triggers: [{type: message, topic: quality.passed}]\n");
    node.deploy("failed", "triggers: [{type: message, topic: quality.failed}]\n");
    Path drop = node.agents().resolve("drop");
    Files.writeString(drop.resolve("good.csv"), "1,2\n");
    Files.writeString(drop.resolve("empty.csv"), "");
    Files.writeString(drop.resolve("notes.txt"), "no table");
    node.until("passed", "invocation_count", 1);
    node.until("failed", "invocation_count", 1);
    node.until("data-quality-gate", "invocation_count", 2);

    assertEquals(2, node.number("data-quality-gate", "accepted_count"));
    assertEquals(1, node.number("passed", "accepted_count"));
    assertEquals(1, node.number("failed", "accepted_count"));
  }
}
