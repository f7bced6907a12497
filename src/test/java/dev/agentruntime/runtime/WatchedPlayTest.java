package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The manual's example in a runtime: a mission that ends, and a play that would loop for ever. */
@ExtendWith(VertxExtension.class)
final class WatchedPlayTest {

  private static final String NAME = "stock-count";

  @TempDir
  private Path root;

  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new Node(vertx, root);
    for (String file : new String[] {NAME + ".agent", NAME + ".play.yaml"}) {
      Files.copy(Path.of("src/test/resources/watch", file), node.agents().resolve(file));
    }
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private Json mission() {
    return Node.now(node.process(NAME).oversee(all -> all.mission().view()));
  }

  @Test
  void missionIsJudgedByThePlayAndEndsByTheContext() {
    node.trigger(NAME, Map.of("boxes", 10));
    node.until(NAME, "invocation_count", 1);
    node.trigger(NAME, Map.of("boxes", 20));
    node.until(() -> mission().toString().contains("some boxes have arrived"));
    assertTrue(mission().toString().contains("\"state\":\"active\""), () -> "" + mission());
    node.trigger(NAME, Map.of("boxes", 41));
    node.until(NAME, "state", "suspended");
    assertTrue(mission().toString().contains("\"source\":\"success_check\""), () -> "" + mission());
    assertEquals("[\"mission\"]", Json.of(node.status(NAME).get("suspended_by")).toString());
  }

  @Test
  void playThatCallsTheSameToolForEverIsHeld() {
    node.trigger(NAME, Map.of("again", true));
    node.until(NAME, "state", "suspended");
    assertEquals("[\"health\"]", Json.of(node.status(NAME).get("suspended_by")).toString());
    Json found = Node.now(node.process(NAME).oversee(all -> all.health().anomalies()));
    assertTrue(found.toString().contains("\"type\":\"stuck\",\"action\":\"pause\""), "" + found);
    // Held over a restart too, and held again when somebody lets it go on.
    node.stop();
    node.start(true);
    node.until(NAME, "state", "suspended");
    Node.nothing(node.process(NAME).resume());
    node.until(() -> Node.now(node.process(NAME).oversee(all -> all.health().anomalies()))
        .toString()
        .contains("\"total\":2"));
    node.until(NAME, "state", "suspended");
    assertEquals(0, node.number(NAME, "invocation_count"));
  }
}
