package dev.agentruntime.time;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@link Timers} for very many timers: each event loop has one {@link TimerWheel}, which only its
 * thread touches, and one alarm for the next tick at which its wheel has something to do. Tasks run
 * on the context that armed them. Thread-safe.
 *
 * <p>Resolution is a millisecond; a task never runs early. Unlike a timer of Vert.x, one armed by a
 * verticle outlives it: who arms one must cancel it.
 *
 * <p>What is armed elsewhere than on an event loop is left to Vert.x.
 */
public final class WheelTimers implements Timers {

  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long IDLE_SECONDS = 5;

  private final Vertx vertx;
  private final Timers plain;
  private final long origin;
  private final Map<Thread, Loop> loops = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor alarms = new ScheduledThreadPoolExecutor(1, task -> {
    Thread thread = new Thread(task, "agentruntime-timer");
    thread.setDaemon(true);
    return thread;
  });

  /** Timers of one Vert.x instance. */
  public WheelTimers(Vertx vertx) {
    this.vertx = vertx;
    this.plain = new VertxTimers(vertx);
    this.origin = plain.nanos();
    // The thread ends when nothing is armed; there is nothing to close.
    alarms.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    alarms.allowCoreThreadTimeOut(true);
    alarms.setRemoveOnCancelPolicy(true);
  }

  @Override
  public Instant now() {
    return plain.now();
  }

  @Override
  public long nanos() {
    return plain.nanos();
  }

  @Override
  public Armed after(Duration delay, Runnable task) {
    Context here = here();
    return here == null ? plain.after(delay, task) : loop().arm(here, delay, 0, task);
  }

  @Override
  public Armed every(Duration period, Runnable task) {
    Context here = here();
    long ticks = Math.max(1, period.toMillis());
    return here == null ? plain.every(period, task) : loop().arm(here, period, ticks, task);
  }

  /** The context of an event loop of ours on which this is called, null when there is none. */
  private @Nullable Context here() {
    Context here = Vertx.currentContext();
    return here != null && here.isEventLoopContext() && here.owner() == vertx ? here : null;
  }

  private Loop loop() {
    return loops.computeIfAbsent(Thread.currentThread(), Loop::new);
  }

  /** The last tick that has begun. */
  private long tick() {
    return (plain.nanos() - origin) / TICK;
  }

  /** The timers of one event loop. Owned by: its thread. */
  private final class Loop {

    private final Thread thread;
    private final TimerWheel wheel = new TimerWheel();
    private long alarmAt = TimerWheel.NEVER;
    private @Nullable Future<?> alarm;

    Loop(Thread thread) {
      this.thread = thread;
    }

    Armed arm(Context context, Duration delay, long period, Runnable task) {
      Task entry = new Task(context, period, task);
      long nanos = plain.nanos() - origin + Math.max(0, delay.toNanos());
      wheel.add(entry, (nanos + TICK - 1) / TICK);
      setAlarm(context);
      return () -> {
        if (Thread.currentThread() == thread) {
          cancel(entry);
        } else {
          context.runOnContext(hopped -> cancel(entry));
        }
      };
    }

    private void cancel(Task entry) {
      entry.cancelled = true;
      wheel.remove(entry);
    }

    /** An alarm that comes too early costs less than taking it back. */
    private void setAlarm(Context context) {
      long next = wheel.next();
      if (next >= alarmAt) {
        return;
      }
      if (alarm != null) {
        alarm.cancel(false);
      }
      alarmAt = next;
      long wait = origin + next * TICK - plain.nanos();
      alarm = alarms.schedule(
          () -> context.runOnContext(hopped -> ring(context, next)), wait, TimeUnit.NANOSECONDS);
    }

    private void ring(Context context, long at) {
      if (at == alarmAt) {
        alarmAt = TimerWheel.NEVER;
        alarm = null;
      }
      for (TimerWheel.Entry due : wheel.advance(tick())) {
        Task task = (Task) due;
        task.context.runOnContext(hopped -> run(task));
      }
      setAlarm(context);
    }

    private void run(Task entry) {
      if (entry.cancelled) {
        return;
      }
      if (entry.period > 0) {
        wheel.add(entry, entry.due() + entry.period);
        setAlarm(entry.context);
      }
      entry.task.run();
    }
  }

  private static final class Task extends TimerWheel.Entry {
    private final Context context;
    private final long period;
    private final Runnable task;
    private boolean cancelled;

    Task(Context context, long period, Runnable task) {
      this.context = context;
      this.period = period;
      this.task = task;
    }
  }
}
