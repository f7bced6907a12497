package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A real node makes checkpoints, compacts, lets go, and starts from what is left. */
@ExtendWith(VertxExtension.class)
final class KeptJournalTest {

  private static final String SHORT = "context:\n  conversation_max_messages: 2\n";
  private static final String FULL = SHORT + "journal:\n  level: full\n";

  @SuppressWarnings("NullAway.Init") // set before each
  private Node node;

  @SuppressWarnings("NullAway.Init") // set before each
  private Path archive;

  @BeforeEach
  void start(Vertx vertx, @TempDir Path root) throws IOException {
    archive = root.resolve("archive");
    node = new Node(vertx, root).keeping(4 << 20, archive).start(false);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private static Set<String> names(Path directory) {
    if (!Files.isDirectory(directory)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> "" + file.getFileName()).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** So many megabytes of events, all run. */
  private void fill(String name, int megabytes) {
    String big = "x".repeat(100_000);
    long before = node.number(name, "invocation_count");
    for (int i = 0; i < megabytes * 5; i++) {
      node.trigger(name, big + i);
    }
    node.until(name, "invocation_count", before + megabytes * 5L);
  }

  /** Until a checkpoint holds all there is. */
  private void settle() {
    Path checkpoints = node.journal().resolve("checkpoints");
    Set<String> before = names(checkpoints);
    node.until(() -> {
      node.trigger("a", "settle");
      return !names(checkpoints).equals(before) && names(checkpoints).size() == 2;
    });
    node.until("a", "queue_size", 0);
    node.until("a", "running", 0);
  }

  private @Nullable Object journal(String key) {
    Object journal = node.runtime().status().object().get("journal");
    return journal instanceof Map<?, ?> map ? map.get(key) : null;
  }

  @Test
  void whatIsLeftIsEnoughToGoOn() {
    node.deploy("a", SHORT);
    node.deploy("b", "");
    node.trigger("b", "idle from here on");
    node.until("b", "invocation_count", 1);
    node.trigger("a", "the first");
    node.until("a", "invocation_count", 1);
    String oldest = node.invocations("a", 1).get(0);
    fill("a", 6);
    settle();
    node.until(() -> journal("since") != null && !names(archive).isEmpty());
    Map<String, @Nullable Object> before = node.status("a");
    long runs = node.number("a", "invocation_count");
    Object idle = node.status("b").get("digest");

    node.stop();
    node.start(false);
    assertEquals(before.get("digest"), node.status("a").get("digest"));
    assertEquals(before.get("invocation_count"), node.status("a").get("invocation_count"));
    assertEquals(idle, node.status("b").get("digest"));
    assertEquals(List.of(), node.runtime().warnings());
    assertTrue(names(archive).contains("node-1-00000001.jsonl"), () -> "" + names(archive));
    assertFalse(names(node.journal()).contains("00000001.jsonl"));

    // What is gone is not shown, and what is there still is.
    assertFalse(node.invocations("a", 50).contains(oldest));
    long position = node.number("a", "position");
    Json page = Node.now(node.process("a").journal(10, "1", null));
    Map<?, ?> shown = (Map<?, ?>) Node.list(page, "entries").get(0);
    long first = (Long) Objects.requireNonNull(shown.get("s"));
    assertTrue(first > 1 && first <= position, page::toString);
    node.trigger("a", "on");
    node.until("a", "invocation_count", runs + 1);
  }

  @Test
  void detailsGoAndFullStays() {
    node.stop();
    node.keeping(0, null).start(false);
    node.deploy("a", SHORT);
    node.deploy("b", FULL);
    fill("b", 1);
    fill("a", 2);
    String dropped = node.invocations("a", 1).get(0);
    String kept = node.invocations("b", 1).get(0);
    fill("a", 1);
    settle();
    settle();
    node.until(() -> shown("a", dropped).containsKey("steps_dropped"));

    assertEquals(List.of(), shown("a", dropped).get("steps"));
    assertEquals("completed", shown("a", dropped).get("outcome"));
    assertEquals(1, Node.list(Json.of(shown("b", kept)), "steps").size());
    assertFalse(shown("b", kept).containsKey("steps_dropped"));
    Map<String, @Nullable Object> shortOne =
        Node.now(node.process("a").replay()).object();
    assertEquals(true, shortOne.get("equal"), shortOne::toString);
    assertTrue(((Number) Objects.requireNonNull(shortOne.get("from"))).longValue() > 1);
    Map<String, @Nullable Object> whole = Node.now(node.process("b").replay()).object();
    assertEquals(true, whole.get("equal"), whole::toString);
    assertEquals(1L, whole.get("from"));
  }

  private Map<String, @Nullable Object> shown(String name, String invocation) {
    return Node.now(node.process(name).invocation(new InvocationId(invocation))).object();
  }

  @Test
  void whoWasRemovedStaysRemoved() {
    node.deploy("a", SHORT);
    node.deploy("gone", "");
    node.trigger("gone", 1);
    node.until("gone", "invocation_count", 1);
    settle();
    Node.nothing(node.runtime().remove(new ProcessName("gone"), "test"));
    settle();
    settle();
    node.stop();
    node.start(false);

    RuntimeFault refused = assertThrows(RuntimeFault.class, () -> node.process("gone"));
    assertEquals(ErrorCode.PROCESS_NOT_FOUND, refused.code());
    node.deploy("gone", "");
    assertEquals("gone#2", node.status("gone").get("process_id"));
    settle();
    node.stop();
    node.start(false);
    assertEquals("gone#2", node.status("gone").get("process_id"));
    assertEquals(List.of(), node.runtime().warnings());
  }

  @Test
  void aDamagedCheckpointIsSaidAndChangesNothing() throws IOException {
    node.deploy("a", SHORT);
    node.trigger("a", 1);
    node.until("a", "invocation_count", 1);
    settle();
    settle();
    Object digest = node.status("a").get("digest");
    node.stop();
    Path checkpoints = node.journal().resolve("checkpoints");
    String newest = names(checkpoints).stream().max(String::compareTo).orElseThrow();
    byte[] bytes = Files.readAllBytes(checkpoints.resolve(newest));
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoints.resolve(newest), bytes);
    node.start(false);

    assertEquals(digest, node.status("a").get("digest"));
    assertTrue(
        node.runtime().warnings().get(0).startsWith("checkpoint " + newest + " is not used: "),
        () -> "" + node.runtime().warnings());
  }
}
