package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.hook.HookBlocked;
import dev.agentruntime.hook.HookOptions;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Hooks of a real node: programs of its settings, and Java. */
@ExtendWith(VertxExtension.class)
final class NodeHooksTest {

  private static final String CANARY = "canary-7f3a9b2c4d";

  @TempDir
  private Path root;

  private Node node;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    node = new Node(vertx, root).environment(Map.of("TOKEN", CANARY, "FOR_HOOK", "given"));
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private HookConfig sh(HookEvent event, String glob, String script) {
    return new HookConfig(
        event,
        List.of("sh", "-c", script),
        Duration.ofSeconds(20),
        root.toString(),
        Map.of("MINE", new SecretRef(SecretRef.Kind.ENV, "FOR_HOOK")),
        glob,
        0,
        false,
        null);
  }

  private String hooks() {
    return Json.of(node.runtime().status().object().get("hooks")).toString();
  }

  @Test
  void aProgramOfTheSettingsBlocksARunOfTheProcessesItIsAbout() throws IOException {
    node.hooks(sh(
            HookEvent.USER_PROMPT_SUBMIT,
            "clerk*",
            "cat > said; env > env; echo '{\"block\":true,\"reason\":\"closed: '$MINE'\"}'"))
        .start(false);
    node.deploy("clerk", "secrets:\n  secrets:\n    TOKEN: ${TOKEN}\n");
    node.deploy("other", "");
    node.trigger("other", Map.of("n", 1));
    node.trigger("clerk", Map.of("key", CANARY));
    node.until("clerk", "dead_letter_count", 1);
    node.until("other", "invocation_count", 1);
    InvocationId id = new InvocationId(node.invocations("clerk", 1).get(0));
    String run = Node.now(node.process("clerk").invocation(id)).toString();
    assertTrue(run.contains("HOOK_BLOCKED") && run.contains("closed: given"), run);
    assertEquals("running", node.status("clerk").get("state"));
    assertFalse(Files.readString(root.resolve("said")).contains(CANARY), "a secret left");
    assertFalse(Files.readString(root.resolve("env")).contains(CANARY), "a secret left");
    assertTrue(hooks().contains("\"blocked\":1"), this::hooks);
  }

  @Test
  void aBrokenProgramHoldsUpNobodyAndIsShown() {
    node.hooks(sh(HookEvent.USER_PROMPT_SUBMIT, "*", "exit 7")).start(false);
    node.deploy("clerk", "");
    node.trigger("clerk", Map.of("n", 1));
    node.until("clerk", "invocation_count", 1);
    assertTrue(hooks().contains("exit code 7"), this::hooks);
    assertEquals(0, node.number("clerk", "dead_letter_count"));
  }

  @Test
  void aDeploymentIsRefusedAndLeavesNothing() {
    node.start(false);
    String id = node.runtime()
        .hooks()
        .register(
            HookEvent.CONFIG_CHANGE,
            call -> {
              if (String.valueOf(call.data().get("manifest")).contains("Obey me")) {
                throw new HookBlocked("reviewed by nobody");
              }
            },
            HookOptions.DEFAULT);
    AgentProcess clerk = node.deploy("clerk", "");
    String bad = Node.ECHO.replace("NAME", "rogue").replace("Echo.", "Obey me");
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> node.deployYaml(bad));
    assertEquals(ErrorCode.HOOK_BLOCKED, fault.code());
    assertTrue(fault.failure().message().contains("reviewed by nobody"), () -> "" + fault);
    assertThrows(RuntimeFault.class, () -> node.process("rogue"));
    RuntimeFault replaced = assertThrows(
        RuntimeFault.class,
        () -> Node.nothing(node.runtime()
            .replace(
                clerk,
                node.runtime()
                    .manifests()
                    .readYaml(
                        Node.ECHO.replace("NAME", "clerk").replace("Echo.", "Obey me"),
                        "test",
                        null,
                        false))));
    assertEquals(ErrorCode.HOOK_BLOCKED, replaced.code());
    assertTrue(node.runtime().hooks().remove(id));
    node.deployYaml(bad);
    assertEquals("running", node.status("rogue").get("state"));
  }

  @Test
  void aWedgedHookWedgesNoProcessAndNoNode() {
    CountDownLatch stuck = new CountDownLatch(1);
    Queue<String> told = new ConcurrentLinkedQueue<>();
    node.start(false);
    HookOptions quick = HookOptions.DEFAULT.timeout(Duration.ofMillis(200));
    String unused =
        node.runtime().hooks().register(HookEvent.USER_PROMPT_SUBMIT, call -> stuck.await(), quick);
    unused = node.runtime().hooks().register(HookEvent.TASK_CREATED, call -> stuck.await(), quick);
    unused = node.runtime()
        .hooks()
        .register(HookEvent.TASK_COMPLETED, call -> told.add(call.process().value()));
    for (String name : List.of("a", "b", "c")) {
      node.deploy(name, "");
      for (int i = 0; i < 10; i++) {
        node.trigger(name, Map.of("n", i));
      }
    }
    for (String name : List.of("a", "b", "c")) {
      node.until(name, "invocation_count", 10);
    }
    node.until(() -> told.size() == 30);
    assertTrue(hooks().contains("has not come back"), this::hooks);
    node.stop();
    stuck.countDown();
  }

  /** A manifest file is asked about at the start already, and the others come up. */
  @Test
  void aFileThatAHookRefusesIsNotDeployedAtTheStart() throws IOException {
    node.write("rogue", "");
    node.write("clerk", "");
    node.hook(HookEvent.CONFIG_CHANGE, call -> {
          if (call.process().value().equals("rogue")) {
            throw new HookBlocked("reviewed by nobody");
          }
        })
        .start(true);
    assertEquals(1, node.runtime().processes().size());
    assertEquals("clerk", node.runtime().processes().get(0).name().value());
    String warnings = node.runtime().warnings().toString();
    assertTrue(warnings.contains("reviewed by nobody"), warnings);
  }

  @Test
  void aQuestionToAnotherProcessIsToldAndItsAnswerToo() throws IOException {
    Files.writeString(node.agents().resolve("asker.play.yaml"), """
        rules:
          - when: {turn: 1}
            call: [{tool: ask_process, args: {process: clerk, content: How late?}}]
          - say: Done.
        """);
    Files.writeString(
        node.agents().resolve("asker.agent"),
        "name: asker\nmodel: script:asker.play.yaml\ninstructions: Ask.\n");
    node.write("clerk", "");
    Queue<String> told = new ConcurrentLinkedQueue<>();
    for (HookEvent event : List.of(HookEvent.SUBAGENT_START, HookEvent.SUBAGENT_STOP)) {
      node.hook(event, call -> told.add(call.process() + " " + event + " " + call.data()));
    }
    node.start(true);
    node.trigger("asker", 1);
    node.until("asker", "invocation_count", 1);
    node.until(() -> told.size() == 2);
    String start = told.remove();
    assertTrue(start.startsWith("asker SUBAGENT_START") && start.contains("How late?"), start);
    String stop = told.remove();
    assertTrue(stop.startsWith("asker SUBAGENT_STOP") && stop.contains("outcome=ok"), stop);
    assertTrue(stop.contains("How late?"), "the echo's answer: " + stop);
  }

  @Test
  void withoutHooksTheStatusSaysNothing() {
    node.start(false);
    assertFalse(node.runtime().status().object().containsKey("hooks"));
  }
}
