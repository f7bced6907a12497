package dev.agentruntime.time;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WheelTimersTest extends OnVertxContract {

  private final Timers timers = new WheelTimers(vertx);

  @Override
  Timers timers() {
    return timers;
  }

  private void arm(long ms, AtomicInteger counter) {
    Timers.Armed unused = timers.after(Duration.ofMillis(ms), counter::incrementAndGet);
  }

  private String deploy(List<Context> contexts, int instances) {
    return vertx
        .deployVerticle(
            () -> new VerticleBase() {
              @Override
              public Future<?> start() {
                synchronized (contexts) {
                  contexts.add(context);
                }
                return Future.succeededFuture();
              }
            },
            new DeploymentOptions().setInstances(instances))
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  @Test
  void runsOnTheContextThatArmedWhoeverSharesItsLoop() {
    List<Context> contexts = new ArrayList<>();
    String unused = deploy(contexts, 16);
    AtomicInteger right = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    for (Context context : contexts) {
      on(context, () -> {
        Timers.Armed ignored = timers.after(Duration.ofMillis(30), () -> {
          boolean mine = Vertx.currentContext().deploymentID().equals(context.deploymentID());
          (mine ? right : wrong).incrementAndGet();
        });
      });
    }
    until(() -> right.get() + wrong.get() == 16);
    assertEquals(0, wrong.get());
  }

  @Test
  void anUndeployedVerticleTakesNobodysTimersAlong() {
    List<Context> contexts = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ids.add(deploy(contexts, 1));
    }
    AtomicInteger ran = new AtomicInteger();
    for (Context context : contexts) {
      on(context, () -> arm(200, ran));
    }
    ids.forEach(id -> vertx
        .undeploy(id)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join());
    until(() -> ran.get() == 8);
  }

  @Test
  void isCancelledFromAnyThread() {
    AtomicReference<Timers.@Nullable Armed> armed = new AtomicReference<>();
    AtomicInteger ran = new AtomicInteger();
    onContext(() -> armed.set(timers.after(Duration.ofMillis(100), ran::incrementAndGet)));
    requireNonNull(armed.get()).cancel();
    AtomicInteger end = new AtomicInteger();
    onContext(() -> arm(200, end));
    until(() -> end.get() == 1);
    assertEquals(0, ran.get());
  }

  @Test
  void leavesToVertxWhatIsArmedElsewhere() {
    AtomicReference<Thread> ran = new AtomicReference<>();
    Timers.Armed unused = timers.after(Duration.ofMillis(5), () -> ran.set(Thread.currentThread()));
    until(() -> ran.get() != null);
    assertTrue(requireNonNull(ran.get()).getName().startsWith("vert.x-eventloop"));
  }
}
