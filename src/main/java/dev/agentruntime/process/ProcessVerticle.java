package dev.agentruntime.process;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The only mutable owner of one process: puts its kernel on an event loop and brings every call
 * there. It translates and decides nothing.
 */
final class ProcessVerticle extends VerticleBase {

  private final ProcessDeps deps;
  private final ProcessLog.Recovered from;
  private final Consumer<RuntimeFault> onBroken;
  private @Nullable ProcessKernel kernel;
  private @Nullable Context owner;

  ProcessVerticle(ProcessDeps deps, ProcessLog.Recovered from, Consumer<RuntimeFault> onBroken) {
    this.deps = deps;
    this.from = from;
    this.onBroken = onBroken;
  }

  @Override
  public Future<?> start() {
    Context mine = context;
    owner = mine;
    kernel =
        new ProcessKernel(deps, from, task -> mine.runOnContext(ignored -> task.run()), onBroken);
    return Future.succeededFuture();
  }

  /** Runs a command on the process's context; the future completes on the caller's. */
  <T> Future<T> call(Function<ProcessKernel, Future<T>> command) {
    Context here = io.vertx.core.Vertx.currentContext();
    Context home = owner;
    ProcessKernel target = kernel;
    if (home == null || target == null) {
      return Future.failedFuture(
          new RuntimeFault(ErrorCode.NOT_OWNER, "the process is not deployed on this node"));
    }
    Promise<T> answer = Promise.promise();
    home.runOnContext(ignored -> {
      Future<T> done;
      try {
        done = command.apply(target);
      } catch (RuntimeException e) {
        done = Future.failedFuture(e);
      }
      done.onComplete(result -> {
        if (here == null) {
          answer.handle(result);
        } else {
          here.runOnContext(back -> answer.handle(result));
        }
      });
    });
    return answer.future();
  }
}
