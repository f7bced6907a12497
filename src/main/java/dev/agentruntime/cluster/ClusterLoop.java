package dev.agentruntime.cluster;

import dev.agentruntime.time.Timers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * The one event-loop context on which the cluster's rules live, and the ways in and out of it.
 *
 * @param vertx the clustered Vert.x
 * @param context the context that owns everything mutable in this package
 * @param timers the clock
 */
record ClusterLoop(Vertx vertx, Context context, Timers timers) {

  /** Runs a step on the context; its answer comes back on the context it was asked from. */
  <T> Future<T> on(Supplier<Future<T>> step) {
    Promise<T> promise = Promise.promise();
    Context caller = Vertx.currentContext();
    context.runOnContext(now -> started(step).onComplete(done -> {
      if (caller == null || caller == context) {
        promise.handle(done);
      } else {
        caller.runOnContext(back -> promise.handle(done));
      }
    }));
    return promise.future();
  }

  private static <T> Future<T> started(Supplier<Future<T>> step) {
    try {
      return step.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** Runs what touches files on a worker. */
  <T> Future<T> blocking(Callable<T> step) {
    return vertx.executeBlocking(step, false);
  }

  /** Succeeds after a while; called on the context. */
  Future<Void> after(Duration delay) {
    Promise<Void> promise = Promise.promise();
    var armed = timers.after(delay, promise::complete);
    assert armed != null;
    return promise.future();
  }
}
