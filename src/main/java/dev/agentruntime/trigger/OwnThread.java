package dev.agentruntime.trigger;

import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one after the other, in their order, on whatever thread a pool has free; a task that
 * throws is logged. What a task writes the next one sees. Safe on every thread.
 */
final class OwnThread implements Executor {

  private static final System.Logger LOG = System.getLogger(OwnThread.class.getName());

  private final String owner;
  private final Executor pool;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  OwnThread(String owner, Executor pool) {
    this.owner = owner;
    this.pool = pool;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (waiting.getAndIncrement() == 0) {
      pool.execute(this::drain);
    }
  }

  private void drain() {
    do {
      Runnable task = tasks.remove();
      try {
        task.run();
      } catch (Exception | LinkageError | AssertionError e) {
        LOG.log(System.Logger.Level.ERROR, "trigger " + owner + " failed in a task of its own", e);
      }
    } while (waiting.decrementAndGet() > 0);
  }

  /** A clock whose tasks run here. */
  OwnTimers timers(Timers clock) {
    return new OwnTimers(clock);
  }

  /** Timers that can all be cancelled at once; a period that finds its task still waiting skips. */
  final class OwnTimers implements Timers {

    private final Timers clock;
    private final Set<Own> armed = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    private OwnTimers(Timers clock) {
      this.clock = clock;
    }

    @Override
    public Instant now() {
      return clock.now();
    }

    @Override
    public long nanos() {
      return clock.nanos();
    }

    @Override
    public Armed after(Duration delay, Runnable task) {
      Own own = new Own(task, true);
      return arm(own, clock.after(delay, own));
    }

    @Override
    public Armed every(Duration period, Runnable task) {
      Own own = new Own(task, false);
      return arm(own, clock.every(period, own));
    }

    private Armed arm(Own own, Armed timer) {
      own.timer = timer;
      armed.add(own);
      if (closed.get() || own.over.get()) {
        own.cancel();
      }
      return own;
    }

    /** Cancels what is armed, and whatever is armed later. */
    void close() {
      closed.set(true);
      armed.forEach(Own::cancel);
    }

    /** One timer: the task that is armed, and how to take it back. */
    private final class Own implements Runnable, Armed {

      private final Runnable task;
      private final boolean once;
      private final AtomicBoolean over = new AtomicBoolean();
      private final AtomicBoolean queued = new AtomicBoolean();
      private @Nullable Armed timer;

      Own(Runnable task, boolean once) {
        this.task = task;
        this.once = once;
      }

      @Override
      public void run() {
        if (queued.compareAndSet(false, true)) {
          execute(this::runHere);
        }
      }

      private void runHere() {
        queued.set(false);
        boolean mine = once ? over.compareAndSet(false, true) : !over.get();
        if (once) {
          armed.remove(this);
        }
        if (mine) {
          task.run();
        }
      }

      @Override
      public void cancel() {
        over.set(true);
        armed.remove(this);
        Armed set = timer;
        if (set != null) {
          set.cancel();
        }
      }
    }
  }
}
