package dev.agentruntime.live;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Keeps runs from beginning while somebody needs none to be open. Owned by: the process's context.
 */
public final class Hold {

  private final ProcessLog log;
  private final Executor later;
  private final List<Promise<Void>> waiting = new ArrayList<>();
  private int count;

  public Hold(ProcessLog log, Executor later) {
    this.log = log;
    this.later = later;
  }

  /** No run begins before {@link #release()}; completes when none is open any more. */
  public Future<Void> take() {
    count++;
    Promise<Void> promise = Promise.promise();
    waiting.add(promise);
    runSettled();
    return promise.future();
  }

  /** Ends one {@link #take()}. */
  public void release() {
    count--;
  }

  /** Whether no run may begin. */
  public boolean isOn() {
    return count > 0;
  }

  /** Looks whether that was the last one. */
  public void runSettled() {
    if (!waiting.isEmpty() && log.image().runs().isEmpty()) {
      List<Promise<Void>> due = List.copyOf(waiting);
      waiting.clear();
      later.execute(() -> due.forEach(Promise::tryComplete));
    }
  }
}
