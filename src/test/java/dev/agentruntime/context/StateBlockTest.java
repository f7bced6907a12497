package dev.agentruntime.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model is shown of the context. */
final class StateBlockTest {

  private static final Instant TIME = Instant.parse("2026-11-22T08:00:00Z");

  private static AgentContext with(AgentContext before, String key, Object value, int second) {
    return before.with(
        List.of(new ContextWrite(key, Json.of(value), null)),
        "agent",
        null,
        TIME.plusSeconds(second));
  }

  private static String shown(AgentContext state, int maxTokens) {
    var block = StateBlock.of(state, maxTokens);
    return block == null ? "" : block.text();
  }

  @Test
  void anEmptyContextIsNotShown() {
    assertNull(StateBlock.of(AgentContext.EMPTY, 0));
  }

  @Test
  void theContextIsShownAsJson() {
    AgentContext state = with(AgentContext.EMPTY, "a", Map.of("b", 1), 0);
    assertEquals("[Context State]\n{\"a\":{\"b\":1}}", shown(state, 0));
    assertEquals("[Context State]\n{\"a\":{\"b\":1}}", shown(state, 4_000));
  }

  @Test
  void whatWasWrittenLastIsShownFirstAndTheRestIsNamed() {
    AgentContext state = with(AgentContext.EMPTY, "old", "x".repeat(30), 1);
    state = with(state, "huge", "y".repeat(4_000), 3);
    state = with(state, "new", "z".repeat(30), 2);
    assertEquals(
        "[Context State]\n{\"new\":\"" + "z".repeat(30) + "\"}\n"
            + "[Left out to fit 15 tokens: \"old\" (about 10), \"huge\" (about 1003)."
            + " The tool context_get reads an entry.]",
        shown(state, 15));
    assertTrue(shown(state, 20).startsWith("[Context State]\n{\"old\":"), "in their own order");
  }

  @Test
  void manyLeftOutAreCounted() {
    AgentContext state = AgentContext.EMPTY;
    for (int i = 0; i < 80; i++) {
      state = with(state, "k" + i, "x".repeat(100), i);
    }
    String text = shown(state, 1);
    assertTrue(text.startsWith("[Context State]\n{}\n[Left out to fit 1 tokens: \"k0\""), text);
    assertTrue(text.contains("\"k49\" (about 28) and 30 more."), text);
  }

  @ParameterizedTest
  @CsvSource({"'', 0", "a, 1", "abcd, 1", "abcde, 2", "äöü, 3", "🙂🙂, 2", "日本語です, 5"})
  void tokensAreEstimated(String text, int tokens) {
    assertEquals(tokens, TokenEstimate.of(text));
  }
}
