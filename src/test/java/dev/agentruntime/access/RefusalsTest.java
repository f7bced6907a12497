package dev.agentruntime.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.time.ManualTimers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RefusalsTest {

  private final ManualTimers timers = new ManualTimers(Instant.EPOCH);
  private final Refusals refusals = new Refusals(timers);
  private final List<OperatorAction> written = new ArrayList<>();

  @BeforeEach
  void listen() {
    refusals.to(written::add);
  }

  private static OperatorAction from(String address, int status, String request) {
    return new OperatorAction("anonymous", address, "GET /a", status, request);
  }

  @Test
  void theFirstOfAKindIsToldAtOnceAndTheRestAreCounted() {
    for (int i = 0; i < 5; i++) {
      refusals.refused(from("a", 401, "r" + i));
    }
    refusals.refused(from("a", 429, "x"));
    refusals.refused(from("b", 401, "y"));
    List<OperatorAction> firsts =
        List.of(from("a", 401, "r0"), from("a", 429, "x"), from("b", 401, "y"));
    assertEquals(firsts, written);
    timers.advance(Duration.ofMinutes(1));
    assertEquals(
        List.of(from("a", 401, "").andMore(4)), written.subList(firsts.size(), written.size()));
  }

  @Test
  void anotherMinuteBeginsAnew() {
    refusals.refused(from("a", 401, "r0"));
    timers.advance(Duration.ofMinutes(1));
    assertEquals(1, written.size(), "nothing more to say");
    refusals.refused(from("a", 401, "r1"));
    refusals.refused(from("a", 401, "r2"));
    assertEquals(List.of(from("a", 401, "r0"), from("a", 401, "r1")), written);
    timers.advance(Duration.ofMinutes(1));
    assertEquals(from("a", 401, "").andMore(1), written.get(2));
    timers.advance(Duration.ofHours(1));
    assertEquals(3, written.size());
  }

  @Test
  void aFloodFromEverywhereIsBoundedAndCounted() {
    int all = 100_000;
    for (int i = 0; i < all; i++) {
      refusals.refused(from("10.0." + i % 251 + "." + i % 199, i % 2 == 0 ? 401 : 421, "r" + i));
    }
    assertEquals(Refusals.KINDS_MAX, written.size());
    timers.advance(Duration.ofMinutes(1));
    assertTrue(written.size() <= 2 * Refusals.KINDS_MAX + 2, () -> "entries " + written.size());
    assertEquals(
        all,
        written.stream()
            .mapToLong(action -> action.more() == 0 ? 1 : action.more())
            .sum());
  }

  @Test
  void whatIsCountedIsToldWhenTheNodeStops() {
    refusals.refused(from("a", 401, "r0"));
    refusals.refused(from("a", 401, "r1"));
    refusals.flush();
    assertEquals(from("a", 401, "").andMore(1), written.get(1));
    timers.advance(Duration.ofMinutes(2));
    assertEquals(2, written.size());
  }
}
