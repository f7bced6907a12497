package dev.agentruntime.tool;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where tools run that block: on virtual threads where the JVM has them, else on a pool. One for
 * the JVM, bounded. Safe on every thread.
 */
final class Workers {

  /** Calls that may run or wait at once; whoever comes then is refused. */
  static final int CALLS_MAX = 1_000;

  private static final int POOL_SIZE = 64;
  private static final long IDLE_S = 30;
  private static final Workers SHARED = new Workers();

  private final ExecutorService threads = threads();
  private final AtomicInteger busy = new AtomicInteger();

  private Workers() {}

  static Workers shared() {
    return SHARED;
  }

  private static ExecutorService threads() {
    try {
      // Of Java 21; this code runs on 17 too.
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException older) {
      return pool();
    } catch (IllegalAccessException | InvocationTargetException e) {
      System.getLogger(Workers.class.getName())
          .log(System.Logger.Level.WARNING, "no virtual threads, a pool instead", e);
      return pool();
    }
  }

  private static ExecutorService pool() {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        POOL_SIZE, POOL_SIZE, IDLE_S, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
          Thread thread = new Thread(task, "agentruntime-tool-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Runs a task on a thread that may block.
   *
   * @return interrupts it; does nothing once it has ended
   * @throws RejectedExecutionException when too many run or wait
   */
  Runnable run(Runnable task) {
    if (busy.incrementAndGet() > CALLS_MAX) {
      busy.decrementAndGet();
      throw new RejectedExecutionException("more than " + CALLS_MAX + " calls of tools in Java");
    }
    var running = threads.submit(() -> {
      try {
        task.run();
      } finally {
        busy.decrementAndGet();
      }
    });
    return () -> {
      // One that has not begun is left to begin, and sees that nobody waits for it.
      boolean unused = running.cancel(true);
    };
  }
}
