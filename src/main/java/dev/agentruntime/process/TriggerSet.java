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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The triggers of one process: all of them listen, or none. Owned by: the process's context. */
final class TriggerSet {

  private static final System.Logger LOG = System.getLogger(TriggerSet.class.getName());

  private final ProcessDeps.TriggerFactory factory;
  private final Executor context;
  private final List<Trigger> started = new ArrayList<>();
  private @Nullable List<TriggerConfig> listening;
  private Future<Void> last = Future.succeededFuture();

  TriggerSet(ProcessDeps.TriggerFactory factory, Executor context) {
    this.factory = factory;
    this.context = context;
  }

  /**
   * Listens as a configuration says and no other way; when one trigger fails, none listens. Begins
   * when what was asked for before has ended.
   */
  Future<Void> start(ProcessConfig config, TriggerSink sink) {
    return after(() -> stopAll().compose(stopped -> startAll(config, sink)));
  }

  /** As {@link #start}, but leaves alone what listens that way already. */
  Future<Void> keep(ProcessConfig config, TriggerSink sink) {
    return after(() -> config.triggers().equals(listening)
        ? Future.succeededFuture()
        : stopAll().compose(stopped -> startAll(config, sink)));
  }

  /** Stops all; succeeds also when one of them complains, which is logged. */
  Future<Void> stop() {
    return after(this::stopAll);
  }

  private Future<Void> after(Supplier<Future<Void>> next) {
    last = last.transform(done -> next.get());
    return last;
  }

  private Future<Void> startAll(ProcessConfig config, TriggerSink sink) {
    Future<Void> chain = Future.succeededFuture();
    for (TriggerConfig declared : config.triggers()) {
      chain = chain.compose(done -> startOne(config, declared, sink));
    }
    return chain.compose(
        done -> {
          listening = config.triggers();
          return Future.succeededFuture();
        },
        cause -> stopAll().transform(stopped -> Future.failedFuture(cause)));
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

  private Future<Void> stopAll() {
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
    listening = null;
    return Future.join(stops).transform(ended -> Future.succeededFuture());
  }

  int size() {
    return started.size();
  }
}
