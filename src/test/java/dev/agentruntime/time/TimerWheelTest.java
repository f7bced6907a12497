package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The wheel against a sorted map. */
final class TimerWheelTest {

  private final long seed = Long.getLong("seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @Test
  void anEmptyOneNeverRings() {
    TimerWheel wheel = new TimerWheel();
    assertEquals(TimerWheel.NEVER, wheel.next());
    assertEquals(List.of(), wheel.advance(1_000_000));
    assertEquals(TimerWheel.NEVER, wheel.next());
  }

  @Test
  void whatIsDueAlreadyComesWithTheNextTick() {
    TimerWheel wheel = new TimerWheel();
    assertEquals(List.of(), wheel.advance(100));
    TimerWheel.Entry entry = new TimerWheel.Entry();
    wheel.add(entry, 7);
    assertTrue(entry.isArmed());
    assertEquals(101, wheel.next());
    assertEquals(List.of(entry), wheel.advance(101));
    assertFalse(entry.isArmed());
  }

  @Test
  void whatLiesYearsAheadComesInItsTime() {
    for (long due : List.of(63L, 64L, 4_095L, 4_096L, 1L << 36, (1L << 36) + 5, 5L << 36)) {
      TimerWheel wheel = new TimerWheel();
      TimerWheel.Entry entry = new TimerWheel.Entry();
      wheel.add(entry, due);
      int stops = 0;
      for (long tick = wheel.next(); tick < due; tick = wheel.next()) {
        assertEquals(List.of(), wheel.advance(tick), "due " + due);
        stops++;
      }
      assertTrue(stops <= 12, "due " + due + ": stops " + stops);
      assertEquals(List.of(entry), wheel.advance(due));
      assertEquals(TimerWheel.NEVER, wheel.next());
    }
  }

  @Test
  void agreesWithASortedMap() {
    for (int round = 0; round < 50; round++) {
      TimerWheel wheel = new TimerWheel();
      TreeMap<Long, List<TimerWheel.Entry>> oracle = new TreeMap<>();
      long now = 0;
      for (int step = 0; step < 400; step++) {
        for (int i = random.nextInt(4); i > 0; i--) {
          TimerWheel.Entry entry = new TimerWheel.Entry();
          wheel.add(entry, now + 1 + far());
          oracle.computeIfAbsent(entry.due(), due -> new ArrayList<>()).add(entry);
        }
        if (random.nextInt(3) == 0 && !oracle.isEmpty()) {
          List<TimerWheel.Entry> same = oracle.lastEntry().getValue();
          wheel.remove(same.get(0));
          wheel.remove(same.get(0));
          same.remove(0);
          oracle.values().removeIf(List::isEmpty);
        }
        String what = "seed " + seed + " round " + round + " step " + step;
        assertEquals(oracle.isEmpty(), wheel.next() == TimerWheel.NEVER, what);
        assertTrue(oracle.isEmpty() || wheel.next() <= oracle.firstKey(), what);
        now += random.nextInt(4) == 0 ? far() : random.nextInt(20);
        List<TimerWheel.Entry> due = wheel.advance(now);
        List<TimerWheel.Entry> expected = new ArrayList<>();
        oracle.headMap(now, true).values().forEach(expected::addAll);
        oracle.headMap(now, true).clear();
        assertEquals(expected.size(), due.size(), what);
        assertTrue(due.containsAll(expected), what);
      }
    }
  }

  /** Of every order of magnitude. */
  private long far() {
    return random.nextLong(1L << (1 + random.nextInt(40)));
  }
}
