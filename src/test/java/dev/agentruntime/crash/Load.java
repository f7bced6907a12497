package dev.agentruntime.crash;

import dev.agentruntime.core.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients as the world has them: each sends one event after the other, every one until it was
 * accepted, some of them several times at once. They do not care what becomes of the node.
 */
final class Load {

  /** How long a client waits before it tries again, unless the node moved. */
  private static final long LOOK_MS = 80;

  private static final Duration PAUSE = Duration.ofMillis(25);

  private static final int SLOTS = 7;

  private final Whereabouts where;
  private final long seed;
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicLong numbers = new AtomicLong();
  private final List<Thread> clients = new ArrayList<>();

  final Queue<Delivery> deliveries = new ConcurrentLinkedQueue<>();
  final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
  final AtomicLong attempts = new AtomicLong();
  final AtomicLong duplicates = new AtomicLong();
  final AtomicLong refused = new AtomicLong();
  final AtomicLong broken = new AtomicLong();

  Load(Whereabouts where, long seed) {
    this.where = where;
    this.seed = seed;
  }

  /**
   * One event of the world.
   *
   * @param key its delivery id
   * @param n what its payload says
   * @param ids the event ids that were answered with 202; one, if all is well
   */
  record Delivery(String process, String key, long n, String body, Queue<String> ids) {}

  /** Starts clients that send to a process. */
  void start(String process, int count) {
    for (int i = 0; i < count; i++) {
      SplittableRandom random = new SplittableRandom(seed * 31 + clients.size());
      Thread client = new Thread(() -> client(process, random), "client-" + clients.size());
      client.setDaemon(true);
      clients.add(client);
      client.start();
    }
  }

  /**
   * No further events; waits until the last of each client was accepted.
   *
   * @param meanwhile done again and again: a full inbox empties only when somebody judges what is
   *     parked before it
   */
  void finish(Duration limit, Runnable meanwhile) {
    ending.set(true);
    long end = System.nanoTime() + limit.toNanos();
    try {
      for (Thread client : clients) {
        while (client.isAlive() && System.nanoTime() < end) {
          meanwhile.run();
          client.join(LOOK_MS);
        }
        if (client.isAlive()) {
          unexpected.add(client.getName() + ": its event was not accepted within " + limit);
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Stops waiting for anything; for the end of a test that failed. */
  void abandon() {
    ending.set(true);
    clients.forEach(Thread::interrupt);
  }

  long accepted() {
    return deliveries.stream().filter(delivery -> !delivery.ids().isEmpty()).count();
  }

  private void client(String process, SplittableRandom random) {
    while (!ending.get() && !Thread.currentThread().isInterrupted()) {
      Delivery delivery = next(process, random);
      deliveries.add(delivery);
      deliver(delivery, random.nextInt(8) == 0 ? 3 : 1);
    }
  }

  /** The next event of a process. */
  Delivery next(String process, SplittableRandom random) {
    long n = numbers.incrementAndGet();
    Map<String, Object> payload = new LinkedHashMap<>();
    payload.put("n", n);
    payload.put("slot", (long) random.nextInt(SLOTS));
    payload.put("kind", random.nextInt(3) == 0 ? "both" : "one");
    return new Delivery(
        process, process + "-" + n, n, Json.of(payload).toString(), new ConcurrentLinkedQueue<>());
  }

  /** Sends copies at once, again and again until all were accepted. */
  void deliver(Delivery delivery, int copies) {
    int missing = copies;
    long seen = -1;
    while (missing > 0) {
      NodeApi node = where.await(seen, seen < 0 ? Duration.ofSeconds(1) : PAUSE);
      if (node == null) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        continue;
      }
      seen = where.moves();
      List<CompletableFuture<NodeApi.Answer>> answers = new ArrayList<>();
      for (int i = 0; i < missing; i++) {
        attempts.incrementAndGet();
        answers.add(node.deliver(delivery.process(), delivery.key(), delivery.body()));
      }
      int before = missing;
      for (CompletableFuture<NodeApi.Answer> answer : answers) {
        missing -= heard(delivery, answer) ? 1 : 0;
      }
      if (missing == before && !unexpected.isEmpty() && ending.get()) {
        return;
      }
    }
  }

  /** Whether it was accepted. */
  private boolean heard(Delivery delivery, CompletableFuture<NodeApi.Answer> coming) {
    NodeApi.Answer answer;
    try {
      answer = coming.join();
    } catch (CompletionException gone) {
      broken.incrementAndGet();
      return false;
    }
    if (answer.status() == 202) {
      Map<String, ?> object = answer.object();
      delivery.ids().add(Answers.text(object, "event_id"));
      if (Boolean.TRUE.equals(object.get("duplicate"))) {
        duplicates.incrementAndGet();
      }
      return true;
    }
    if (answer.status() == 503) {
      refused.incrementAndGet();
    } else {
      unexpected.add(delivery.key() + ": " + answer);
    }
    return false;
  }
}
