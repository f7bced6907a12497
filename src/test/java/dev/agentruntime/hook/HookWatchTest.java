package dev.agentruntime.hook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What hooks are told of that nobody waits for. */
@ExtendWith(VertxExtension.class)
class HookWatchTest {

  private static final ProcessName CLERK = new ProcessName("clerk");

  @Test
  void whatComesWhenTooMuchWaitsIsDroppedAndCounted(Vertx vertx) throws Exception {
    Hooks hooks =
        new Hooks(HookWorkers.of(vertx, Hooks.WORKERS), new VertxTimers(vertx), text -> text);
    HookWatch watch = new HookWatch(hooks);
    CountDownLatch go = new CountDownLatch(1);
    Semaphore told = new Semaphore(0);
    String unused = hooks.register(
        HookEvent.TASK_COMPLETED,
        call -> {
          go.await();
          told.release();
        },
        HookOptions.DEFAULT.timeout(Duration.ofSeconds(60)));
    for (int i = 0; i < HookWatch.WAITING_MAX + 7; i++) {
      watch.tell(HookEvent.TASK_COMPLETED, CLERK, new HashMap<>(), Map.of());
    }
    assertEquals(7, watch.dropped());
    go.countDown();
    assertEquals(true, told.tryAcquire(HookWatch.WAITING_MAX, 60, TimeUnit.SECONDS));
    assertEquals(7, watch.dropped());
    assertEquals(0, told.availablePermits());
  }
}
