package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** The triggers of one process: all of them listen, or none. Owned by: the process's context. */
final class TriggerSet {

  private static final System.Logger LOG = System.getLogger(TriggerSet.class.getName());

  private final ProcessDeps.TriggerFactory factory;
  private final Executor context;
  private final List<Trigger> started = new ArrayList<>();

  TriggerSet(ProcessDeps.TriggerFactory factory, Executor context) {
    this.factory = factory;
    this.context = context;
  }

  /** Starts all triggers of a configuration; when one fails, those that listen are stopped again. */
  Future<Void> start(ProcessConfig config, TriggerSink sink) {
    Future<Void> chain = Future.succeededFuture();
    for (TriggerConfig declared : config.triggers()) {
      chain = chain.compose(done -> startOne(config, declared, sink));
    }
    return chain.recover(cause -> stop().transform(stopped -> Future.failedFuture(cause)));
  }

  private Future<Void> startOne(ProcessConfig config, TriggerConfig declared, TriggerSink sink) {
    Trigger trigger;
    try {
      trigger = factory.create(config, declared, context);
    } catch (RuntimeFault fault) {
      return Future.failedFuture(fault);
    }
    started.add(trigger);
    return trigger.start(sink);
  }

  /** Stops all; succeeds also when one of them complains, which is logged. */
  Future<Void> stop() {
    List<Future<Void>> stops = new ArrayList<>();
    for (Trigger trigger : List.copyOf(started)) {
      stops.add(trigger
          .stop()
          .onFailure(cause -> LOG.log(
              System.Logger.Level.WARNING,
              "trigger " + trigger.id() + " did not stop cleanly",
              cause)));
    }
    started.clear();
    return Future.join(stops).transform(ended -> Future.succeededFuture());
  }

  int size() {
    return started.size();
  }
}
