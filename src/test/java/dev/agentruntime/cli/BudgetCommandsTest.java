package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code budget show | set | grant} and the routes behind them, against a node. */
class BudgetCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private CliNode node;

  @BeforeEach
  void serve() throws Exception {
    node = new CliNode(directory);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private String request(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(node.url() + "/api/v1/processes/a/budget" + path))
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static String state(AgentProcess process) throws Exception {
    return String.valueOf(CliNode.now(process.status(false)).object().get("state"));
  }

  /** The budget allows one run a day, and there are two events. */
  private AgentProcess paused() throws Exception {
    AgentProcess process = node.deploy("a", "budget: {max_runs_per_day: 1}\n", true);
    node.wake(process, "first");
    assertTrue(CliNode.now(process.trigger(Json.of("second"), Json.EMPTY, null)).durable());
    CliNode.until(
        () -> {
          try {
            return state(process).equals("suspended");
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        },
        () -> "is not paused");
    return process;
  }

  @Test
  void showsWhatIsLeftAndGrantsMore() throws Exception {
    AgentProcess process = paused();
    CliRun shown = node.run("budget", "show", "a");
    assertEquals(0, shown.code(), shown::err);
    assertTrue(shown.out().contains("paused by its budget"), shown::out);
    assertEquals(
        List.of("runs_day", "0", "1", "-"),
        shown.out().lines().filter(line -> line.startsWith("runs_day")).findFirst().stream()
            .flatMap(line -> List.of(line.split(" +")).stream())
            .toList());
    CliRun granted = node.run("budget", "grant", "a", "--runs", "2");
    assertEquals(0, granted.code(), granted::err);
    CliNode.until(
        () -> node.run("status", "a", "--json").out().contains("\"invocation_count\":2"),
        () -> "does not go on");
    assertEquals("running", state(process));
    assertTrue(node.run("status", "a", "--json").out().contains("\"runs_day\":1"));
    assertTrue(node.run("logs", "a").out().contains("is given more by anonymous, runs_day 2"));
  }

  @Test
  void changesTheBudgetInForce() throws Exception {
    AgentProcess process = paused();
    CliRun changed =
        node.run("budget", "set", "a", "max_runs_per_day=", "max_tool_calls_per_run=3");
    assertEquals(0, changed.code(), changed::err);
    CliNode.until(
        () -> node.run("status", "a", "--json").out().contains("\"invocation_count\":2"),
        () -> "does not go on");
    JsonObject view = new JsonObject(node.run("budget", "show", "a", "--json").out());
    assertEquals(new JsonObject().put("max_tool_calls_per_run", 3), view.getJsonObject("limits"));
    assertEquals(null, view.getJsonObject("remaining").getValue("runs_day"));
    assertEquals("running", state(process));
    assertTrue(node.run("budget", "set", "a", "enabled=false").out().contains("no budget"));
    assertEquals(
        null, CliNode.now(process.status(false)).object().get("budget"), "status when it is off");
  }

  @Test
  void aProcessGivesOfItsOwn() throws Exception {
    AgentProcess boss = node.deploy("boss", "budget: {max_runs_per_day: 5}\n", true);
    AgentProcess process = paused();
    CliRun given = node.run("budget", "grant", "a", "--runs", "3", "--from", "boss");
    assertEquals(0, given.code(), given::err);
    CliNode.until(
        () -> node.run("status", "a", "--json").out().contains("\"invocation_count\":2"),
        () -> "does not go on");
    assertEquals("running", state(process));
    CliRun left = node.run("budget", "show", "boss");
    assertTrue(left.out().matches("(?s).*runs_day +2 .*"), left::out);
    CliNode.until(
        () -> node.run("status", "boss", "--json").out().contains("\"outbox_size\":0"),
        () -> "still owed");
    assertEquals("running", state(boss));
    CliRun tooMuch = node.run("budget", "grant", "a", "--runs", "3", "--from", "boss");
    assertEquals(1, tooMuch.code());
    assertTrue(tooMuch.err().contains("at most what is left today, 2"), tooMuch::err);
    assertTrue(node.run("logs", "a").out().contains("is given more by boss, runs_day 3"));
  }

  @Test
  void enablingMakesOne() throws Exception {
    AgentProcess process = node.deploy("a", "", true);
    assertTrue(request("GET", "", "").startsWith("200 {\"enabled\":false"));
    String made = request("PATCH", "", "{\"enabled\":true,\"max_runs_per_day\":7}");
    assertTrue(made.startsWith("200 {\"enabled\":true,\"limits\":{\"max_runs_per_day\":7}"), made);
    node.wake(process, "x");
    assertTrue(request("GET", "", "").contains("\"runs_day\":6"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      PATCH ||{"max_runs_per_day":-1}|422|max_runs_per_day
      PATCH ||{"max_runs":1}|422|unknown key 'max_runs'
      PATCH ||{"on_exceeded":"warn"}|422|on_exceeded
      PATCH ||[1]|400|JSON object
      POST |/grant|{"runs":0}|422|runs
      POST |/grant|{"runs":-3}|422|runs
      POST |/grant|{"runs":1.5}|422|whole
      POST |/grant|{"runs":1e308}|422|runs
      POST |/grant|{"runs":"2"}|422|a number
      POST |/grant|{"tokens":5}|422|no max_tokens_per_day
      POST |/grant|{"turns":5}|422|unknown
      POST |/grant|{"from":"b","runs":1}|404|b
      POST |/grant|{"from":"a","runs":1}|422|another process
      POST |/grant|{}|422|at least one of
      """)
  void refusesWhatMakesNoSense(String method, String path, String body, int status, String expected)
      throws Exception {
    String before = "200 {\"enabled\":true,\"limits\":{\"max_runs_per_day\":3}";
    assertEquals(
        "a", node.deploy("a", "budget: {max_runs_per_day: 3}\n", true).name().value());
    String answer = request(method, path == null ? "" : path, body);
    assertTrue(answer.startsWith(status + " "), answer);
    assertTrue(answer.contains(expected), answer);
    assertTrue(request("GET", "", "").startsWith(before), "something has changed");
  }

  @Test
  void theCommandSaysWhatItNeeds() throws Exception {
    assertEquals(2, node.run("budget", "grant", "a").code());
    assertEquals(2, node.run("budget", "set", "a", "max_runs_per_day").code());
    assertEquals(1, node.run("budget", "show", "nobody").code());
  }
}
