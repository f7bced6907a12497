package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An event on its way, and a kill of the emitter, of a subscriber or of both at every single step
 * of it: append of the commit, delivery, the subscriber's append, its acknowledgement, its entry.
 */
final class BusKillTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  private static BusWorld world(long seed) {
    BusWorld world = new BusWorld(seed);
    world.side("emitter");
    world.side("first", BusWorld.event("build.*"));
    world.side("second", BusWorld.event("**"));
    return world;
  }

  /** Everything committed was acted on once by everyone, and by nobody else. */
  private static int judge(BusWorld world) {
    world.deliverAll(LONG);
    BusWorld.Side emitter = world.of("emitter");
    assertEquals(List.of(), List.copyOf(emitter.image().outbox().items()));
    Map<String, Integer> once = new TreeMap<>();
    emitter.entries(EntryData.InvocationResult.class).stream()
        .filter(end -> end.outcome() == EntryData.Outcome.COMPLETED)
        .forEach(end -> once.put(end.invocation().effectKey(1) + ".1", 1));
    assertEquals(once, world.acted("first"));
    assertEquals(once, world.acted("second"));
    return once.size();
  }

  @Test
  void reachesEverySubscriberOnce() {
    BusWorld world = world(1);
    world.of("emitter").emit("build.failed");
    assertEquals(1, judge(world));
    List<EntryData.EffectDelivered> ends =
        world.of("emitter").entries(EntryData.EffectDelivered.class);

    assertEquals(1, ends.size(), "one entry for all that acknowledged");
    assertEquals(Delivery.DELIVERED, ends.get(0).delivery());
    assertEquals(2, ends.get(0).to().size());
  }

  @ParameterizedTest
  @CsvSource({
    "emitter, true",
    "emitter, false",
    "first, true",
    "first, false",
    "both, true",
    "both, false"
  })
  void survivesAKillAtEveryStep(String whom, boolean power) {
    int steps = 0;
    boolean more = true;
    while (more) {
      BusWorld world = world(steps);
      world.of("emitter").emit("build.failed");
      more = true;
      for (int i = 0; i < steps && more; i++) {
        more = world.step();
      }
      for (String name : whom.equals("both") ? List.of("emitter", "first") : List.of(whom)) {
        world.of(name).crash(power);
      }
      int said = judge(world);
      assertTrue(steps == 0 || !power || said <= 1);
      steps++;
    }

    assertTrue(steps > 10, "only " + steps + " steps");
  }

  @Test
  void survivesManyKillsInAnyOrder() {
    int said = LongStream.range(0, 60).mapToInt(BusKillTest::storm).sum();

    assertTrue(said > 60, "said " + said);
  }

  private static int storm(long seed) {
    Random dice = new Random(seed);
    BusWorld world = world(seed);
    List<BusWorld.Side> all = List.copyOf(world.sides.values());
    for (int i = 0; i < 300; i++) {
      int kind = dice.nextInt(100);
      if (kind < 5) {
        world.of("emitter").emit("build.n" + i);
      } else if (kind < 8) {
        all.get(dice.nextInt(all.size())).crash(dice.nextBoolean());
      } else {
        world.anyStep();
      }
    }
    try {
      return judge(world);
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
  }
}
