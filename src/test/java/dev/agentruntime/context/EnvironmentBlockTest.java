package dev.agentruntime.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which variables an agent is shown. */
final class EnvironmentBlockTest {

  private static String shown(Map<String, String> environment, String prefix) {
    return String.valueOf(EnvironmentBlock.of(environment, prefix, Set.of("AGENT_HOOK")));
  }

  @Test
  void thoseWithItsPrefixUnderTheirWholeNamesInOrder() {
    assertEquals(
        "{\"AGENT_A\":\"\",\"AGENT_REGION\":\"eu\\n\"}",
        shown(Map.of("AGENT_REGION", "eu\n", "AGENT_A", "", "HOME", "x"), "AGENT_"));
    assertEquals("null", shown(Map.of("HOME", "x"), "AGENT_"));
    assertNull(EnvironmentBlock.of(Map.of("HOME", "x"), "", Set.of()), "no prefix, nothing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AGENT_HOOK", "AGENT_TOKEN", "AGENT_DB_PASSWORD", "AGENT_Secret", "AGENT_API_KEY",
        "AGENT_KEY_FILE", "AGENT_AUTH", "AGENT_OPENAI_APIKEY", "AGENT_PRIVATE", "AGENT_SENTRY_DSN",
        "AGENTRUNTIME_DATA_DIR"
      })
  void noneThatIsASecret(String name) {
    assertEquals("null", shown(Map.of(name, "canary"), "AGENT"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"AGENT_KEYBOARD", "AGENT_AUTHOR", "AGENT_PASSAGE", "AGENT_URL"})
  void aNameThatOnlySoundsLikeOneIsShown(String name) {
    assertEquals("{\"" + name + "\":\"http://a/b\"}", shown(Map.of(name, "http://a/b"), "AGENT"));
  }

  @Test
  void noAddressWithAPassword() {
    assertEquals("null", shown(Map.of("AGENT_URL", "postgres://me:pw@db/x"), "AGENT_"));
  }

  @Test
  void longOnesAreCutAndManyAreCounted() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 103; i++) {
      many.put(String.format("AGENT_%03d", i), "v");
    }
    many.put("AGENT_000", "x".repeat(2_000));
    String text = shown(many, "AGENT_");
    assertTrue(text.contains("x [cut: 2000 characters]"), text);
    assertTrue(text.endsWith("\"AGENT_099\":\"v\"}\n[left out: 3 more variables]"), text);
  }
}
