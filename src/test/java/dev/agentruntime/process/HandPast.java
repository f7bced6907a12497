package dev.agentruntime.process;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.past.Hindsight;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.replay.RewindOrder;
import io.vertx.core.Future;

/** The past of a process that is run by hand. */
record HandPast(Hindsight hindsight) {

  Future<Json> replay() {
    return hindsight.replay(HandProcess::inline);
  }

  Future<Json> rewind(long to, OperatorEntry.RewindMode mode, boolean apply) {
    RewindOrder order = new RewindOrder(to, mode, apply, "test");
    return hindsight.rewind(order, HandProcess::inline);
  }

  Future<Fork> fork(ForkOrder order) {
    return hindsight.forks().begin(order, hindsight.past(HandProcess::inline));
  }
}
