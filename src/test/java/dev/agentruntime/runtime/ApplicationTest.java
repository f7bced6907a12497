package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application declares: processes from files that it names, and models of its own. */
@ExtendWith(VertxExtension.class)
final class ApplicationTest {

  /** Says the same to everybody, from a thread of its own; without a word it throws. */
  private record Parrot(String word) implements ChatClient {
    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      if (word.isEmpty()) {
        throw new IllegalStateException("no word");
      }
      Promise<ChatReply> answer = Promise.promise();
      new Thread(() -> answer.complete(
              new ChatReply(new Message.Assistant(word, List.of(), null), Message.Usage.NONE)))
          .start();
      return answer.future();
    }

    @Override
    public boolean insideJvm() {
      return true;
    }
  }

  @TempDir
  private Path root = Path.of("");

  @SuppressWarnings("NullAway.Init") // made before each test
  private Node node;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    node = new Node(vertx, root);
  }

  @AfterEach
  void close() {
    node.stop();
  }

  private Path file(String name, String more) throws IOException {
    Path directory = Files.createDirectories(root.resolve("mine"));
    return Files.writeString(
        directory.resolve(name + ".agent"), Node.ECHO.replace("NAME", name) + more);
  }

  private void load(Path file, @Nullable String name) {
    Node.nothing(node.runtime().loadManifest(file, name == null ? null : new ProcessName(name)));
  }

  private static void says(RuntimeFault fault, String words) {
    assertTrue(String.valueOf(fault.getMessage()).contains(words), fault::toString);
  }

  private Map<?, ?> manifest(String name) {
    return (Map<?, ?>) Objects.requireNonNull(node.status(name).get("manifest"));
  }

  @Test
  void aManifestIsLoadedAndAgainAfterAChange() throws IOException {
    node.start(false);
    Path file = file("clerk", "");
    load(file, null);
    assertEquals("created", node.status("clerk").get("state"), "loading starts nothing");
    Node.nothing(node.process("clerk").start());
    node.trigger("clerk", 1);
    node.until("clerk", "invocation_count", 1);
    load(file, null);
    assertEquals(1L, manifest("clerk").get("version"), "it is the same");
    load(file("clerk", "config: {max_turns: 7}\n"), null);
    assertEquals(2L, manifest("clerk").get("version"));
    assertEquals("running", node.status("clerk").get("state"));
    assertEquals(file.toString(), manifest("clerk").get("file"));
  }

  @Test
  void underAnotherNameItIsAnotherProcess() throws IOException {
    node.start(false);
    Path file = file("clerk", "");
    load(file, null);
    load(file, "second-clerk");
    Node.nothing(node.runtime().startAll());
    node.trigger("second-clerk", 1);
    node.until("second-clerk", "invocation_count", 1);
    assertEquals(0, node.number("clerk", "invocation_count"));
  }

  @Test
  void whatCannotBeLoadedSaysWhy() throws IOException {
    node.start(false);
    Path bad = file("clerk", "config: {max_turns: many}\nmodels: 3\n");
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> load(bad, null));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(2, String.valueOf(fault.getMessage()).lines().count());
    says(fault, bad + ":5:");

    RuntimeFault gone =
        assertThrows(RuntimeFault.class, () -> load(root.resolve("no.agent"), null));
    assertEquals(ErrorCode.INVALID_CONFIG, gone.code());
    says(gone, "no.agent");

    node.deploy("clerk", "");
    Path good = file("clerk", "");
    RuntimeFault taken = assertThrows(RuntimeFault.class, () -> load(good, null));
    assertEquals(ErrorCode.PROCESS_EXISTS, taken.code());
  }

  @Test
  void theNodesOwnDirectoryStopsNothingThatTheApplicationLoaded() throws IOException {
    node.write("steady", "");
    node.start(true);
    Path unused = file("clerk", "");
    Path mine = root.resolve("mine");
    assertTrue(Node.now(node.runtime().loadDirectory(mine)).toString().contains("no triggers"));
    Node.nothing(node.process("clerk").start());
    node.write("fresh", "");
    node.until(() -> node.runtime().processes().size() == 3);
    Files.delete(node.agents().resolve("steady.agent"));
    node.until("steady", "state", "stopped");
    assertEquals("running", node.status("clerk").get("state"));

    node.stop();
    node.start(true);
    node.until("clerk", "state", "running");
    List<String> again = Node.now(node.runtime().loadDirectory(mine));
    assertEquals(1, again.size(), "it may say it again: " + again);
    RuntimeFault none = assertThrows(
        RuntimeFault.class, () -> Node.now(node.runtime().loadDirectory(root.resolve("none"))));
    says(none, "there is no directory");
  }

  @Test
  void aModelOfTheApplicationAnswers() {
    node.model("parrot", new Parrot("Good day.")).start(false);
    node.deployYaml("name: clerk\nmodel: custom:parrot\ninstructions: Greet.\n");
    node.trigger("clerk", "Who is there?");
    node.until("clerk", "invocation_count", 1);
    Json said = Node.now(node.process("clerk").knowledge().conversation());
    assertTrue(said.toString().contains("Good day."), said::toString);
  }

  @Test
  void aModelThatThrowsFailsTheRunOnly() {
    node.model("broken", new Parrot("")).start(false);
    node.deployYaml("name: clerk\nmodel: custom:broken\ninstructions: Greet.\n");
    node.trigger("clerk", "Who is there?");
    node.until(() -> Node.now(node.process("clerk").invocations(1, null))
        .toString()
        .contains("model custom:broken failed: java.lang.IllegalStateException: no word"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a parrot", "custom:parrot", "taken"})
  void aModelNeedsANameOfItsOwn(String name) {
    node.model("taken", new Parrot("a")).model(name, new Parrot("b"));
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> node.start(false));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    says(fault, "model \"" + name + "\"");
  }
}
