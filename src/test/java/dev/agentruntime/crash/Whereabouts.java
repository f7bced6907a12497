package dev.agentruntime.crash;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where the node is at the moment, for those who send to it. Safe on every thread. */
final class Whereabouts {

  private final Object lock = new Object();
  private @Nullable NodeApi now;
  private long moves;

  /** It serves at a new place, or, with null, nowhere. */
  void move(@Nullable NodeApi place) {
    synchronized (lock) {
      now = place;
      moves++;
      lock.notifyAll();
    }
  }

  /** How often it moved. */
  long moves() {
    synchronized (lock) {
      return moves;
    }
  }

  /** Waits until the node serves somewhere; null when the time was over before. */
  @Nullable
  NodeApi await(Duration limit) {
    return await(-1, limit);
  }

  /**
   * Waits until it moved on since {@code seen} and serves; after a time answers what there is. Null
   * also for a thread that was interrupted, which stays so.
   */
  @Nullable
  NodeApi await(long seen, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    synchronized (lock) {
      while (now == null || moves == seen) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return now;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, Math.max(left, 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return null;
        }
      }
      return now;
    }
  }
}
