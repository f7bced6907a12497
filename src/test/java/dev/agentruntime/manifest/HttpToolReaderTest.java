package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.OutboundConfig.Answer;
import dev.agentruntime.config.OutboundConfig.Body;
import dev.agentruntime.config.OutboundConfig.HttpTool;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpToolReaderTest {

  private static Manifest read(String tool) {
    return new ManifestReader(name -> null)
        .readYaml(
            "name: a\nhttp_tools:\n  t: {" + tool + "}\n", "t.agent", null, /* posted= */ false);
  }

  @Test
  void theSampleIsRead() {
    Manifest manifest = new ManifestReader(name -> null)
        .readFile(Path.of("src/test/resources/http-tools/ticket-clerk.agent"));
    List<HttpTool> tools = manifest.config().outbound().httpTools();
    HttpTool find = tools.get(0);
    assertEquals("GET", find.method());
    assertEquals(Body.NONE, find.body());
    assertEquals(new Answer("/numbers", 1 << 20, Duration.ofSeconds(30)), find.answer());
    HttpTool file = tools.get(1);
    assertEquals("file_ticket", file.name());
    assertEquals("https://tickets.example.com/v1/projects/{project}/tickets", file.url());
    assertEquals(Map.of("Accept", "application/json"), file.headers());
    assertEquals(Body.JSON, file.body());
    assertEquals(new Answer("/ticket/number", 64 << 10, Duration.ofSeconds(10)), file.answer());
    assertEquals(false, file.arguments().object().get("additionalProperties"));
    assertEquals(manifest.config(), ManifestReader.fromResolved(manifest.resolved()));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      url: https://h/|3:6: the HTTP tool "t" needs 'description'
      description: d|3:6: the HTTP tool "t" needs 'url'
      description: d, url: https://h/, methd: GET|3:40: unknown key 'methd', did you mean 'method'?
      description: d, url: https://h/, method: TRACE|3:48: method: unknown value 'TRACE', expected one of GET, HEAD, POST, PUT, PATCH, DELETE
      description: d, url: https://h/, body: json|3:46: body: unknown value 'json', expected none
      description: d, url: "https://{h}/"|3:28: url: expected http:// or https:// and a host without holes, actual "https://{h}/"
      description: d, url: "https://h/{x}"|3:28: url: the argument "x" is not declared, expected it under arguments.properties
      description: d, url: https://h/, headers: {Host: x}|3:50: headers: 'Host' is set by the runtime, leave it out
      description: d, url: https://h/, headers: {a b: x}|3:50: headers: expected the name of a header, actual "a b"
      description: d, url: https://h/, headers: {A: "x\\r\\nB: y"}|3:53: A: expected one line of printable ASCII, at most 4000 characters
      description: d, url: https://h/, arguments: {type: array}|3:51: arguments: expected type: object
      description: d, url: https://h/, arguments: {$ref: "http://x/"}|3:51: arguments: a schema refers to itself only, expected a reference that begins with '#', actual "http://x/"
      description: d, url: https://h/, response_path: a|3:55: response_path: expected a JSON Pointer as /data/0/title, actual "a"
      description: d, url: https://h/, timeout: 1ms|3:49: timeout: expected a duration from 100ms to 10m, in seconds or with a unit (ms, s, m, h, d), actual "1ms"
      """)
  void saysWhatIsWrong(String tool, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused = read(tool);
    });
    assertEquals("t.agent:" + message, fault.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ask_process",
        "get_secret",
        "grant_budget",
        "memory_forget",
        "memory_search",
        "memory_store"
      })
  void aNameOfOneOfOursIsRefused(String name) {
    String all = "name: a\nhttp_tools:\n  " + name + ": {description: d, url: https://h/}\n";
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused =
          new ManifestReader(variable -> null).readYaml(all, "t.agent", null, /* posted= */ false);
    });
    assertEquals(
        "t.agent:3:3: http_tools: expected a name that the runtime does not keep for a tool of its"
            + " own, actual \"" + name + "\"",
        fault.getMessage());
  }

  @Test
  void anArgumentThatGoesNowhereIsAMistake() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused = read("description: d, url: https://h/, arguments: {properties: {q: {}}}");
    });
    assertEquals(
        "t.agent:3:51: arguments: \"q\" is used nowhere, expected it in the url, as {q} or at its"
            + " end as {?q}",
        fault.getMessage());
  }
}
