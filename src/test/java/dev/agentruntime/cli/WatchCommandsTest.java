package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.process.AgentProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code health} and {@code mission}, and the routes behind them, against a node. */
class WatchCommandsTest {

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
            HttpRequest.newBuilder(URI.create(node.url() + "/api/v1/processes/a/" + path))
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void showsAndClearsWhatWasFound() throws Exception {
    AgentProcess process = node.deploy("a", "health: {empty_threshold: 2}\n", true);
    node.wake(process, "x");
    node.wake(process, "y");
    CliNode.until(
        () -> node.run("health", "a").out().contains("empty_response"), () -> "nothing is found");
    assertTrue(node.run("health", "a").out().startsWith("a  not well"));
    String status = node.run("status", "a", "--json").out();
    assertTrue(status.contains("\"health\":{\"healthy\":false,\"anomalies\":1,\"last\":"), status);
    assertTrue(node.run("logs", "a").out().contains("health empty_response, log: 2 final replies"));
    assertTrue(node.run("health", "a", "--clear").out().contains("cleared 1"));
    assertTrue(node.run("health", "a").out().startsWith("a  well"));
    assertTrue(request("GET", "health/anomalies", "").contains("\"total\":0"));
  }

  @Test
  void movesAMission() throws Exception {
    assertEquals(
        "a", node.deploy("a", "mission: {objective: Ship it.}\n", true).name().value());
    CliRun shown = node.run("mission", "a");
    assertEquals(0, shown.code(), shown::err);
    assertTrue(shown.out().startsWith("a  active: Ship it."), shown::out);
    assertTrue(node.run("mission", "a", "pause").out().startsWith("a  paused"));
    assertEquals(1, node.run("mission", "a", "pause").code());
    assertTrue(node.run("mission", "a", "resume").out().startsWith("a  active"));
    assertTrue(node.run("mission", "a", "fail").out().contains("operator"));
    assertEquals(2, node.run("mission", "a", "finish").code());
    String status = node.run("status", "a", "--json").out();
    assertTrue(status.contains("\"mission\":{\"state\":\"failed\""), status);
  }

  @Test
  void patchTurnsThemOnAndOffAndSaysSo() throws Exception {
    assertEquals("a", node.deploy("a", "", true).name().value());
    assertTrue(request("GET", "health/anomalies", "").startsWith("400 "));
    assertTrue(request("GET", "mission", "").contains("MISSION_DISABLED"));
    String on = request("PATCH", "health", "{\"enabled\":true,\"on_anomaly\":\"pause\"}");
    assertTrue(on.startsWith("200 ") && on.contains("\"health\":{\"healthy\":true"), on);
    on = request("PATCH", "mission", "{\"objective\":\"Ship it.\"}");
    assertTrue(on.contains("\"mission\":{\"state\":\"active\""), on);
    assertTrue(request("GET", "mission", "").contains("Ship it."));
    String off = request("PATCH", "mission", "{\"enabled\":false}");
    assertTrue(off.startsWith("200 ") && !off.contains("\"mission\":{"), off);
    assertTrue(request("GET", "health/anomalies", "").startsWith("200 "));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      health|{"stuck_threshold":1}|422|stuck_threshold
      health|{"on_anomaly":"panic"}|422|on_anomaly
      health|{"stuck":3}|422|unknown key 'stuck'
      health|[]|400|JSON object
      mission|{"eval_every":1}|422|objective
      mission|{"objective":"x","confidence_threshold":2}|422|confidence_threshold
      mission|{"objective":"x","eval_model":"script:x.yaml"}|422|eval_model
      mission|{"objective":"x","success_check":"1 +"}|422|success_check
      """)
  void refusesWhatMakesNoSense(String section, String body, int status, String expected)
      throws Exception {
    assertEquals("a", node.deploy("a", "", true).name().value());
    String answer = request("PATCH", section, body);
    assertTrue(answer.startsWith(status + " "), answer);
    assertTrue(answer.contains(expected), answer);
    assertTrue(request("GET", "mission", "").startsWith("400 "), "something has changed");
    assertTrue(request("GET", "health/anomalies", "").startsWith("400 "), "something has changed");
  }
}
