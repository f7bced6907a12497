package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TopicsTest {

  @ParameterizedTest
  @CsvSource({
    "a, a, true",
    "a, b, false",
    "a, ab, false",
    "ab, a, false",
    "a.b, a.b, true",
    "a.b, a, false",
    "a, a.b, false",
    "*, a, true",
    "*, a.b, false",
    "a.*, a.b, true",
    "a.*, a.b.c, false",
    "a.*, a, false",
    "*.b, a.b, true",
    "*.*, a.b, true",
    "a.*.c, a.b.c, true",
    "a.*.c, a.b.d, false",
    "**, a, true",
    "**, a.b.c, true",
    "a.**, a, false",
    "a.**, a.b, true",
    "a.**, a.b.c.d, true",
    "a.**, b.c, false",
    "a.*.**, a.b, false",
    "a.*.**, a.b.c, true",
    "build:x.n-1_2, build:x.n-1_2, true",
  })
  void coversByPattern(String pattern, String name, boolean covers) {
    assertNull(Topics.problemOfPattern(pattern), pattern);
    assertNull(Topics.problemOfName(name), name);
    assertEquals(covers, Topics.matches(pattern, name));
  }

  /** Bad input 106: what is said names one thing; wildcards belong to those who listen. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", ".", "..", "a..b", ".a", "a.", "#", "a.#", "*", "a.*", "**", "a.**", "a b", "a/b",
        "a\nb", "é", "a\u0000", "a%2e", "{x}", "$a", "a,b"
      })
  void aNameHasNoWildcards(String name) {
    assertNotNull(Topics.problemOfName(name), name);
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> Topics.requireName("topic", name));
    assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", ".", "..", "#", "a.#", "***", "a.***", "**.a", "a.**.b", "a*", "*a", "a.*b", ".*",
        "*.", "a..*", "+", "a.+"
      })
  void aPatternHasNoOtherWildcards(String pattern) {
    assertNotNull(Topics.problemOfPattern(pattern), pattern);
  }

  @Test
  void isQuickAndShortWithWhatIsTooLong() {
    String long10k = "a.".repeat(5_000) + "a";
    assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
      String problem = Topics.problemOfName(long10k);
      assertNotNull(problem);
      assertTrue(problem.length() < 300, problem);
      assertNotNull(Topics.problemOfPattern("*.".repeat(5_000) + "**"));
      assertNull(Topics.problemOfPattern("*.".repeat(120) + "**"));
      assertTrue(Topics.matches("*.".repeat(120) + "**", "a.".repeat(127) + "a"));
    });
  }
}
