package dev.agentruntime.verticle;

import static dev.agentruntime.verticle.VerticleNode.nothing;
import static dev.agentruntime.verticle.VerticleNode.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.oversight.ApprovalWord;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * F44: a verticle that brought a tool, a model or a type of trigger goes while a run has it, waits
 * for it, or is back from the journal.
 */
@ExtendWith(VertxExtension.class)
final class UndeployTest {

  /** Greets, after a while once more, then says so. */
  private static final String SLOW = """
      rules:
        - when: {turn: 1}
          call: [{tool: greet, args: {}}]
        - when: {turn: 2}
          delay_ms: %d
          call: [{tool: greet, args: {}}]
        - say: done
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    node = new VerticleNode(vertx, root);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private List<String> results(String agent) {
    return node.journal(agent, "tool_result");
  }

  private void undeploy(String name, boolean force) {
    nothing(node.verticles().undeploy(name, force, "ops"));
  }

  private byte[] slowModel() {
    return Jars.compile(root, "acme.Slow", Map.of("acme/Slow", Jars.SLOW));
  }

  @Test
  void aRunUnderWayEndsWithTheToolItBeganWith() {
    node.agent("slow", "script:slow.yaml", "", SLOW.formatted(300));
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    node.trigger("slow");
    node.until(() -> results("slow").size() == 1);
    undeploy("greeter", false);
    assertEquals("1", node.status("slow", "invocation_count"), "it ended before the verticle did");
    assertTrue(results("slow").get(1).contains("hello"), results("slow")::toString);
    assertEquals(1, node.journal("slow", "invocation_start").size());
  }

  @Test
  void aRunThatLastsTooLongIsToldThatItsToolIsGone() {
    node = node.drain(Duration.ofMillis(200));
    node.agent("slow", "script:slow.yaml", "", SLOW.formatted(1_500));
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    node.trigger("slow");
    node.until(() -> results("slow").size() == 1);
    undeploy("greeter", false);
    node.until("slow", "invocation_count", 1);
    assertTrue(results("slow").get(0).contains("hello"), results("slow")::toString);
    assertTrue(results("slow").get(1).contains("there is no tool"), results("slow")::toString);
    assertEquals(2, results("slow").size(), "what was recorded is not done again");
    assertEquals(2, node.journal("slow", "invocation_start").size());
  }

  @Test
  void aCallThatWaitsForAPersonIsNotMadeWithWhatIsGone() {
    String asked = waits();
    undeploy("greeter", false);
    node.until("ci", "invocation_count", 1);
    assertEquals(1, results("ci").size());
    assertTrue(results("ci").get(0).contains("there is no tool"), results("ci")::toString);
    assertEquals(List.of(), node.journal("ci", "tool_call"));
    nobodyWaits(asked);
  }

  @Test
  void aCallThatWaitedOverARestartIsNotMadeWithWhatIsNoLongerAllowed() throws IOException {
    String asked = waits();
    node.stop();
    Files.delete(node.allowFile());
    node.start();
    assertEquals(List.of("greeter failed"), node.listed());
    node.until("ci", "invocation_count", 1);
    assertTrue(results("ci").get(0).contains("there is no tool"), results("ci")::toString);
    nobodyWaits(asked);
  }

  /** A run whose call of the tool waits for a person; the id of the request. */
  private String waits() {
    node.agent("ci", "script:ci.yaml", "approval: {tools: [greet], tainted: false}\n", """
        rules:
          - when: {turn: 1}
            call: [{tool: greet, args: {}}]
          - say: done
        """);
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    node.trigger("ci");
    node.until("ci", "state", "awaiting");
    Json waiting =
        now(node.runtime().require("ci").oversee(all -> all.approvals().list()));
    return waiting.toString().replaceAll(".*?\"id\":\"([^\"]+)\".*", "$1");
  }

  private void nobodyWaits(String asked) {
    AgentProcess ci = node.runtime().require("ci");
    String shown = now(ci.oversee(all -> all.approvals().list())).toString();
    assertTrue(shown.startsWith("{\"approvals\":[]"), shown);
    ApprovalWord late = new ApprovalWord(asked, true, null, "because", "alice", null, null);
    RuntimeFault refused = assertThrows(
        RuntimeFault.class, () -> nothing(ci.oversee(all -> all.approvals().decide(late))));
    assertTrue(refused.failure().message().contains("holds no more"), refused::getMessage);
  }

  @Test
  void whatWaitedForAModelThatWentRunsOnceItIsBack() {
    byte[] jar = slowModel();
    node.agent("bird", "custom:slow", "", "");
    node.start();
    node.deploy("slow", jar, false);
    node.until("bird", "state", "running");
    for (int i = 0; i < 10; i++) {
      node.trigger("bird");
    }
    undeploy("slow", true);
    assertEquals("stopped", node.status("bird", "state"));
    assertTrue(node.status("bird", "reason").contains("slow"), node.status("bird", "reason"));
    node.deploy("slow", jar, false);
    nothing(node.runtime().require("bird").start());
    allTen();
  }

  @Test
  void whatIsBackFromTheJournalWithoutItsModelFailsAndKeepsItsQueue() throws IOException {
    byte[] jar = slowModel();
    node.agent("bird", "custom:slow", "", "");
    node.start();
    node.deploy("slow", jar, false);
    node.until("bird", "state", "running");
    for (int i = 0; i < 10; i++) {
      node.trigger("bird");
    }
    node.stop();
    Files.delete(node.allowFile());
    node.start();
    assertEquals(List.of("slow failed"), node.listed());
    node.until("bird", "state", "failed");
    assertTrue(
        node.status("bird", "reason").contains("custom:slow"), node.status("bird", "reason"));
    node.deploy("slow", jar, true);
    allTen();
  }

  @Test
  void oneWhoseJarWentWhileTheNodeWasDownStopsWhoNeedsIt() throws IOException {
    Path lib = Files.createDirectories(node.agents().resolve("lib"));
    byte[] jar = slowModel();
    node.allow(jar);
    Files.write(lib.resolve("slow.jar"), jar);
    node.agent("bird", "custom:slow", "", "");
    node.start();
    node.until("bird", "state", "running");
    for (int i = 0; i < 10; i++) {
      node.trigger("bird");
    }
    node.stop();
    Files.delete(lib.resolve("slow.jar"));
    node.start();
    assertEquals(List.of(), node.listed());
    assertEquals("stopped", node.status("bird", "state"));
    assertTrue(node.status("bird", "reason").contains("slow"), node.status("bird", "reason"));
    Files.write(lib.resolve("slow.jar"), jar);
    node.until(() -> node.listed().equals(List.of("slow deployed")));
    nothing(node.runtime().require("bird").start());
    allTen();
  }

  private void allTen() {
    node.until("bird", "invocation_count", 10);
    assertEquals("0", node.status("bird", "dead_letter_count"));
    assertEquals("0", node.status("bird", "queue_size"));
    assertEquals(10, node.journal("bird", "invocation_result").size());
  }
}
