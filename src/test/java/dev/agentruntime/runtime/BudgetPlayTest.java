package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.InvocationId;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A play that spends without end, in a runtime: code stops it, not the prompt. */
@ExtendWith(VertxExtension.class)
final class BudgetPlayTest {

  private static final String NAME = "spender";

  @TempDir
  private Path root;

  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new Node(vertx, root);
    for (String file : List.of(NAME + ".agent", NAME + ".play.yaml")) {
      Files.copy(Path.of("src/test/resources/budget", file), node.agents().resolve(file));
    }
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  @Test
  void isStoppedByItsBudget() {
    node.trigger(NAME, Map.of("go", true));
    node.until(NAME, "invocation_count", 1);
    node.until(NAME, "state", "suspended");
    InvocationId id = new InvocationId(node.invocations(NAME, 1).get(0));
    String steps = Node.now(node.process(NAME).invocation(id)).toString();
    assertTrue(steps.contains("BUDGET_EXCEEDED"), steps);
    assertEquals(3, count(steps, "\"outcome\":\"ok\""), steps);
    assertEquals(7, count(steps, "\"outcome\":\"denied\""), steps);
    assertEquals(5, count(steps, "\"type\":\"model_reply\""), steps);
    Map<String, ?> status = Node.now(node.process(NAME).status(false)).object();
    assertEquals(List.of("budget"), status.get("suspended_by"));
    Map<?, ?> left = (Map<?, ?>) Objects.requireNonNull(status.get("budget"));
    assertEquals("0.44", String.valueOf(left.get("money_day")), "five calls of 0.012");
    assertEquals("195000", String.valueOf(left.get("tokens_day")));
    assertEquals(1L, status.get("dead_letter_count"), "its event is kept");
  }

  private static int count(String text, String part) {
    return (text.length() - text.replace(part, "").length()) / part.length();
  }
}
