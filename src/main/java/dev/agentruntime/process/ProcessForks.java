package dev.agentruntime.process;

import dev.agentruntime.core.Json;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.replay.Worker;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The what-if copies of a process, from outside: each runs one of its invocations again and changes
 * nothing but itself. They live in memory, the newest few, until the node stops. Every method may
 * be called from any thread.
 */
public final class ProcessForks {

  private final Caller process;
  private final Supplier<Worker> worker;

  ProcessForks(Caller process, Supplier<Worker> worker) {
    this.process = process;
    this.worker = worker;
  }

  /** Runs commands on the process's context. */
  interface Caller {
    /** One command. */
    <T> Future<T> call(Function<ProcessKernel, Future<T>> command);
  }

  /**
   * Runs a copy to its end; answers what it did otherwise, as {@link Fork#show} says it. Fails with
   * NOT_FOUND when there is no such entry or no run at or behind it, NOT_KEPT when it is kept
   * no more, INVALID_CONFIG for what no manifest could say, and OVERLOADED.
   */
  public Future<Json> run(ForkOrder order) {
    return begun(order).compose(Fork::ended);
  }

  /** As {@link #run}, and answers when the copy has begun. */
  public Future<Json> begin(ForkOrder order) {
    return begun(order).map(Fork::show);
  }

  private Future<Fork> begun(ForkOrder order) {
    return process.call(kernel -> kernel.allowed(
        () -> kernel.hindsight().forks().begin(order, kernel.hindsight().past(worker.get()))));
  }

  /** {@code {"forks":[...]}}, those that have ended first, without their differences. */
  public Future<Json> list() {
    return process.call(kernel -> {
      List<Map<String, @Nullable Object>> all = kernel.hindsight().forks().names().stream()
          .map(name -> {
            Map<String, @Nullable Object> one =
                new LinkedHashMap<>(kernel.hindsight().forks().show(name).object());
            one.remove("diff");
            return one;
          })
          .toList();
      return Future.succeededFuture(Json.of(Map.of("forks", all)));
    });
  }

  /** One copy, {@code NAME~1}; fails with FORK_NOT_FOUND. */
  public Future<Json> show(String fork) {
    return process.call(
        kernel -> Future.succeededFuture(kernel.hindsight().forks().show(fork)));
  }

  /** Ends a copy and forgets it; fails with FORK_NOT_FOUND. */
  public Future<Void> remove(String fork) {
    return process.call(kernel -> {
      kernel.hindsight().forks().remove(fork);
      return Future.succeededFuture();
    });
  }
}
