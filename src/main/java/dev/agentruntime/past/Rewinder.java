package dev.agentruntime.past;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.replay.Past;
import dev.agentruntime.replay.RewindOrder;
import dev.agentruntime.replay.RewindPlan;
import dev.agentruntime.run.Invoker;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;

/**
 * Takes conversation and context back to where they were, with one entry, at a moment when no run
 * is open: an open one has seen what goes, and would bring it back when it commits. Owned by: the
 * process's context.
 */
final class Rewinder {

  private final ProcessLog log;
  private final Gate gate;
  private final Invoker invoker;

  Rewinder(ProcessLog log, Gate gate, Invoker invoker) {
    this.log = log;
    this.gate = gate;
    this.invoker = invoker;
  }

  /**
   * Says what would go, or makes it go; durable when it succeeds.
   *
   * @return fails with NOT_FOUND for an entry beyond the last, RUN_OPEN when runs stay open, and
   *     NOT_KEPT
   */
  Future<Json> rewind(RewindOrder order, Past past) {
    requireEntry(log.image(), order.to());
    return order.apply() ? apply(order, past) : plan(order, past);
  }

  /** Refuses an entry that the process does not have. */
  static void requireEntry(ProcessImage image, long sequence) {
    if (sequence < 1 || sequence > image.sequence()) {
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND,
          "entry of " + image.id().name() + ", expected=1.." + image.sequence() + ", actual="
              + sequence);
    }
  }

  private Future<Json> plan(RewindOrder order, Past past) {
    long position = log.image().sequence();
    return log.durable().compose(done -> RewindPlan.read(past, order, position)).compose(plan -> {
      Json shown = plan.show(log.image(), null);
      return log.durable().map(shown);
    });
  }

  private Future<Json> apply(RewindOrder order, Past past) {
    Future<Void> none = invoker.hold().take();
    return within(none)
        .compose(done -> log.durable())
        .compose(done -> RewindPlan.read(past, order, log.image().sequence()))
        .compose(this::write)
        .onComplete(done -> {
          invoker.hold().release();
          invoker.pump();
        });
  }

  /** Runs that cannot go on are not waited for, and others not for ever. */
  private Future<Void> within(Future<Void> none) {
    if (log.image().runs().isEmpty()) {
      return none;
    }
    if (!gate.isOpen() || invoker.allWait()) {
      return Future.failedFuture(open());
    }
    Promise<Void> over = Promise.promise();
    Duration limit = log.image().config().run().drainTimeout();
    Timers.Armed timer = gate.timers().after(limit, () -> over.tryFail(open()));
    none.onComplete(ended -> {
      timer.cancel();
      over.tryComplete();
    });
    return over.future();
  }

  private Future<Json> write(RewindPlan plan) {
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      return Future.failedFuture(condition.fault(log.image()));
    }
    if (!log.image().runs().isEmpty()) {
      return Future.failedFuture(open());
    }
    Json went = plan.show(log.image(), log.image().sequence() + 1);
    return log.write(plan.entry(log.image())).map(durable -> went);
  }

  private RuntimeFault open() {
    return new RuntimeFault(
        ErrorCode.RUN_OPEN,
        "cannot rewind " + log.image().id().name() + " while runs are open: "
            + log.image().runs().keySet()
            + ". They have seen what would go, and would bring it back; wait for their end, or say"
            + " what became of what they wait for");
  }
}
