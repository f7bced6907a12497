package dev.agentruntime.run;

import dev.agentruntime.live.LiveRun;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Who waits until no model and no tool is being called. Owned by: the process's context. */
final class Quiet {

  private final List<Promise<Void>> waiting = new ArrayList<>();

  boolean isAwaited() {
    return !waiting.isEmpty();
  }

  Future<Void> when(Collection<LiveRun> live) {
    Promise<Void> promise = Promise.promise();
    waiting.add(promise);
    look(live);
    return promise.future();
  }

  void look(Collection<LiveRun> live) {
    if (!waiting.isEmpty() && live.stream().noneMatch(LiveRun::inFlight)) {
      List<Promise<Void>> due = List.copyOf(waiting);
      waiting.clear();
      due.forEach(Promise::complete);
    }
  }
}
