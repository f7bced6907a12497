package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code start}, {@code stop} and {@code restart}, of one and of all. */
final class MoveCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private CliNode node;

  @BeforeEach
  void serve() throws Exception {
    node = new CliNode(directory);
    for (String name : List.of("a", "b", "c")) {
      node.deploy(name, "", true);
    }
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void oneIsMoved() {
    assertEquals("a  stopped\n", node.run("stop", "a").out());
    assertEquals("a  running\n", node.run("start", "a").out());
    assertEquals("a  running\n", node.run("restart", "a").out());
    assertEquals(1, node.run("start", "a").code());
    for (String verb : List.of("start", "stop", "restart")) {
      CliRun neither = node.run(verb);
      assertEquals(2, neither.code());
      assertTrue(neither.err().contains("either a process NAME or --all"), neither::err);
      assertEquals(2, node.run(verb, "a", "--all").code());
    }
  }

  @Test
  void allAreMoved() {
    assertEquals("b  stopped\n", node.run("stop", "b").out());
    assertEquals("a  running\nc  running\n", node.run("restart", "--all").out());
    assertEquals("a  stopped\nc  stopped\n", node.run("stop", "--all").out());
    CliRun nothing = node.run("stop", "--all");
    assertEquals(0, nothing.code());
    assertEquals("nothing to stop\n", nothing.err());
    assertEquals(
        "a  running\nb  running\nc  running\n", node.run("start", "--all").out());
  }

  @Test
  void oneThatFailsHoldsNobodyUp() throws Exception {
    node.deploy("b-broken", "tools: {nothing: {policy: read_only}}\n", false);
    assertEquals(0, node.run("stop", "--all").code());
    CliRun run = node.run("start", "--all");
    assertEquals(1, run.code(), run.out());
    assertEquals("a  running\nb  running\nc  running\n", run.out());
    assertTrue(run.err().startsWith("error: b-broken: "), run::err);
    assertTrue(run.err().endsWith("error: 1 of 4 could not start\n"), run::err);

    CliRun json = node.run("start", "--all", "--json");
    assertEquals(1, json.code());
    assertTrue(json.out().contains("\"failed\":1"), json.out());
  }
}
