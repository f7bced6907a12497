package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.cli.CliRun;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code init} writes is taken by a node as it is, and runs without a key. */
@ExtendWith(VertxExtension.class)
final class InitTemplatesTest {

  @TempDir
  private Path root;

  private Node node;

  @BeforeEach
  void prepare(Vertx vertx) throws IOException {
    node = new Node(vertx, root)
        .routes(
            (host, port, path, owner, handler) -> Future.succeededFuture(Future::succeededFuture));
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private void init(String template) {
    CliRun run = CliRun.of(
        "init", "-t", template, "-o", node.agents().resolve("one.agent").toString());
    assertEquals(0, run.code(), run::err);
    node.start(true);
    // The basic one is woken by hand, which is worth a warning and meant so.
    List<String> warnings = node.runtime().warnings().stream()
        .filter(warning -> !(template.equals("basic") && warning.contains("no triggers")))
        .toList();
    assertEquals(List.of(), warnings);
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "cron", "webhook", "full"})
  void oneAgentRuns(String template) {
    init(template);
    node.trigger("one", Map.of("text", "hello"));
    node.until("one", "invocation_count", 1);
    assertEquals("running", node.status("one").get("state"));
    assertEquals(0, node.number("one", "consecutive_failures"));
  }

  @Test
  void theFullOneSeesFiles() throws IOException {
    init("full");
    Files.writeString(node.agents().resolve("inbox").resolve("a.csv"), "1,2\n");
    node.until("one", "invocation_count", 1);
    assertEquals(1, node.number("one", "accepted_count"));
  }

  @Test
  void twoAgentsWakeEachOther() {
    init("multi-agent");
    node.trigger("one-desk", Map.of("task", "count to three"));
    node.until("one-worker", "invocation_count", 1);
    node.until("one-desk", "invocation_count", 2);
    Object state =
        Node.now(node.process("one-desk").knowledge().context()).json().object().get("state");
    assertTrue(String.valueOf(state).contains("last_done=count to three"), String.valueOf(state));
  }
}
