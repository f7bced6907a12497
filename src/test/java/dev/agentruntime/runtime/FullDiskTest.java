package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A node whose disk fills up: it refuses new work, still stops, and comes back by itself. */
@ExtendWith(VertxExtension.class)
final class FullDiskTest {

  @SuppressWarnings("NullAway.Init") // set before each
  private Node node;

  @BeforeEach
  void start(Vertx vertx, @TempDir Path root) throws IOException {
    node = new Node(vertx, root).start(false);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  @Test
  void stopsOnAFullDiskAndGoesOnWhenThereIsRoom() {
    node.deploy("first", "");
    node.deploy("second", "");
    node.trigger("first", "before");
    node.disk.full(true);
    String big = "x".repeat(20_000);
    long accepted = 1;
    RuntimeFault refused = null;
    while (refused == null) {
      Future<Accepted> taken = node.process("first").trigger(Json.of(big), Json.EMPTY, null);
      try {
        assertTrue(Node.now(taken).durable());
        accepted++;
      } catch (RuntimeFault fault) {
        refused = fault;
      }
      assertTrue(accepted < 1_000, "the disk is never full");
    }
    assertEquals(ErrorCode.OVERLOADED, refused.code());
    assertTrue(refused.failure().message().contains("the reserve is in use"), refused.getMessage());

    Node.nothing(node.process("second").stop("test"));
    assertEquals("stopped", node.status("second").get("state"));
    assertEquals(accepted, node.number("first", "accepted_count"));
    assertTrue(node.runtime().status().toString().contains("\"shortage\":\"no room"));

    node.disk.full(false);
    node.until(() -> node.runtime().status().toString().contains("\"shortage\":null"));
    node.until("first", "invocation_count", accepted);
    node.trigger("first", "after");
    node.until("first", "invocation_count", accepted + 1);
    node.stop();
    node.start(false);
    assertEquals("stopped", node.status("second").get("state"));
    assertEquals(accepted + 1, node.number("first", "accepted_count"));
    assertEquals(List.of(), node.runtime().warnings());
  }
}
