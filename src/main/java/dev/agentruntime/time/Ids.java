package dev.agentruntime.time;

import dev.agentruntime.core.Hex;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
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

  /**
   * The id that belongs to a text: the same whenever it is asked for.
   *
   * @param born the time that the id tells
   */
  static String derived(Instant born, String text) {
    ByteBuffer digest =
        ByteBuffer.wrap(Hex.newSha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    return Ulid.text(born.toEpochMilli(), digest::getLong);
  }
}
