package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSchemaTest {

  private static final JsonSchema ORDER = JsonSchema.of(Json.parse("""
      {"type":"object","additionalProperties":false,"required":["items"],
       "properties":{"items":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/item"}}},
       "$defs":{"item":{"type":"object","required":["sku"],
                        "properties":{"sku":{"type":"string","maxLength":5},
                                      "count":{"type":"integer","minimum":1}}}}}
      """));

  @Test
  void takesWhatFits() {
    assertNull(ORDER.problem(Json.parse("{\"items\":[{\"sku\":\"a\",\"count\":2}]}")));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {}|required property 'items' not found
      {"items":[]}|/items: must have at least 1 items but found 0
      {"items":[{"sku":"123456"}]}|/items/0/sku: must be at most 5 characters long
      {"items":[{"sku":"a","count":0}]}|/items/0/count: must have a minimum value of 1
      {"items":[{"sku":"a"}],"more":1}|property 'more' is not defined in the schema and the schema does not allow additional properties
      """)
  void saysWhatDoesNot(String value, String expected) {
    assertEquals(expected, ORDER.problem(Json.parse(value)));
  }

  @Test
  void manyProblemsAreCounted() {
    String problem = ORDER.problem(Json.parse("{\"items\":[{},{},{},{},{},{},{}]}"));
    assertTrue(problem != null && problem.endsWith("; and 2 more"), problem);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"strng\"}",
        "{\"properties\":[]}",
        "{\"minLength\":-1}",
        "{\"type\":\"object\",\"required\":\"a\"}"
      })
  void isNoSchema(String text) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> JsonSchema.of(Json.parse(text)));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().startsWith("not a JSON Schema: "), fault.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"$ref\":\"http://127.0.0.1:1/schema\"}",
        "{\"properties\":{\"a\":{\"$ref\":\"file:///etc/passwd\"}}}",
        "{\"allOf\":[{\"$dynamicRef\":\"other.json\"}]}",
        "{\"$schema\":\"http://evil.example/dialect\"}"
      })
  void refersToNothingOutside(String text) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> JsonSchema.of(Json.parse(text)));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().startsWith("a schema refers to itself only"), fault.getMessage());
  }
}
