package dev.agentruntime.benchmarks;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.time.WheelTimers;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.Triggers;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Scenario 6: very many cron triggers in this JVM, on a thousand contexts and with a sink that only
 * notes when it was called. How late they are, all at one instant and spread over a second by
 * jitter, and what they cost at rest.
 */
@Command(
    name = "cron",
    mixinStandardHelpOptions = true,
    description = "Lateness of very many cron triggers, and their CPU time at rest.")
public final class Cron implements Callable<Integer> {

  private static final int CONTEXTS = 1_000;

  @Option(names = "--triggers", defaultValue = "100000", description = "How many.")
  int triggers;

  @Option(names = "--rest", defaultValue = "30", description = "Seconds at rest.")
  int rest;

  @Option(names = "--lead", defaultValue = "20", description = "Seconds to arm them all.")
  int lead;

  @Option(names = "--vertx", description = "On plain timers of Vert.x instead of the wheel.")
  boolean plain;

  private final List<Context> contexts = new ArrayList<>();

  /** The scenario as a program. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Cron()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    System.out.printf(
        Locale.ROOT, "cron: %,d triggers, %s%n", triggers, plain ? "Vert.x timers" : "wheel");
    System.out.printf(Locale.ROOT, "  load average %.2f at the start%n", ProcFs.load());
    Vertx vertx = Vertx.vertx();
    try {
      deploy(vertx);
      Timers timers = plain ? new VertxTimers(vertx) : new WheelTimers(vertx);
      // The first pass warms up.
      round(timers, "one instant, cold", Duration.ZERO);
      round(timers, "one instant", Duration.ZERO);
      round(timers, "spread over 1 s", Duration.ofSeconds(1));
      atRest(timers);
      System.out.printf(Locale.ROOT, "  load average %.2f at the end%n", ProcFs.load());
    } finally {
      done(vertx.close());
    }
    return 0;
  }

  private void deploy(Vertx vertx) throws Exception {
    done(vertx.deployVerticle(
        () -> new VerticleBase() {
          @Override
          public Future<?> start() {
            synchronized (contexts) {
              contexts.add(context);
            }
            return Future.succeededFuture();
          }
        },
        new DeploymentOptions().setInstances(CONTEXTS)));
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
  }

  /** All fire once, at an instant some seconds from now. */
  private void round(Timers timers, String title, Duration jitter) throws Exception {
    Instant at = timers.now().plusSeconds(lead).truncatedTo(ChronoUnit.SECONDS);
    Late late = new Late(triggers);
    List<Trigger> started = start(timers, at, jitter, late);
    while (late.count.get() < triggers) {
      TimeUnit.MILLISECONDS.sleep(20);
      if (timers.now().isAfter(at.plusSeconds(60))) {
        throw new IllegalStateException(
            late.count.get() + " fired: not all were armed in time, expected a longer --lead");
      }
    }
    stop(started);
    System.out.println("  " + late.line(title));
  }

  /** All are armed for a day on which nothing happens. */
  private void atRest(Timers timers) throws Exception {
    Late late = new Late(triggers);
    Instant at = timers.now().plus(Duration.ofDays(100)).truncatedTo(ChronoUnit.SECONDS);
    List<Trigger> started = start(timers, at, Duration.ZERO, late);
    System.gc();
    Runtime jvm = Runtime.getRuntime();
    long heap = (jvm.totalMemory() - jvm.freeMemory()) >> 20;
    TimeUnit.SECONDS.sleep(3);
    long before = ProcFs.cpuMillis(ProcessHandle.current());
    TimeUnit.SECONDS.sleep(rest);
    long cpu = ProcFs.cpuMillis(ProcessHandle.current()) - before;
    System.out.printf(
        Locale.ROOT,
        "  at rest: %.2f %% of a core over %d s, heap %d MiB%n",
        cpu / 10.0 / rest,
        rest,
        heap);
    stop(started);
  }

  private List<Trigger> start(Timers timers, Instant at, Duration jitter, Late late)
      throws Exception {
    Ids ids = Ids.random(timers);
    var local = at.atOffset(ZoneOffset.UTC);
    String cron = local.getMinute() + " " + local.getHour() + " " + local.getDayOfMonth() + " "
        + local.getMonthValue() + " * " + local.getSecond();
    CronPolicy usual = CronPolicy.DEFAULT;
    CronPolicy policy =
        new CronPolicy(Misfire.SKIP, usual.window(), 1, jitter, Duration.ZERO, usual.minInterval());
    List<Trigger> started = new ArrayList<>();
    for (int i = 0; i < triggers; i++) {
      Context context = contexts.get(i % contexts.size());
      TriggerDeps deps = new TriggerDeps(
          new ProcessName("p" + i),
          task -> context.runOnContext(hopped -> task.run()),
          timers,
          ids,
          secret -> "",
          null,
          new Subscriptions());
      Trigger trigger =
          Triggers.create(new TriggerConfig.Cron("c", cron, "UTC", policy, Rules.NONE), deps);
      started.add(trigger);
      context.runOnContext(hopped -> {
        var unused = trigger.start(late);
      });
    }
    settle();
    return started;
  }

  private void stop(List<Trigger> started) throws Exception {
    for (int i = 0; i < started.size(); i++) {
      Trigger trigger = started.get(i);
      contexts.get(i % contexts.size()).runOnContext(hopped -> {
        var unused = trigger.stop();
      });
    }
    settle();
  }

  /** Returns when every context has done what it was given. */
  private void settle() throws Exception {
    List<Future<Void>> all = new ArrayList<>();
    for (Context context : contexts) {
      Promise<Void> reached = Promise.promise();
      context.runOnContext(hopped -> reached.complete());
      all.add(reached.future());
    }
    var unused = done(Future.all(all));
  }

  /** Notes how late each fire was offered, ms. */
  private static final class Late implements TriggerSink {
    private final AtomicLongArray millis;
    private final AtomicInteger written = new AtomicInteger();
    private final AtomicInteger count = new AtomicInteger();

    Late(int size) {
      millis = new AtomicLongArray(size);
    }

    @Override
    public Future<Accepted> offer(TriggerEvent event) {
      Object late = event.metadata().object().get("late_ms");
      millis.set(written.getAndIncrement(), late instanceof Long ms ? ms : -1);
      count.incrementAndGet();
      return Future.succeededFuture(new Accepted(event.id(), false, false));
    }

    @Override
    public @Nullable Json cursor(String triggerId) {
      return null;
    }

    @Override
    public Future<Void> saveCursor(String triggerId, Json cursor) {
      return Future.succeededFuture();
    }

    String line(String title) {
      long[] sorted = new long[millis.length()];
      Arrays.setAll(sorted, millis::get);
      Arrays.sort(sorted);
      return String.format(
          Locale.ROOT,
          "%s: late p50 %d ms, p99 %d ms, max %d ms",
          title,
          sorted[sorted.length / 2],
          sorted[(int) (sorted.length * 0.99)],
          sorted[sorted.length - 1]);
    }
  }
}
