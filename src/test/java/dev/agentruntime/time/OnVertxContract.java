package dev.agentruntime.time;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;

/** The contract on an event loop. */
abstract class OnVertxContract extends TimersContract {

  private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);

  final Vertx vertx = Vertx.vertx();
  final Context context = vertx.getOrCreateContext();

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  void onContext(Runnable task) {
    on(context, task);
  }

  static void on(Context context, Runnable task) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(hopped -> {
      try {
        task.run();
        done.complete();
      } catch (RuntimeException | AssertionError e) {
        done.fail(e);
      }
    });
    done.future()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  @Override
  void until(BooleanSupplier holds) {
    long end = System.nanoTime() + LIMIT;
    while (!holds.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertTrue(holds.getAsBoolean());
  }
}
