package dev.agentruntime.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be spliced into a journal line: JSON in UTF-8 on one line, and nothing else. */
final class JsonTest {

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"})
  void anotherEncodingIsRefused(String encoding) {
    for (String document : new String[] {"{\"a\":1}", "[]", "7", "\"\u220a\"", " {}"}) {
      byte[] bytes = document.getBytes(Charset.forName(encoding));
      RuntimeFault refused = assertThrows(RuntimeFault.class, () -> Json.parse(bytes), document);
      assertEquals(ErrorCode.INVALID_JSON, refused.code());
    }
  }

  @Test
  void aZeroByteIsRefusedWhereverItStands() {
    for (String document : new String[] {"\0{}", "{}\0", "{\"a\0\":1}", "[1,\0 2]"}) {
      byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
      assertThrows(RuntimeFault.class, () -> Json.parse(bytes), document);
    }
    assertEquals(Map.of("a", "\0"), Json.parse("{\"a\":\"\\u0000\"}").object());
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheValue() {
    assertEquals("{\"a\":1}", Json.parse("\ufeff{\"a\":1}").toString());
    assertEquals("{\"a\":1}", Json.parse("\ufeff\r\n{\"a\":\n1}\n").toString());
    assertEquals("{\"a\":\"\ufeff\"}", Json.parse("{\"a\":\"\ufeff\"}").toString());
    assertThrows(RuntimeFault.class, () -> Json.parse("\ufeff"));
    assertThrows(RuntimeFault.class, () -> Json.parse("\ufeff\ufeff{}"));
  }
}
