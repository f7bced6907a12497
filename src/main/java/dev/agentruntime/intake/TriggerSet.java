package dev.agentruntime.intake;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The triggers of one process: while it is up all of them listen, or none; while it is down only
 * those whose source is owed an answer, which is then that the process is down. Owned by: the
 * process's context.
 */
public final class TriggerSet {

  private static final System.Logger LOG = System.getLogger(TriggerSet.class.getName());

  private final ProcessDeps.TriggerFactory factory;
  private final Executor context;
  private final Function<TriggerConfig, TriggerSink> sinks;
  private final Map<TriggerConfig, Trigger> held = new LinkedHashMap<>();
  private Future<Void> last = Future.succeededFuture();

  /**
   * No trigger yet.
   *
   * @param sinks where each offers its events; throws a fault when its rules cannot be read
   */
  public TriggerSet(
      ProcessDeps.TriggerFactory factory,
      Executor context,
      Function<TriggerConfig, TriggerSink> sinks) {
    this.factory = factory;
    this.context = context;
    this.sinks = sinks;
  }

  /**
   * All triggers of a configuration listen; when one cannot, none fires. Like every change here it
   * begins when the one asked for before has ended; what listens that way already is left alone.
   */
  public Future<Void> up(ProcessConfig config) {
    return after(() -> startAll(config));
  }

  /**
   * Listens as a manifest says that is not in force yet; what is heard waits until it is. When one
   * cannot listen, everything is as it was. What the manifest has no more does not listen while it
   * is tried, for it may hold the place of what comes.
   */
  public Future<Trial> attempt(ProcessConfig next) {
    Trial trial = new Trial(this);
    List<TriggerConfig> before = List.copyOf(held.keySet());
    return after(() -> {
          Future<Void> chain = stop(declared -> !next.triggers().contains(declared));
          for (TriggerConfig declared : next.triggers()) {
            if (!held.containsKey(declared)) {
              chain = chain.compose(done -> start(next, declared, trial));
            }
          }
          return chain.recover(
              cause -> restore(next, before).transform(restored -> Future.failedFuture(cause)));
        })
        .map(done -> trial.began(next, before));
  }

  /** Takes back what was tried. */
  Future<Void> takeBack(ProcessConfig tried, List<TriggerConfig> before) {
    return after(() -> restore(tried, before));
  }

  private Future<Void> restore(ProcessConfig tried, List<TriggerConfig> before) {
    Future<Void> chain = stop(declared -> !before.contains(declared));
    for (TriggerConfig declared : before) {
      if (!held.containsKey(declared)) {
        chain = chain.compose(done -> start(tried, declared)).recover(cause -> {
          LOG.log(
              System.Logger.Level.WARNING,
              "trigger " + declared.id() + " cannot listen again as before",
              cause);
          return Future.succeededFuture();
        });
      }
    }
    return chain;
  }

  /** Makes those of these types anew; all others go on as they are. */
  public Future<Void> renew(ProcessConfig config, Set<String> types) {
    return after(
        () -> stop(declared -> types.contains(declared.type())).compose(done -> startAll(config)));
  }

  /** Ends those of these types. */
  public Future<Void> drop(Set<String> types) {
    return after(() -> stop(declared -> types.contains(declared.type())));
  }

  private Future<Void> after(Supplier<Future<Void>> next) {
    last = last.transform(done -> next.get());
    return last;
  }

  private Future<Void> startAll(ProcessConfig config) {
    Future<Void> chain = stop(declared -> !config.triggers().contains(declared));
    for (TriggerConfig declared : config.triggers()) {
      chain = chain.compose(
          done -> held.containsKey(declared) ? Future.succeededFuture() : start(config, declared));
    }
    return chain.recover(cause ->
        stop(declared -> !declared.isAnswered()).transform(done -> Future.failedFuture(cause)));
  }

  private Future<Void> start(ProcessConfig config, TriggerConfig declared) {
    return start(config, declared, null);
  }

  private Future<Void> start(ProcessConfig config, TriggerConfig declared, @Nullable Trial trial) {
    Trigger trigger;
    TriggerSink sink;
    try {
      TriggerSink real = sinks.apply(declared);
      sink = trial == null ? real : trial.before(real);
      trigger = factory.create(config, declared, context);
    } catch (RuntimeFault fault) {
      return Future.failedFuture(fault);
    }
    return trigger
        .start(sink)
        .onSuccess(done -> held.put(declared, trigger))
        .recover(cause -> stop(trigger).transform(stopped -> Future.failedFuture(cause)));
  }

  /**
   * Nothing fires any more; whoever asks is still answered. Fails when all has been tried and one
   * did not stop cleanly.
   */
  public Future<Void> down() {
    return after(() -> end(declared -> !declared.isAnswered()));
  }

  /** A process that was down when its node came back answers again. */
  public Future<Void> answer(ProcessConfig config) {
    return after(() -> {
      Future<Void> chain = Future.succeededFuture();
      for (TriggerConfig declared : config.triggers()) {
        if (declared.isAnswered() && !held.containsKey(declared)) {
          chain = chain.compose(done -> start(config, declared));
        }
      }
      return chain;
    });
  }

  /** Ends all. */
  public Future<Void> close() {
    return after(() -> stop(declared -> true));
  }

  private Future<Void> stop(Predicate<TriggerConfig> which) {
    return end(which).otherwiseEmpty();
  }

  private Future<Void> end(Predicate<TriggerConfig> which) {
    List<Future<Void>> stops = new ArrayList<>();
    for (TriggerConfig declared : List.copyOf(held.keySet())) {
      Trigger trigger = held.get(declared);
      if (trigger != null && which.test(declared)) {
        held.remove(declared);
        stops.add(stop(trigger));
      }
    }
    return Future.join(stops).mapEmpty();
  }

  /** That a trigger complains is logged. */
  private static Future<Void> stop(Trigger trigger) {
    return trigger
        .stop()
        .onFailure(cause -> LOG.log(
            System.Logger.Level.WARNING, "a trigger did not stop: {0}", cause.getMessage()));
  }

  public int size() {
    return held.size();
  }
}
