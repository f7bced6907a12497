package dev.agentruntime.llm;

import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Timers wound by hand: time passes only in {@link #advance}. */
final class HandTimers implements Timers {

  private final List<Task> tasks = new ArrayList<>();
  private Instant now = Instant.parse("2026-11-22T08:00:00Z");

  private record Task(Instant due, Runnable run) {}

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public long nanos() {
    return now.toEpochMilli() * 1_000_000;
  }

  @Override
  public Armed after(Duration delay, Runnable task) {
    Task armed = new Task(now.plus(delay), task);
    tasks.add(armed);
    return () -> tasks.remove(armed);
  }

  @Override
  public Armed every(Duration period, Runnable task) {
    throw new UnsupportedOperationException();
  }

  int armed() {
    return tasks.size();
  }

  /** How long until the next task. */
  Duration untilNext() {
    return Duration.between(
        now, tasks.stream().map(Task::due).min(Comparator.naturalOrder()).orElseThrow());
  }

  void advance(Duration by) {
    now = now.plus(by);
    for (Task task : List.copyOf(tasks)) {
      if (!task.due().isAfter(now) && tasks.remove(task)) {
        task.run().run();
      }
    }
  }
}
