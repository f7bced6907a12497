package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code logs}, {@code journal show} and {@code top} against a node. */
final class LookCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private CliNode node;

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentProcess teller;

  @BeforeEach
  void serve() throws Exception {
    node = new CliNode(directory);
    teller = node.deploy("teller", "", true);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void logsTellsTheLastLines() throws Exception {
    node.wake(teller, "first");
    node.wake(teller, "second");
    CliRun all = node.run("logs", "teller", "-n", "500");
    List<String> lines = all.out().lines().toList();
    assertTrue(lines.size() > 6, all.out());
    CliRun last = node.run("logs", "teller", "-n", "3");
    assertEquals(
        lines.subList(lines.size() - 3, lines.size()), last.out().lines().toList());
    assertEquals("", node.run("logs", "teller", "-n", "0").out());
  }

  @Test
  void logsFollows() throws Exception {
    node.wake(teller, "before");
    try (CliNode.Running logs = node.running("logs", "teller", "-f", "-n", "1")) {
      logs.awaitOut("\n");
      assertFalse(logs.out().contains("accepted"), logs.out());
      node.wake(teller, "afterwards\u001b[2J");
      logs.awaitOut("afterwards\\u001b[2J");
      node.wake(teller, "and again");
      logs.awaitOut("and again");
      assertEquals(0, logs.end());
      List<String> numbers = logs.out()
          .lines()
          .map(line -> line.replaceAll(".*?#([0-9]+) .*", "$1"))
          .toList();
      assertEquals(numbers.stream().distinct().toList(), numbers, "each entry once");
    }
  }

  @Test
  void journalShowFollowsOneKind() throws Exception {
    node.wake(teller, "before");
    try (CliNode.Running show =
        node.running("journal", "show", "teller", "-f", "--type", "trigger_event", "-n", "1")) {
      show.awaitOut("before");
      node.wake(teller, "afterwards");
      show.awaitOut("afterwards");
      assertEquals(0, show.end());
      List<String> lines = show.out().lines().toList();
      assertEquals(2, lines.size(), show.out());
      assertEquals("trigger_event", Json.parse(lines.get(1)).object().get("k"));
    }
    assertEquals(2, node.run("journal", "show", "-f", "--data", "nowhere").code());
    assertEquals(2, node.run("journal", "show", "teller", "-n", "-1").code());
  }

  @Test
  void followersWaitForANodeThatIsAway() throws Exception {
    try (CliNode.Running logs = node.running("logs", "teller", "-f", "-n", "1")) {
      logs.awaitOut("\n");
      node.close();
      CliNode.until(() -> logs.err().contains("waiting for the node: "), logs::err);
      assertEquals(0, logs.end());
    }
    node = new CliNode(directory);
  }

  @Test
  void topShowsTheBusiestFirst() throws Exception {
    node.deploy("asleep", "", false);
    node.wake(teller, "hello");
    CliRun once = node.run("top");
    assertEquals(0, once.code(), once::err);
    List<String> lines = once.out().lines().toList();
    assertTrue(lines.get(0).matches("node node-1  running  up [0-9:-]+  version .*"), once.out());
    assertEquals("processes 2, 1 created, 1 running; 0 runs, 0 queued", lines.get(1));
    assertTrue(
        lines.get(3).matches("NAME +STATE +RUNS +QUEUE +INVOCATIONS +RATE +FAILURES +DEAD +UPTIME"),
        once.out());
    assertEquals(6, lines.size(), once.out());
    assertFalse(once.out().contains("\u001b"), once.out());

    CliRun twice = node.run("top", "-n", "2", "-d", "0.1");
    assertEquals(13, twice.out().lines().count(), twice.out());
    assertTrue(twice.out().matches("(?s).*teller +running +0 +0 +1 +0\\.0 .*"), twice.out());
  }

  @Test
  void psListsWhatItIsAskedFor() throws Exception {
    node.deploy("asleep", "", false);
    node.wake(teller, "hello");
    List<String> all = node.run("ps").out().lines().toList();
    assertEquals(3, all.size(), all::toString);
    assertTrue(all.get(0).matches("NAME +STATE +INVOCATIONS +QUEUE +FAILURES +UPTIME"), all.get(0));
    assertTrue(all.get(1).matches("asleep +created +0 +0 +0 +[0-9:-]+"), all.get(1));
    assertTrue(all.get(2).matches("teller +running +1 +0 +0 +[0-9:-]+"), all.get(2));
    assertEquals(
        "teller  echo\n",
        node.run("ps", "teller", "-o", "name,model", "--no-headers").out());
    assertEquals(
        "NAME\nteller\nasleep\n",
        node.run("ps", "-o", "name", "--sort", "-invocation_count").out());
    CliRun json = node.run("ps", "teller", "--json");
    assertEquals(1L, Json.parse(json.out().strip()).object().get("total"));
    for (String wrong : List.of("-o nmae", "--sort nmae")) {
      CliRun run = node.run(("ps " + wrong).split(" ", -1));
      assertEquals(2, run.code());
      assertTrue(run.err().contains("actual=nmae, did you mean 'name'?"), run::err);
    }
  }

  @Test
  void statusSaysWhetherThereIsAMemory() throws Exception {
    node.deploy("keeper", "memory: {provider: in_memory}\n", true);
    assertTrue(node.run("status", "keeper", "--json").out().contains("\"has_memory\":true"));
    assertTrue(node.run("status", "teller", "--json").out().contains("\"has_memory\":false"));
  }

  @Test
  void aNodeSaysWhatMendsAMistake() throws Exception {
    CliRun near = node.run("logs", "telle");
    assertEquals(1, near.code());
    assertEquals(
        "error: there is no process \"telle\" on this node, did you mean 'teller'?\n", near.err());
    assertEquals(near.err(), node.run("ps", "telle").err());
    CliRun far = node.run("status", "postman");
    assertEquals(
        "error: there is no process \"postman\" on this node; ps lists those there are\n",
        far.err());
    CliRun token = node.run("token", "list");
    assertEquals(1, token.code());
    assertEquals(
        "error: this needs a token of scope admin, expected=Authorization: Bearer TOKEN; make one"
            + " with the command token create NAME --scope admin --data DIR, and show it with"
            + " --token-file FILE or in AGENTRUNTIME_TOKEN\n",
        token.err());
    for (String word : List.of("landed", "retry")) {
      CliRun none = node.run("effects", "teller", word);
      assertEquals(1, none.code());
      assertEquals("error: no call of teller is in doubt\n", none.err());
    }
    CliRun tls = CliRun.of("ps", "--url", node.url().replace("http:", "https:"));
    assertEquals(1, tls.code());
    assertTrue(tls.err().contains("speaks no TLS"), tls::err);
  }

  @Test
  void aNodeWhoseWorkIsEndedSaysSo() throws Exception {
    assertFalse(node.run("top").out().contains("--lift"));
    CliRun killed = node.run("stop", "--all", "--now");
    assertEquals(0, killed.code(), killed::err);
    String top = node.run("top").out();
    String says = "all work is ended by .* since \\S+Z, start --all --lift ends that";
    assertTrue(first(top).matches("node node-1 .*" + says), top);
    for (String look : new String[] {"ps", "status", "status teller"}) {
      String[] command = look.split(" ", -1);
      CliRun run = node.run(command);
      assertTrue(first(run.out()).matches(says), run::out);
      List<String> words = new ArrayList<>(List.of(command));
      words.add("--json");
      Json shown = Json.parse(node.run(words.toArray(String[]::new)).out());
      Object mark = shown.object().get("killed");
      assertTrue(
          mark instanceof Map<?, ?> all && Boolean.TRUE.equals(all.get("on")), shown::toString);
    }
    assertFalse(node.run("ps", "--no-headers").out().contains("--lift"), "rows only");
    assertEquals(0, node.run("start", "--all", "--lift").code());
    assertFalse(node.run("top").out().contains("--lift"));
    assertFalse(node.run("ps").out().contains("--lift"));
    assertFalse(node.run("ps", "--json").out().contains("killed"));
    assertFalse(node.run("status", "--json").out().contains("killed"));
  }

  private static String first(String lines) {
    return lines.lines().findFirst().orElse("");
  }

  @Test
  void topIsOneSnapshotAsJson() {
    CliRun run = node.run("top", "--json");
    assertEquals(1, run.out().lines().count());
    assertTrue(run.out().contains("\"name\":\"teller\""), run.out());
    assertTrue(run.out().contains("\"node\":{"), run.out());
    for (String bad : List.of("-n 0", "-d 0", "-d NaN", "-d 3601")) {
      CliRun wrong = node.run(("top " + bad).split(" ", -1));
      assertEquals(2, wrong.code(), bad);
    }
  }
}
