package dev.agentruntime.time;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The machine's clock, for commands that run on one thread and have no Vert.x; a runtime's parts
 * take {@link Timers}. Thread-safe.
 */
public final class SystemTime {

  private SystemTime() {}

  /** Wall-clock time, milliseconds. */
  public static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }

  /** Nanoseconds of a monotonic clock with an arbitrary origin. */
  public static long nanos() {
    return System.nanoTime();
  }
}
