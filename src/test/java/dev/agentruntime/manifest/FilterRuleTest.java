package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterRuleTest {

  private static String manifest(String filter) {
    return "name: a\nmodel: echo\ninstructions: Do.\ntriggers:\n  - type: cron\n"
        + "    cron_expression: '@daily'\n    filter_expression: " + filter + "\n";
  }

  private static Manifest read(String filter) {
    return new ManifestReader(name -> null)
        .readYaml(manifest(filter), "t.agent", Path.of("."), false);
  }

  @Test
  void keepsAFilterThroughItsResolvedForm() {
    String filter = "len(payload) > 1 and metadata['x'] != 'y'";
    Manifest manifest = read('"' + filter + '"');
    assertEquals(filter, manifest.config().triggers().get(0).rules().filter());
    assertEquals(
        filter,
        ManifestReader.fromResolved(manifest.resolved())
            .triggers()
            .get(0)
            .rules()
            .filter());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"a = 1\" | at character 3, expected=a name, a value or an operator, actual=\"=\"",
        "\"\" | at character 1, expected=a name, a value, a function, '[' or '(', actual=the end",
        "\"x.y\" | at character 3, expected=a method of texts, one of [lower, upper, strip,"
            + " startswith, endswith]; a key is read as payload['key'], actual=\"y\"",
      })
  void refusesAFilterThatCannotBeRead(String filter, String problem) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(filter));
    assertEquals("t.agent:7:24: filter_expression: filter, " + problem, fault.getMessage());
  }
}
