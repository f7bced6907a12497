package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ProcessName;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Manifests that change while the node runs. */
@ExtendWith(VertxExtension.class)
final class AgentWatchTest {

  @TempDir
  private Path root = Path.of("");

  private @Nullable Node running;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    running = new Node(vertx, root);
    node().write("steady", "");
    node().start(true);
  }

  @AfterEach
  void close() {
    node().stop();
  }

  private Node node() {
    return Objects.requireNonNull(running);
  }

  private boolean has(String name) {
    return node().runtime().processes().stream()
        .anyMatch(process -> process.name().value().equals(name));
  }

  private void untilVersion(String name, String version) {
    node().until(() -> {
      Map<?, ?> manifest = (Map<?, ?>) node().status(name).get("manifest");
      return manifest != null && version.equals(String.valueOf(manifest.get("version")));
    });
  }

  @Test
  void aNewFileIsANewProcess() throws IOException {
    node().write("fresh", "");
    node().until(() -> has("fresh"));
    node().until("fresh", "state", "running");
    node().trigger("fresh", 1);
    node().until("fresh", "invocation_count", 1);
  }

  @Test
  void aChangedFileIsANewVersionAndAnInvalidOneChangesNothing() throws IOException {
    node().write("steady", "config: {max_turns: 7}\n");
    untilVersion("steady", "2");
    node().write("steady", "config: {max_turns: many}\n");
    node()
        .until(() ->
            String.valueOf(node().status("steady").get("manifest_problem")).contains("max_turns"));
    assertEquals("running", node().status("steady").get("state"));
    node().until(() -> String.join("\n", node().runtime().warnings()).contains("max_turns"));
    node().write("steady", "config: {max_turns: 8}\n");
    untilVersion("steady", "3");
    node().until(() -> node().status("steady").get("manifest_problem") == null);
    node().until(() -> !String.join("\n", node().runtime().warnings()).contains("max_turns"));
    assertNull(node().status("steady").get("manifest_problem"));
  }

  @Test
  void aFileThatIsGoneStopsItsProcessUntilItIsBack() throws IOException {
    Path file = node().agents().resolve("steady.agent");
    Path aside = root.resolve("aside");
    Files.move(file, aside);
    node().until("steady", "state", "stopped");
    assertEquals("manifest-missing", node().status("steady").get("reason"));
    Files.move(aside, file);
    node().until("steady", "state", "running");
    untilVersion("steady", "1");
  }

  @Test
  void whatWasTakenAwayComesBackOnlyWithAnotherFile() throws IOException {
    Node.nothing(node().runtime().remove(new ProcessName("steady"), "test"));
    node().write("fresh", "");
    node().until(() -> has("fresh"));
    node().write("second", "");
    node().until(() -> has("second"));
    assertFalse(has("steady"));
    node().write("steady", "config: {max_turns: 7}\n");
    node().until(() -> has("steady"));
    node().until("steady", "state", "running");
  }

  @Test
  void aDirectoryThatIsGoneStopsNobody() throws IOException {
    Path aside = root.resolve("aside");
    Files.move(node().agents(), aside);
    node().trigger("steady", 1);
    node().until("steady", "invocation_count", 1);
    Files.move(aside, node().agents());
    node().write("fresh", "");
    node().until(() -> has("fresh"));
    assertEquals("running", node().status("steady").get("state"));
  }

  @Test
  void aPlayInADirectoryBelowIsFollowedAlsoWhenItWasNotThere() throws IOException {
    String text = Node.ECHO.replace("NAME", "player").replace("echo", "script:plays/player.yaml");
    Files.writeString(node().agents().resolve("player.agent"), text);
    node().until(() -> String.join("\n", node().runtime().warnings()).contains("player.yaml"));
    Path plays = Files.createDirectory(node().agents().resolve("plays"));
    Files.writeString(plays.resolve("player.yaml"), "rules:\n  - say: first\n");
    node().until(() -> has("player"));
    node().until("player", "state", "running");
    Files.writeString(plays.resolve("player.yaml"), "rules:\n  - say: second\n");
    untilVersion("player", "2");
    Files.writeString(plays.resolve("player.yaml"), "rules:\n  - shout: third\n");
    node()
        .until(() ->
            String.valueOf(node().status("player").get("manifest_problem")).contains("shout"));
    assertEquals("running", node().status("player").get("state"));
    Files.writeString(plays.resolve("player.yaml"), "rules:\n  - say: fourth\n");
    untilVersion("player", "3");
    node().until(() -> node().status("player").get("manifest_problem") == null);
  }

  /** What is said of reading the directory again. */
  private List<String> again(Node here) {
    return said.stream().filter(line -> line.contains(here.agents() + " again")).toList();
  }

  private final List<String> said = new CopyOnWriteArrayList<>();

  private final Handler ear = new Handler() {
    @Override
    public void publish(LogRecord record) {
      said.add(MessageFormat.format(record.getMessage(), record.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  };

  @Test
  void aPlayInADirectoryBelowIsNoChangeBecauseItIsFollowed() throws IOException {
    Path plays = Files.createDirectory(node().agents().resolve("plays"));
    Files.writeString(plays.resolve("player.yaml"), "rules:\n  - say: first\n");
    String text = Node.ECHO.replace("NAME", "player").replace("echo", "script:plays/player.yaml");
    Files.writeString(node().agents().resolve("player.agent"), text);
    node().until(() -> has("player"));
    node().stop();
    Logger log = Logger.getLogger("dev.agentruntime.runtime.AgentWatch");
    log.setLevel(Level.FINE);
    log.addHandler(ear);
    try {
      node().start(true);
      node().until(() -> !again(node()).isEmpty());
      assertTrue(again(node()).get(0).startsWith("reading "), () -> "" + again(node()));
      Files.writeString(plays.resolve("player.yaml"), "rules:\n  - say: second\n");
      untilVersion("player", "2");
      node().until(() -> again(node()).size() > 1);
      assertTrue(again(node()).get(1).endsWith("because it changed"), () -> "" + again(node()));
    } finally {
      log.removeHandler(ear);
      log.setLevel(null);
    }
  }
}
