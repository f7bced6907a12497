package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.memory.FakeEmbeddings;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a memory asks an embedding model comes out of the budget of its process. */
@ExtendWith(VertxExtension.class)
final class MemoryBudgetTest {

  private static final String NAME = "keeper";

  private static final String PLAY = """
      rules:
        - when: {contains: keep, turn: 1}
          call: [{tool: memory_store, args: {content: "%s"}}]
        - say: Done.
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Node node;

  @SuppressWarnings("NullAway.Init") // made before each test
  private FakeEmbeddings server;

  @BeforeEach
  void start(Vertx vertx) throws Exception {
    server = new FakeEmbeddings(vertx);
    MemorySettings usual = MemorySettings.DEFAULT;
    node = new Node(vertx, root)
        .models(Map.of("openai", new ModelEndpoint(server.url(), null, Duration.ofSeconds(20), 1)))
        .remembering(new MemorySettings("openai:words", usual.chroma(), usual.mem0()));
  }

  @AfterEach
  void stop() throws Exception {
    node.stop();
    server.close();
  }

  private void begin(String content, String budget) throws Exception {
    Files.writeString(node.agents().resolve(NAME + ".agent"), """
        version: "1.0"
        name: keeper
        model: script:keeper.play.yaml
        instructions: Keep.
        memory: {auto_store: true}
        budget: %s
        """.formatted(budget));
    Files.writeString(node.agents().resolve("keeper.play.yaml"), PLAY.formatted(content));
    node.start(true);
  }

  private List<?> entries(String kind) {
    return Node.list(Node.now(node.process(NAME).journal(500, "1", kind)), "entries");
  }

  /** What was charged for the memory, in order: {@code run 69} or {@code day -68}. */
  private List<String> charges() {
    return entries("budget_charge").stream()
        .map(entry -> (Map<?, ?>) Objects.requireNonNull(((Map<?, ?>) entry).get("d")))
        .filter(data -> "memory".equals(data.get("why")))
        .map(data -> (data.get("invocation") == null ? "day " : "run ")
            + String.valueOf(data.get("amounts")).replaceAll(".*of=tokens, n=(-?[0-9]+).*", "$1"))
        .toList();
  }

  private String left(String limit) {
    Map<?, ?> budget = (Map<?, ?>) Objects.requireNonNull(node.status(NAME).get("budget"));
    return String.valueOf(budget.get(limit));
  }

  @Test
  void isChargedToTheRunOrToTheDayAndSettled() throws Exception {
    begin("apples", "{max_tokens_per_day: 1000, max_tokens_per_run: 200}");
    node.trigger(NAME, "keep");
    // Recalled before the run, stored by it, and what it said stored after it.
    node.until(() -> charges().size() == 6);

    List<String> charges = charges();
    assertEquals(List.of("day 68", "day -67", "run 70", "run -69"), charges.subList(0, 4));
    assertTrue(charges.get(4).startsWith("day ") && charges.get(5).startsWith("day -"));
    assertEquals("997", left("tokens_day"), "the provider counted one each time");
    assertEquals(3, server.seen.size());

    // Else it is stored once more, and paid for once more.
    node.until(() -> !entries("effect_delivered").isEmpty());
    node.stop();
    node.start(true);
    assertEquals("997", left("tokens_day"));
  }

  @Test
  void whatARunHasNoRoomForIsNotEmbeddedAndTheRunGoesOn() throws Exception {
    begin("a".repeat(200), "{max_tokens_per_day: 1000, max_tokens_per_run: 200}");
    node.trigger(NAME, "keep");
    node.until(NAME, "invocation_count", 1);

    String steps = Node.now(node.process(NAME)
            .invocation(new InvocationId(node.invocations(NAME, 1).get(0))))
        .toString();
    assertTrue(steps.contains("too little is left of the budget"), steps);
    assertEquals("suspended".equals(node.status(NAME).get("state")), false);
    assertEquals(List.of("day 68", "day -67"), charges().subList(0, 2));
  }

  @Test
  void aRunBeginsWithoutTheMemoryThatTheDayHasNoRoomFor() throws Exception {
    begin("apples", "{max_tokens_per_day: 60}");
    node.trigger(NAME, "go");
    node.until(NAME, "invocation_count", 1);

    assertEquals(List.of(), charges());
    assertEquals(List.of(), server.seen, "it left all the same");
    String start =
        Node.now(node.process(NAME).journal(500, "1", "invocation_start")).toString();
    assertTrue(start.contains("BUDGET_EXCEEDED"), start);
  }
}
