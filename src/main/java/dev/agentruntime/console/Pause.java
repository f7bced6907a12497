package dev.agentruntime.console;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A while in which a command does nothing. Blocks the thread of the command line. */
public final class Pause {

  private Pause() {}

  /** Waits; false when the thread was told to end, at once and from then on. */
  public static boolean of(Duration length) {
    try {
      return !new CountDownLatch(1).await(length.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
