package dev.agentruntime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentruntime.core.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SensitiveTextTest {

  private final SensitiveText cleaner =
      new SensitiveText(text -> text.replace("hunter2-hunter2", "[secret:DB]"));

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      paid with 4111 1111 1111 1111 today | paid with [redacted:card] today
      card 4111-1111-1111-1111.           | card [redacted:card].
      card 378282246310005                | card [redacted:card]
      ssn 078-05-1120                     | ssn [redacted:ssn]
      mail bob.b+x@mail.example.com now   | mail [redacted:email] now
      key sk-abcdefghijklmnopqrstuvwx     | key [redacted:key]
      ghp_abcdefghijklmnopqrstuvwxyz012345| [redacted:key]
      AKIAIOSFODNN7EXAMPLE                | [redacted:key]
      whsec_MfKQ9r8GKYqrTwjUPD8ILPZI      | [redacted:key]
      art_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmE | [redacted:key]
      Authorization: Bearer abc.def-123_x | Authorization: [redacted:token]
      postgres://bob:s3cret@db/orders     | postgres://[redacted:password]@db/orders
      password=letmein&x=1                | password=[redacted:key]&x=1
      api_key: 0123456789                 | api_key: [redacted:key]
      the value hunter2-hunter2 is known  | the value [secret:DB] is known
      its mark is [secret:HEADER_KEY]     | its mark is [secret:HEADER_KEY]
      no mark is [secret:HEADER KEY]      | no mark is [secret:[redacted:key] KEY]
      """)
  void takesOut(String text, String clean) {
    assertEquals(clean, cleaner.clean(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "order 4111 1111 1111 1112 is no card",
        "2026-03-02T08:00:00.123Z",
        "01JARZ3NDEKTSV4RRFFQ69G5FAV",
        "invocation took 1234567890123 ms",
        "phone 555-0199",
        "http://127.0.0.1:9100/api/v1/processes",
        "the bearer of bad news",
        "token count 12 of 100",
        "a@b"
      })
  void leavesAlone(String text) {
    assertEquals(text, cleaner.clean(text));
  }

  @Test
  void looksIntoEveryPartOfAValue() {
    assertEquals(
        "{\"[redacted:ssn]\":{\"n\":\"[redacted:card]\"},\"a\":[\"[redacted:email]\",1]}",
        cleaner
            .clean(Json.of(new TreeMap<>(Map.of(
                "a", List.of("a.b@c.org", 1), "078-05-1120", Map.of("n", 4111111111111111L)))))
            .toString());
  }

  @Test
  void takesNoTimeForHostileTexts() {
    for (String part :
        List.of("a", "1 ", "1-", "a:", "a@", "a.", "://", "bearer ", "token=", " ")) {
      String hostile = part.repeat(1_000_000 / part.length());
      assertTimeoutPreemptively(Duration.ofSeconds(5), () -> cleaner.clean(hostile));
    }
  }

  @Test
  void nothingIsCutInTwoThatIsTakenOut() {
    String before = "x".repeat(990) + " ";
    assertFalse(cleaner.clean(before + "hunter2-hunter2 is known").contains("hunter2"));
    assertFalse(cleaner.clean(before + "4111 1111 1111 1111 paid").contains("4111"));
    assertEquals(1_003, cleaner.clean(before + "y".repeat(100_000)).length());
  }
}
