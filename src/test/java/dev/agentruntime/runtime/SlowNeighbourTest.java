package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.trigger.WebhookRoutes.Route;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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

/** Whoever starts or stops slowly holds up no other change of the agents directory. */
@ExtendWith(VertxExtension.class)
final class SlowNeighbourTest {

  private static final String HOOK = """
      triggers:
        - {type: webhook, id: hook, webhook_path: /hangs, auth: none}
      """;

  private static final String THINKS = """
      version: "1.0"
      name: thinks
      model: script:thinks.play.yaml
      instructions: Think.
      config: {drain_timeout: 3600}
      """;

  private static final String PLAY = """
      rules:
        - delay_ms: 3600000
          say: done
      """;

  @TempDir
  private Path root;

  private Node node;
  private final Promise<Route> opens = Promise.promise();

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    // The process with this path does not get up before it is opened.
    node = new Node(vertx, root).routes((host, port, path, owner, handler) -> opens.future());
  }

  @AfterEach
  void close() {
    opens.tryComplete(Future::succeededFuture);
    Node.nothing(node.runtime().killSwitch().pull("test", "it is over"));
    node.stop();
  }

  private boolean has(String name) {
    return node.runtime().processes().stream()
        .anyMatch(process -> process.name().value().equals(name));
  }

  private String version(String name) {
    Map<?, ?> manifest = (Map<?, ?>) Objects.requireNonNull(node.status(name).get("manifest"));
    return String.valueOf(manifest.get("version"));
  }

  private void runs(String name) {
    node.until(() -> has(name) && "running".equals(node.status(name).get("state")));
  }

  @Test
  void aStartThatHangsHoldsUpNobodyAndTheNewestFileTakesEffectAfterIt() throws IOException {
    node.start(true);
    node.write("hangs", HOOK);
    node.until(() -> has("hangs") && "starting".equals(node.status("hangs").get("state")));
    node.write("new", "");
    runs("new");
    node.write("new", "config: {max_turns: 7}\n");
    node.until(() -> version("new").equals("2"));
    Files.delete(node.agents().resolve("new.agent"));
    node.until("new", "state", "stopped");

    // Of what is written meanwhile, only the last counts.
    node.write("hangs", HOOK + "config: {max_turns: 7}\n");
    node.write("second", "");
    runs("second");
    node.write("hangs", HOOK + "config: {max_turns: 8}\n");
    node.write("third", "");
    runs("third");
    assertEquals("starting", node.status("hangs").get("state"));
    assertEquals("1", version("hangs"));
    opens.complete(Future::succeededFuture);
    node.until(() -> version("hangs").equals("2"));
    node.until("hangs", "state", "running");
    assertTrue(String.valueOf(Node.now(node.process("hangs").journal(500, null, null)))
        .contains("\"max_turns\":8"));
  }

  @Test
  void aFileThatGoesBeforeItsProcessIsThereStopsItAllTheSame() throws IOException {
    opens.complete(Future::succeededFuture);
    Promise<Boolean> granted = Promise.promise();
    node.placement(new Placement() {
          @Override
          public Future<Boolean> claim(ProcessName name) {
            return name.value().equals("late") ? granted.future() : ALONE.claim(name);
          }

          @Override
          public Future<Void> release(ProcessName name) {
            return ALONE.release(name);
          }

          @Override
          public Future<List<Json>> nodes() {
            return ALONE.nodes();
          }
        })
        .start(true);
    node.write("late", HOOK);
    node.write("first", "");
    runs("first");
    Files.delete(node.agents().resolve("late.agent"));
    node.write("second", "");
    runs("second");
    granted.complete(true);
    node.until(() -> has("late") && "stopped".equals(node.status("late").get("state")));
    assertEquals("manifest-missing", node.status("late").get("reason"));
  }

  @Test
  void aBadFileBesideAStartThatHangsSaysSo() throws IOException {
    node.start(true);
    node.write("hangs", HOOK);
    node.until(() -> has("hangs") && "starting".equals(node.status("hangs").get("state")));
    node.write("bad", "config: {max_turns: many}\n");
    node.until(() -> String.join("\n", node.runtime().warnings()).contains("max_turns"));
    node.write("bad", "");
    runs("bad");
    node.until(() -> !String.join("\n", node.runtime().warnings()).contains("max_turns"));
  }

  @Test
  void aStopThatDrainsLongHoldsUpNobodyAndAFileThatIsBackWaitsForIt() throws IOException {
    Files.writeString(node.agents().resolve("thinks.play.yaml"), PLAY);
    Path file = node.agents().resolve("thinks.agent");
    Files.writeString(file, THINKS);
    node.start(true);
    node.trigger("thinks", 1);
    node.until(() -> String.valueOf(Node.now(node.process("thinks").journal(500, null, null)))
        .contains("invocation_start"));
    Files.delete(file);
    node.until("thinks", "state", "stopping");
    node.until(() -> String.join("\n", node.runtime().warnings()).contains("thinks.agent is gone"));
    node.write("new", "");
    runs("new");
    node.write("new", "config: {max_turns: 7}\n");
    node.until(() -> version("new").equals("2"));
    Files.writeString(file, THINKS);
    node.write("second", "");
    runs("second");
    assertEquals("stopping", node.status("thinks").get("state"));
  }
}
