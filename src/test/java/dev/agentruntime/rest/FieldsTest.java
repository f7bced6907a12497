package dev.agentruntime.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {

  private static Fields fields(String body) {
    return Fields.of(body.getBytes(StandardCharsets.UTF_8), "a", "b");
  }

  private static RuntimeFault refused(org.junit.jupiter.api.function.Executable act) {
    return assertThrows(RuntimeFault.class, act);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "\"x\"",
        "1",
        "{",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":NaN}",
        "{'a':1}",
        "{\"a\":1}{}",
        "{\"a\":\"\u0000\"}",
        "// c\n{}"
      })
  void whatIsNoJsonObjectIsInvalid(String body) {
    assertEquals(ErrorCode.INVALID_JSON, refused(() -> fields(body)).code());
  }

  @Test
  void nestingEnds() {
    String deep = "{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}";
    assertEquals(ErrorCode.INVALID_JSON, refused(() -> fields(deep)).code());
  }

  @Test
  void bytesThatAreNotUtf8AreInvalid() {
    byte[] body = {'{', '"', 'a', '"', ':', '"', (byte) 0xff, '"', '}'};
    assertEquals(ErrorCode.INVALID_JSON, refused(() -> Fields.of(body, "a")).code());
  }

  @Test
  void nothingIsAnEmptyObject() {
    assertFalse(fields("").has("a"));
  }

  @Test
  void aMisspeltFieldIsNamed() {
    RuntimeFault fault = refused(() -> fields("{\"c\":1}"));
    assertEquals(ErrorCode.UNKNOWN_FIELD, fault.code());
    assertEquals(
        "field \"c\" is unknown, expected=one of [a, b]", fault.failure().message());
  }

  @Test
  void aMissingFieldIsNamed() {
    RuntimeFault fault = refused(() -> fields("{}").text("a"));
    assertEquals(ErrorCode.MISSING_FIELD, fault.code());
    assertEquals("field a is missing from the body", fault.failure().message());
    assertEquals(ErrorCode.MISSING_FIELD, refused(() -> fields("{}").any("a")).code());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1|a number", "true|true or false", "[]|a list", "{}|an object", "null|null"})
  void aFieldOfAnotherTypeIsNamed(String value, String actual) {
    RuntimeFault fault = refused(() -> fields("{\"a\":" + value + "}").text("a"));
    assertEquals(ErrorCode.INVALID_TYPE, fault.code());
    assertEquals("field a, expected=a text, actual=" + actual, fault.failure().message());
  }

  @Test
  void fieldsAreRead() {
    Fields fields = fields("{\"a\":\"x\",\"b\":{\"k\":[1,null]}}");
    assertEquals("x", fields.text("a"));
    assertEquals(Json.parse("{\"k\":[1,null]}"), fields.objectOr("b", Json.EMPTY));
    assertEquals(Json.parse("{\"k\":[1,null]}"), fields.any("b"));
    assertEquals(Json.NULL, fields("{\"a\":null}").any("a"));
    assertNull(fields("{\"a\":null}").textOrNull("a"));
    assertTrue(fields("{\"a\":true}").flag("a", false));
    assertTrue(fields("{}").flag("a", true));
    assertEquals(
        ErrorCode.INVALID_TYPE,
        refused(() -> fields("{\"a\":1}").flag("a", true)).code());
  }

  @Test
  void strangeTextsAndNumbersSurvive() {
    String body = "{\"a\":{\"s\":\"\\ud800\",\"n\":1e999999}}";
    assertEquals(Json.parse("{\"s\":\"\\uD800\",\"n\":1E+999999}"), fields(body).any("a"));
  }
}
