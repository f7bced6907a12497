package dev.agentruntime.crash;

import dev.agentruntime.crash.Load.Delivery;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends events by the clock, however long their answers take: as many a second as it is told to,
 * fewer only while too many answers are owed. What was not accepted is sent again under its key.
 */
final class Pacer implements AutoCloseable {

  /** Answers that may be owed at once. */
  private static final int OWED_MAX = 256;

  private final Whereabouts where;
  private final String process;
  private final long gapNanos;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "pacer");
        thread.setDaemon(true);
        return thread;
      });
  private final Semaphore room = new Semaphore(OWED_MAX);
  private final Semaphore rounds = new Semaphore(0);
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicLong sent = new AtomicLong();
  private final Queue<Delivery> again = new ConcurrentLinkedQueue<>();

  final Queue<Delivery> deliveries = new ConcurrentLinkedQueue<>();
  final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
  final AtomicLong refused = new AtomicLong();
  final AtomicLong broken = new AtomicLong();

  Pacer(Whereabouts where, String process, int perSecond) {
    this.where = where;
    this.process = process;
    this.gapNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  void start() {
    // A tick that is late is made up for.
    var unused = clock.scheduleAtFixedRate(this::tick, 0, gapNanos, TimeUnit.NANOSECONDS);
  }

  /** Waits until so many more new events were sent than the calls before waited for. */
  void awaitSent(int more, Duration limit) {
    try {
      if (!rounds.tryAcquire(more, limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("not sent within " + limit + ": " + more + " events");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What is done while events are sent. */
  interface Work {
    void run() throws IOException;
  }

  /** How many new events a second were sent, on the average, while something was done. */
  long rateOf(Work work) throws IOException {
    long before = sent.get();
    long began = System.nanoTime();
    work.run();
    return (sent.get() - before) * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - began);
  }

  /** No new events; waits until all were accepted. */
  void finish(Duration limit) {
    ending.set(true);
    long end = System.nanoTime() + limit.toNanos();
    do {
      try {
        long left = Math.max(0, end - System.nanoTime());
        if (!room.tryAcquire(OWED_MAX, left, TimeUnit.NANOSECONDS)) {
          throw new AssertionError("not accepted within " + limit + ": " + again);
        }
        room.release(OWED_MAX);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    } while (!again.isEmpty());
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  private void tick() {
    NodeApi node = where.await(Duration.ZERO);
    if (node == null || !room.tryAcquire()) {
      return;
    }
    Delivery event = next();
    if (event == null) {
      room.release();
      return;
    }
    var unused = node.deliver(process, event.key(), event.body()).whenComplete((answer, gone) -> {
      heard(event, answer);
      room.release();
    });
  }

  private @Nullable Delivery next() {
    Delivery refusedBefore = again.poll();
    if (refusedBefore != null || ending.get()) {
      return refusedBefore;
    }
    long n = sent.incrementAndGet();
    Delivery event = new Delivery(
        process, process + "-" + n, n, "{\"n\":" + n + "}", new ConcurrentLinkedQueue<>());
    deliveries.add(event);
    rounds.release();
    return event;
  }

  private void heard(Delivery event, NodeApi.@Nullable Answer answer) {
    if (answer != null && answer.status() == 202) {
      event.ids().add(Answers.text(answer.object(), "event_id"));
      return;
    }
    if (answer == null) {
      broken.incrementAndGet();
    } else if (answer.status() == 503) {
      refused.incrementAndGet();
    } else {
      unexpected.add(event.key() + ": " + answer);
      return;
    }
    again.add(event);
  }
}
