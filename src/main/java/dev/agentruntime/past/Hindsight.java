package dev.agentruntime.past;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.replay.Past;
import dev.agentruntime.replay.Replay;
import dev.agentruntime.replay.RewindOrder;
import dev.agentruntime.replay.Worker;
import dev.agentruntime.run.Invoker;
import dev.agentruntime.run.Kits;
import io.vertx.core.Future;
import java.util.concurrent.Executor;

/** One process and its past. Owned by: the process's context. */
public final class Hindsight {

  private final ProcessLog log;
  private final Journal journal;
  private final Gate gate;
  private final Forks forks;
  private final Rewinder rewinder;

  /** Of the process to whom all of these belong. */
  public Hindsight(ProcessLog log, ProcessDeps deps, Kits kits, Steps steps, Executor context) {
    this.log = log;
    this.journal = deps.journal();
    this.gate = steps.gate();
    this.forks = new Forks(log, deps, kits, steps.gate(), context);
    this.rewinder = new Rewinder(log, steps.gate(), steps.invoker());
  }

  /** What takes the steps of a process, and what lets it. */
  public record Steps(Gate gate, Invoker invoker) {}

  /** What its journal holds of it. */
  public Past past(Worker worker) {
    return new Past(journal, log.image().id(), worker);
  }

  /** Folds its journal again, and compares. */
  public Future<Json> replay(Worker worker) {
    return Replay.check(past(worker), log.image(), log.durable());
  }

  /** Takes conversation and context back, or says what that would mean. */
  public Future<Json> rewind(RewindOrder order, Worker worker) {
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      return Future.failedFuture(condition.fault(log.image()));
    }
    try {
      return rewinder.rewind(order, past(worker));
    } catch (RuntimeFault fault) {
      return Future.failedFuture(fault);
    }
  }

  /** Its what-if copies. */
  public Forks forks() {
    return forks;
  }
}
