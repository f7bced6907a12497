package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.agentruntime.core.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {

  /** The example of RFC 8785, section 3.2.2, but for one number with 17 digits, see below. */
  @Test
  void theExampleOfTheRfc() {
    String written = """
        {
          "numbers": [333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
          "literals": [null, true, false]
        }""";
    assertEquals(
        "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            + "\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
        CanonicalJson.of(Json.parse(written)));
  }

  /** Section 3.2.3: by UTF-16 units, so a surrogate stands before U+FB33. */
  @Test
  void membersStandInTheOrderOfTheirUnits() {
    String written = "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,"
        + "\"\\u0080\":6,\"\\u00f6\":7}";
    assertEquals(
        "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\ud83d\ude00\":5,"
            + "\"\ufb33\":3}",
        CanonicalJson.of(Json.parse(written)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "0e5, 0",
    "1.0, 1",
    "100, 100",
    "1e2, 100",
    "-1.50, -1.5",
    "1e21, 1e+21",
    "1e20, 100000000000000000000",
    "123456789012345678901, 123456789012345678901",
    "1234567890123456789012, 1.234567890123456789012e+21",
    "0.000001, 0.000001",
    "0.0000001, 1e-7",
    "0.00000123, 0.00000123",
    "1.5e-9, 1.5e-9",
    "9007199254740993, 9007199254740993",
    "1e400, 1e+400"
  })
  void numbersArePrintedAsEcmascriptDoes(String written, String canonical) {
    assertEquals(canonical, CanonicalJson.of(Json.parse(written)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          {"a":1,"b":[1,2]} | { "b" : [1.0, 2e0], "a" : 1 }
          "\\u00e9"         | "é"
          {}                | { }
          [ ]               | []
          {"a":{"c":1,"b":2}} | {"a":{"b":2,"c":1}}
          """)
  void whatIsTheSameHasOneDigest(String one, String other) {
    assertEquals(CanonicalJson.digest(Json.parse(one)), CanonicalJson.digest(Json.parse(other)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          9007199254740993   | 9007199254740992
          0.1                | 0.10000000000000001
          "1"                | 1
          [1,2]              | [2,1]
          {"a":null}         | {}
          "\\ud800"          | "\\udc00"
          """)
  void whatDiffersHasTwo(String one, String other) {
    assertNotEquals(CanonicalJson.digest(Json.parse(one)), CanonicalJson.digest(Json.parse(other)));
  }
}
