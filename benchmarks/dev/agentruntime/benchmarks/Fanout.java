package dev.agentruntime.benchmarks;

import dev.agentruntime.core.Json;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;

/**
 * Scenario 4, on one node: one event to 1, 10 and, in full, 1,000 subscribers, each of which has it
 * on disk and runs; against the bare event bus of Vert.x, which keeps nothing and runs nothing.
 */
@Command(
    name = "fanout",
    mixinStandardHelpOptions = true,
    description = "Events to many subscribers: runs a second, against a bare Vert.x event bus.")
public final class Fanout extends Scenario {

  private static final int[] COUNTS = {1, 10};
  private static final int[] COUNTS_FULL = {1, 10, 1_000};
  private static final Json DATA = Json.of("x".repeat(150));

  /** A scenario as a program. */
  public static void main(String[] args) {
    run(new Fanout(), args);
  }

  @Override
  void measure(Bench bench) throws Exception {
    for (int count : options.full ? COUNTS_FULL : COUNTS) {
      List<Series.Round> rounds = new ArrayList<>();
      try (BusNode node = new BusNode(
          bench.directory().resolve("fanout-" + count),
          count,
          "  - {type: event, event_type: \"bench.*\"}")) {
        progress(count + " subscribers, warm-up");
        double unused = runtime(node, options.warmup, count);
        for (int round = 1; round <= options.rounds; round++) {
          progress(count + " subscribers, round " + round);
          double bare = bare(options.seconds, count);
          rounds.add(new Series.Round(runtime(node, options.seconds, count), bare));
        }
      }
      showRate(new Series(
          "fanout: runs, 1 -> " + count + " subscribers (limit: bare event bus, nothing kept)",
          "a second",
          rounds));
    }
  }

  private static double runtime(BusNode node, int seconds, int count) throws Exception {
    return node.measure(seconds, count, i -> node.runtime().events().emit("bench.said", DATA));
  }

  private static double bare(int seconds, int count) throws Exception {
    Vertx vertx = Vertx.vertx();
    AtomicLong heard = new AtomicLong();
    EventBus bus = vertx.eventBus();
    for (int i = 0; i < count; i++) {
      vertx
          .getOrCreateContext()
          .runOnContext(ignored -> bus.localConsumer("bench", message -> heard.incrementAndGet()));
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    DeliveryOptions local = new DeliveryOptions().setLocalOnly(true);
    long said = 0;
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      if (said * count - heard.get() < 10_000) {
        bus.publish("bench", DATA.toString(), local);
        said++;
      }
    }
    while (heard.get() < said * count) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    double rate = heard.get() * 1e9 / (System.nanoTime() - start);
    Object unused = BusNode.now(vertx.close().map("closed"));
    return rate;
  }
}
