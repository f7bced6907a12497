package dev.agentruntime.time;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;

/**
 * {@link Timers} wound by hand, for simulations and tests: time passes only in {@link #advance},
 * and due tasks run there, one after the other, in the order in which they fall due (armed earlier
 * runs first at a tie). The wall clock can be set apart from the monotonic one.
 *
 * <p>Owned by: one thread.
 */
public final class ManualTimers implements Timers {

  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long nanos;
  private long wallOffsetNanos;
  private final Instant origin;
  private long armed;

  /** A clock that shows {@code start}, cut to milliseconds. */
  public ManualTimers(Instant start) {
    this.origin = Instant.ofEpochMilli(start.toEpochMilli());
  }

  @Override
  public Instant now() {
    return Instant.ofEpochMilli(origin.plusNanos(nanos + wallOffsetNanos).toEpochMilli());
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public Armed after(Duration delay, Runnable task) {
    return arm(delay, 0, task);
  }

  @Override
  public Armed every(Duration period, Runnable task) {
    if (period.toMillis() < 1) {
      throw new IllegalArgumentException("period, expected>=1 ms, actual=" + period);
    }
    return arm(period, period.toNanos(), task);
  }

  private Armed arm(Duration delay, long period, Runnable task) {
    long due = nanos + Math.max(0, delay.toNanos());
    Task entry = new Task(due, armed++, period, task);
    tasks.add(entry);
    return () -> {
      entry.cancelled = true;
      tasks.remove(entry);
    };
  }

  /**
   * Lets time pass and runs what falls due, also what is armed on the way; each task sees the time
   * at which it is due.
   *
   * @param by zero runs what is due now
   */
  public void advance(Duration by) {
    long end = nanos + by.toNanos();
    while (true) {
      Task next = tasks.peek();
      if (next == null || next.due > end) {
        break;
      }
      tasks.remove();
      nanos = Math.max(nanos, next.due);
      next.task.run();
      if (next.period > 0 && !next.cancelled) {
        next.due += next.period;
        tasks.add(next);
      }
    }
    nanos = end;
  }

  /** Lets the wall clock jump, forwards or back; no timer moves. */
  public void jump(Duration by) {
    wallOffsetNanos += by.toNanos();
  }

  /** How many tasks are armed. */
  public int pending() {
    return tasks.size();
  }

  /**
   * How long until the next task is due.
   *
   * @throws IllegalStateException when nothing is armed
   */
  public Duration untilNext() {
    Task next = tasks.peek();
    if (next == null) {
      throw new IllegalStateException("nothing is armed");
    }
    return Duration.ofNanos(next.due - nanos);
  }

  private static final class Task implements Comparable<Task> {
    private long due;
    private final long order;
    private final long period;
    private final Runnable task;
    private boolean cancelled;

    Task(long due, long order, long period, Runnable task) {
      this.due = due;
      this.order = order;
      this.period = period;
      this.task = task;
    }

    @Override
    public int compareTo(Task other) {
      int byDue = Long.compare(due, other.due);
      return byDue != 0 ? byDue : Long.compare(order, other.order);
    }
  }
}
