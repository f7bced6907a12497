package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ask}, against a node whose agent writes something down before it answers. */
class AskCommandTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private CliNode node;

  @BeforeEach
  void serve() throws Exception {
    node = new CliNode(directory);
    Files.writeString(directory.resolve("play.yaml"), """
        rules:
          - when: {contains: "fail"}
            fail: "500"
          - when: {turn: 1}
            call: [{tool: context_set, args: {key: seen, value: 1}}]
          - say: "It is noon."
        """);
    assertEquals(
        "clerk",
        node.play("name: clerk\nmodel: script:play.yaml\ninstructions: Tell.\n", directory)
            .name()
            .value());
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void printsTheReply() {
    CliRun run = node.run("ask", "clerk", "How late?");
    assertEquals("It is noon.\n", run.out(), run::err);
    assertEquals(0, run.code());
  }

  @Test
  void printsStepsAndTheReplyOnceAsTheyCome() {
    CliRun run = node.run("ask", "clerk", "How late?", "--stream");
    assertEquals(0, run.code(), run::err);
    assertEquals("It is noon.\n", run.out());
    assertTrue(run.err().contains("[context_set ok]"), run::err);
  }

  @Test
  void printsEachEventAsALineOfJson() {
    CliRun run = node.run("ask", "clerk", "How late?", "--stream", "--json");
    assertEquals(0, run.code(), run::err);
    List<Map<String, @Nullable Object>> lines =
        run.out().lines().map(line -> Json.parse(line).object()).toList();
    assertEquals("accepted", lines.get(0).get("event"));
    Map<String, @Nullable Object> last = lines.get(lines.size() - 1);
    assertEquals("reply", last.get("event"));
    assertTrue(String.valueOf(last.get("data")).contains("It is noon."), run::out);
    assertTrue(lines.stream().anyMatch(line -> "tool_result".equals(line.get("event"))));
  }

  @Test
  void saysWhatIsRefused() {
    CliRun nobody = node.run("ask", "nobody", "How late?", "--stream");
    assertEquals(1, nobody.code());
    assertTrue(nobody.err().contains("nobody"), nobody::err);
    assertEquals(2, node.run("ask", "clerk", "a", "--stream", "--timeout", "0").code());
    CliRun blank = node.run("ask", "clerk", " ", "--stream");
    assertEquals(1, blank.code());
    assertTrue(blank.err().contains("content"), blank::err);
  }

  @Test
  void saysThatTheRunFailed() {
    CliRun run = node.run("ask", "clerk", "fail", "--stream");
    assertEquals(1, run.code());
    assertTrue(run.err().contains("error: the run failed: MODEL_UNAVAILABLE: script"), run::err);
    assertFalse(run.err().contains("{"), run::err);
  }
}
