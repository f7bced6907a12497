package dev.agentruntime.time;

import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** Draws ids: ULIDs, 26 characters that sort by time of birth. */
@FunctionalInterface
public interface Ids {

  /** A new id; thread-safe unless the implementation says otherwise. */
  String next();

  /** Ids of the running system. */
  static Ids random(Timers timers) {
    return () -> Ulid.text(timers.now().toEpochMilli(), ThreadLocalRandom.current());
  }

  /** Ids that a seed decides, for simulations; for one thread. */
  static Ids seeded(Timers timers, RandomGenerator random) {
    return () -> Ulid.text(timers.now().toEpochMilli(), random);
  }
}
