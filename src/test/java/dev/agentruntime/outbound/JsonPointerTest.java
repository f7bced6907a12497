package dev.agentruntime.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of RFC 6901, section 5. */
class JsonPointerTest {

  private static final Json DOCUMENT = Json.parse("""
      {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8,
       "nil":null}
      """);

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
      /foo;["bar","baz"]
      /foo/0;"bar"
      /;0
      /a~1b;1
      /c%d;2
      /e^f;3
      /g|h;4
      /i\\j;5
      /k"l;6
      `/ `;7
      /m~0n;8
      /nil;null
      """)
  void finds(String pointer, String expected) {
    JsonPointer.Found found = JsonPointer.find(DOCUMENT.value(), pointer);
    assertTrue(found.there());
    assertEquals(expected, Json.of(found.value()).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nope", "/foo/2", "/foo/-", "/foo/01", "/foo/bar", "/foo/0/x"})
  void findsNothing(String pointer) {
    assertFalse(JsonPointer.find(DOCUMENT.value(), pointer).there());
  }
}
