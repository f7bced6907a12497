package dev.agentruntime.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class YamlDocumentTest {

  @Test
  void readsTheCoreSchemaAsJson() {
    String yaml = """
        # a play
        text: plain
        quoted: "010"
        literal: |
          one
          two
        whole: [0, -7, +5, 0x1F, 99999999999999999999]
        real: [1.5, .5, 1., -2.5e+3]
        flags: [true, False]
        nothing: [null, ~, ]
        empty: {}
        template: "{{payload.id}} ${KEPT}"
        """;
    assertEquals(
        "{\"text\":\"plain\",\"quoted\":\"010\",\"literal\":\"one\\ntwo\\n\","
            + "\"whole\":[0,-7,5,31,99999999999999999999],\"real\":[1.5,0.5,1.0,-2.5E+3],"
            + "\"flags\":[true,false],\"nothing\":[null,null],\"empty\":{},"
            + "\"template\":\"{{payload.id}} ${KEPT}\"}",
        read(yaml));
    assertEquals("[1]", read("- 1"));
    assertEquals("\"x\"", read("x"));
  }

  @Test
  void namesWhatItRefuses() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read("a: yes\nb: .nan\n"));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(
        "play.yaml:1:4: yes is read differently by YAML 1.1 and 1.2, quote it\n"
            + "play.yaml:2:4: .nan is no JSON number, expected a finite one",
        fault.failure().message());
    assertEquals(
        "play.yaml:1:1: empty document",
        assertThrows(RuntimeFault.class, () -> read("")).failure().message());
  }

  private static String read(String yaml) {
    return YamlDocument.read(yaml.getBytes(StandardCharsets.UTF_8), "play.yaml").toString();
  }
}
