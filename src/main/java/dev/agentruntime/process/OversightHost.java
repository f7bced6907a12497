package dev.agentruntime.process;

import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.oversight.Oversight;
import io.vertx.core.Future;

/** Does to a process what those who watch over it find necessary. Owned by: its context. */
final class OversightHost implements Oversight.Host {

  private final ProcessKernel kernel;

  OversightHost(ProcessKernel kernel) {
    this.kernel = kernel;
  }

  @Override
  public void later(Runnable task) {
    kernel.later(task);
  }

  @Override
  public void hold(String cause, String reason) {
    if (image().state() == ProcessState.SUSPENDED
        || Lifecycle.allows(image().state(), ProcessState.SUSPENDED)) {
      written(kernel.supervisor().suspend(cause, reason));
    }
  }

  @Override
  public void lift(String cause, String reason) {
    if (image().state() == ProcessState.SUSPENDED && image().causes().contains(cause)) {
      written(kernel.supervisor().resume(cause, reason));
    }
  }

  @Override
  public void halt(String reason) {
    if (Lifecycle.allows(image().state(), ProcessState.STOPPING)) {
      written(kernel.supervisor().stop(reason));
    }
  }

  @Override
  public boolean isClosed() {
    return kernel.gate().condition() != null;
  }

  @Override
  public void pump() {
    kernel.invoker().pump();
  }

  @Override
  public void goOn(OpenRun run) {
    LiveRun live = kernel.live(run);
    if (live != null && !live.abandoned()) {
      live.answered();
    }
  }

  private ProcessImage image() {
    return kernel.log().image();
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  private static void written(Future<Void> durable) {
    durable.onFailure(cause -> System.getLogger(OversightHost.class.getName())
        .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }
}
