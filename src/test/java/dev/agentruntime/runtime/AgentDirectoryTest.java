package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What runs is what the journal says, and a manifest file takes effect when its content changed.
 */
@ExtendWith(VertxExtension.class)
final class AgentDirectoryTest {

  @TempDir
  private Path root = Path.of("");

  private @Nullable Node running;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    running = new Node(vertx, root);
  }

  @AfterEach
  void close() {
    node().stop();
  }

  private Node node() {
    return Objects.requireNonNull(running);
  }

  private static String manifest(Node node, String name, String key) {
    Map<?, ?> manifest = (Map<?, ?>) Objects.requireNonNull(node.status(name).get("manifest"));
    return String.valueOf(manifest.get(key));
  }

  private void restart() {
    node().stop();
    node().start(true);
  }

  @Test
  void startsWhatLiesInItAndKeepsItsVersionWhileTheFileIsTheSame() throws IOException {
    Node node = node();
    node.write("first", "");
    node.start(true);
    node.until("first", "state", "running");
    assertEquals("1", manifest(node, "first", "version"));
    assertEquals("file", manifest(node, "first", "source"));
    assertEquals(
        List.of(node.agents().resolve("first.agent")
            + ":1:1: no triggers: only an operator can wake this process"),
        node.runtime().warnings());
    restart();

    assertEquals("1", manifest(node, "first", "version"));
    assertEquals("running", node.status("first").get("state"));
  }

  @Test
  void takesAChangedFileAsANewVersion() throws IOException {
    Node node = node();
    node.write("changing", "");
    node.start(true);
    node.trigger("changing", 1);
    node.until("changing", "invocation_count", 1);
    node.write("changing", "config: {max_turns: 7}\n");
    restart();

    assertEquals("2", manifest(node, "changing", "version"));
    assertEquals(1, node.number("changing", "invocation_count"), "its history stays");
    assertEquals("running", node.status("changing").get("state"));
  }

  @Test
  void aRenamedFileChangesNothing() throws IOException {
    Node node = node();
    node.write("steady", "");
    node.start(true);
    Files.move(node.agents().resolve("steady.agent"), node.agents().resolve("other.agent"));
    restart();

    assertEquals("running", node.status("steady").get("state"));
    assertEquals("1", manifest(node, "steady", "version"));
  }

  @Test
  void aBrokenFileLeavesTheLastGoodVersionRunning() throws IOException {
    Node node = node();
    node.write("fragile", "");
    node.start(true);
    node.write("fragile", "config: {max_turns: many}\n");
    restart();
    String problem = String.valueOf(node.status("fragile").get("manifest_problem"));

    assertTrue(problem.contains("max_turns"), problem);
    assertEquals("running", node.status("fragile").get("state"));
    assertEquals("1", manifest(node, "fragile", "version"));
    assertTrue(String.join("\n", node.runtime().warnings()).contains("max_turns"));
    node.write("fragile", "config: {max_turns: 9}\n");
    restart();
    assertNull(node.status("fragile").get("manifest_problem"));
    assertEquals("2", manifest(node, "fragile", "version"));
  }

  @Test
  void aFileThatIsNoYamlAtAllLeavesItsProcessRunning() throws IOException {
    Node node = node();
    node.write("mangled", "");
    node.start(true);
    Files.writeString(node.agents().resolve("mangled.agent"), "{{{ no yaml");
    restart();

    assertEquals("running", node.status("mangled").get("state"));
    assertTrue(node.status("mangled").get("manifest_problem") != null);
  }

  @Test
  void aMissingFileStopsItsProcessUntilItIsBack() throws IOException {
    Node node = node();
    node.write("stays", "");
    node.write("leaves", "");
    node.start(true);
    Node.nothing(node.process("leaves").suspend("test"));
    node.trigger("leaves", 1);
    Files.delete(node.agents().resolve("leaves.agent"));
    restart();
    node.until("leaves", "state", "stopped");
    assertEquals("manifest-missing", node.status("leaves").get("reason"));
    assertEquals(1, node.number("leaves", "queue_size"), "its inbox is kept");
    assertEquals("running", node.status("stays").get("state"));
    restart();
    assertEquals("stopped", node.status("leaves").get("state"));
    node.write("leaves", "");
    restart();

    node.until("leaves", "invocation_count", 1);
    assertEquals("running", node.status("leaves").get("state"));
  }

  @Test
  void whatAnOperatorStoppedStaysStopped() throws IOException {
    Node node = node();
    node.write("quiet", "");
    node.start(true);
    Node.nothing(node.process("quiet").stop("operator"));
    restart();

    assertEquals("stopped", node.status("quiet").get("state"));
  }

  @Test
  void aDirectoryThatIsGoneStopsTheStart() throws IOException {
    Node node = node();
    node.write("known", "");
    node.start(true);
    node.stop();
    Files.move(node.agents(), root.resolve("elsewhere"));
    RuntimeFault refused =
        assertThrows(RuntimeFault.class, () -> Node.nothing(node.starting(true)));
    assertTrue(
        refused.failure().message().contains("the journal knows processes from it: [known]"));
    Files.move(root.resolve("elsewhere"), node.agents());
    node.start(true);

    assertEquals("running", node.status("known").get("state"));
  }

  @Test
  void aFileDoesNotTakeOverWhatTheApiDeployed() throws IOException {
    Node node = node().start(true);
    node.deploy("mine", "");
    node.write("mine", "config: {max_turns: 3}\n");
    restart();

    assertEquals("api", manifest(node, "mine", "source"));
    assertEquals("1", manifest(node, "mine", "version"));
    assertTrue(String.join("\n", node.runtime().warnings()).contains("deployed by api"));
  }

  @Test
  void aMissingDirectoryIsToldOf() throws IOException {
    Node node = node();
    Files.delete(node.agents());
    node.start(true);
    assertEquals(
        List.of(
            "there is no agents directory " + node.agents() + ", so no agent is loaded from it"),
        node.runtime().warnings());
  }
}
