package dev.agentruntime.time;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** {@link Timers} on Vert.x: tasks run on the context that armed them. Thread-safe. */
public final class VertxTimers implements Timers {

  private final Vertx vertx;

  /** Timers of one Vert.x instance. */
  public VertxTimers(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Armed after(Duration delay, Runnable task) {
    long id = vertx.setTimer(Math.max(1, delay.toMillis()), fired -> task.run());
    return () -> vertx.cancelTimer(id);
  }

  @Override
  public Armed every(Duration period, Runnable task) {
    long id = vertx.setPeriodic(Math.max(1, period.toMillis()), fired -> task.run());
    return () -> vertx.cancelTimer(id);
  }
}
