package dev.agentruntime.time;

import java.time.Duration;
import java.time.Instant;

/**
 * Now and later: on Vert.x in the running system, wound by hand in tests.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>answer {@link #now()} in whole milliseconds of wall-clock time, which may jump;
 *   <li>answer {@link #nanos()} from a clock that never goes back;
 *   <li>run a task on the context (thread) from which it was armed, never inside the arming call;
 *   <li>never run a task after its cancellation was asked for on that context;
 *   <li>return from every method at once.
 * </ol>
 */
public interface Timers {

  /** Wall-clock time, milliseconds. */
  Instant now();

  /** Nanoseconds of a monotonic clock with an arbitrary origin. */
  long nanos();

  /**
   * Runs {@code task} once.
   *
   * @param delay how long to wait; zero or less means as soon as possible
   */
  Armed after(Duration delay, Runnable task);

  /**
   * Runs {@code task} again and again until cancelled.
   *
   * @param period from one run to the next, at least 1 ms
   */
  Armed every(Duration period, Runnable task);

  /** A timer that can still be taken back. */
  interface Armed {
    /** Takes it back; a second time, or after it ran, does nothing. */
    void cancel();
  }
}
