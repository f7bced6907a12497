package dev.agentruntime.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ContextLimits;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions, the trail of changes, and limits. */
final class AgentContextTest {

  private static final Instant TIME = Instant.parse("2026-11-22T08:00:00Z");

  private final ContextTrail trail = new ContextTrail();
  private AgentContext context = AgentContext.EMPTY;

  private static ContextWrite set(String key, @Nullable Object value) {
    return new ContextWrite(key, value == null ? null : Json.of(value), null);
  }

  private void write(String key, @Nullable Object value) {
    context = context.with(
        List.of(set(key, value)), new AgentContext.Origin("api", null, TIME, false), trail::add);
  }

  private List<String> shown(String key) {
    return trail.changes(key).stream()
        .map(change -> change.version() + "=" + change.value())
        .toList();
  }

  @Test
  void noVersionOfAKeyStandsForTwoValues() {
    write("a", 1);
    write("a", 2);
    write("a", null);
    assertEquals(0, context.version("a"));
    assertEquals(3, context.nextVersion("a"));
    write("a", 3);
    assertEquals(3, context.version("a"));
    write("a", null);
    write("b", 1);
    assertEquals(4, context.version("b"), "above every version that was deleted");
    assertEquals(
        context.version("b"),
        AgentContext.of(context.entries(), context.deleted()).version("b"));
  }

  @Test
  void theTrailKnowsEachChangeInOrder() {
    write("a", 1);
    write("b", "x");
    write("a", null);
    write("c", null);
    assertEquals(List.of("1=1", "1=null"), shown("a"));
    assertFalse(trail.isCut("a"));
    assertEquals(List.of(), shown("c"), "what was not there was not deleted");
    assertEquals("api", trail.changes("a").get(0).source());
  }

  @Test
  void theTrailKeepsTheNewestOfAKey() {
    for (int i = 1; i <= ContextTrail.PER_KEY_MAX + 5; i++) {
      write("a", i);
      write("b", 0);
      write("b", null);
    }
    assertEquals(ContextTrail.PER_KEY_MAX, trail.changes("a").size());
    assertEquals(6L, Objects.requireNonNull(trail.changes("a").get(0).value()).value(), "6 .. 25");
    assertTrue(trail.isCut("a"));
    assertTrue(trail.isCut("b"));
  }

  @Test
  void theTrailIsBoundedWhateverTheKeys() {
    for (int i = 0; i < ContextTrail.CHANGES_MAX + 7; i++) {
      write("k" + i, 1);
      write("k" + i, null);
    }
    assertEquals(ContextTrail.CHANGES_MAX, trail.changes().size());
    assertEquals(List.of(), trail.changes("k0"));
    assertTrue(trail.isCut("k0"));
    assertEquals(2, trail.changes("k1006").size());
  }

  @Test
  void theTrailIsBoundedInBytesAndKeepsTheNewestWhateverItsSize() {
    String large = "x".repeat(300_000);
    for (int i = 0; i < 9; i++) {
      write("a", large);
    }
    assertEquals(3, trail.changes("a").size());
    write("b", "y".repeat(2_000_000));
    assertEquals(1, trail.changes().size());
    assertEquals(1, trail.changes("b").size());
  }

  @Test
  void aTrailIsRebuiltFromWhatItShows() {
    for (int i = 0; i < 700; i++) {
      write("k" + i % 60, i % 7 == 0 ? null : i);
    }
    ContextTrail again =
        ContextTrail.of(new ArrayList<>(trail.changes()), trail.cut(), trail.forgot());
    ContextTrail first = trail;
    assertEquals(List.copyOf(first.changes()), List.copyOf(again.changes()));
    for (int i = 0; i < 60; i++) {
      assertEquals(first.changes("k" + i), again.changes("k" + i));
      assertEquals(first.isCut("k" + i), again.isCut("k" + i));
    }
  }

  @Test
  void bytesAreCountedAsTheyComeAndGo() {
    write("key", "abc");
    assertEquals(3 + 5, context.bytes());
    write("key", 1);
    assertEquals(3 + 1, context.bytes());
    write("key", null);
    assertEquals(0, context.bytes());
  }

  @Test
  void aValueMayBeSoLargeAndNoLarger() {
    String most = "x".repeat(ContextLimits.VALUE_BYTES_MAX - 2);
    assertNull(context.refusal(List.of(set("a", most))));
    assertEquals(
        "value of \"a\", expected<=262144 bytes of JSON, actual=262145",
        context.refusal(List.of(set("a", most + "x"))));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 201})
  void aKeyHasALength(int length) {
    assertEquals(
        "key, expected=1 to 200 characters, actual=" + length,
        context.refusal(List.of(set("k".repeat(length), 1))));
  }

  @Test
  void thereAreSoManyKeysAndNoMore() {
    for (int i = 0; i < ContextLimits.KEYS_MAX; i++) {
      write("k" + i, 1);
    }
    assertNull(context.refusal(List.of(set("k0", 2))), "an old key may change");
    assertEquals(
        "keys of the context, expected<=1000, actual=1001",
        context.refusal(List.of(set("new", 1))));
    assertNull(context.refusal(List.of(set("k0", null), set("new", 1))), "one for another");
  }

  @Test
  void allTogetherAreSoLargeAndNoLarger() {
    String value = "x".repeat(250_000);
    for (int i = 0; i < 16; i++) {
      assertNull(context.refusal(List.of(set("k" + i, value))));
      write("k" + i, value);
    }
    String refusal = context.refusal(List.of(set("k16", value)));
    assertEquals(
        "size of the context, expected<=4194304 bytes, actual=" + (context.bytes() + 250_005),
        refusal);
    assertNull(context.refusal(List.of(set("k3", "small"))), "what makes it smaller is taken");
  }
}
