package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
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

/** What an agent knows of its machine, and what it remembers, on a whole node. */
@ExtendWith(VertxExtension.class)
final class KnowledgeTest {

  private static final String READER = """
      name: reader
      model: script:reader.play.yaml
      instructions: Read.
      context:
        conversation_max_messages: 4
        conversation_summary: true
        file_mounts: {manual: docs}
      """;

  private static final String PLAY = """
      rules:
        - when: {turn: 0}
          say: They greeted each other.
        - when: {contains: read, turn: 1}
          call: [{tool: file_read, args: {path: manual/a.txt}}]
        - say: Hello.
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Node node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new Node(vertx, root)
        .environment(Map.of("AGENT_REGION", "eu", "AGENT_TOKEN", "canary", "HOME", "x"));
    Path docs = Files.createDirectories(node.agents().resolve("docs"));
    Files.writeString(docs.resolve("a.txt"), "what it says");
    Files.writeString(node.agents().resolve("reader.agent"), READER);
    Files.writeString(node.agents().resolve("reader.play.yaml"), PLAY);
    node.start(true);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private String entries(String kind) {
    Json page = Node.now(node.process("reader").journal(500, "1", kind));
    return page.toString();
  }

  @Test
  void aMountedFileIsReadAsAnEffectAndTheEnvironmentIsPinned() {
    node.trigger("reader", "read");
    node.until("reader", "invocation_count", 1);

    assertTrue(entries("tool_call").contains("\"policy\":\"read_only\""));
    assertTrue(entries("tool_result").contains("what it says"));
    String start = entries("invocation_start");
    assertTrue(start.contains("AGENT_REGION") && start.contains("eu"), start);
    assertFalse(start.contains("canary"), start);
  }

  @Test
  void whatWasSaidIsSummarisedAndSurvivesARestart() {
    for (int i = 1; i <= 4; i++) {
      node.trigger("reader", "hello " + i);
    }
    node.until("reader", "invocation_count", 4);
    assertEquals(
        List.of("They greeted each other.", "Hello.", "Hello."), replies(), "the newest two stay");
    Object digest = node.status("reader").get("digest");
    node.stop();
    node.start(true);
    assertEquals(digest, node.status("reader").get("digest"));
    assertEquals(3, replies().size());
  }

  private List<String> replies() {
    Json all = Node.now(node.process("reader").knowledge().conversation());
    return Node.list(all, "messages").stream()
        .map(message -> (Map<?, ?>) message)
        .filter(message -> "assistant".equals(message.get("role")))
        .map(message -> String.valueOf(message.get("text")))
        .toList();
  }
}
