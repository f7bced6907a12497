package dev.agentruntime.runtime;

import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.home.NodeHome;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.Recovery;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * Brings a node up: ports, journal, processes, agents directory, and only then whoever may ask for
 * something. Owned by: the runtime's context.
 */
final class Startup {

  private final LocalRuntime runtime;
  private final JournalKeeper keeper;
  private final AgentWatch agents;

  Startup(LocalRuntime runtime, JournalKeeper keeper, AgentWatch agents) {
    this.runtime = runtime;
    this.keeper = keeper;
    this.agents = agents;
  }

  Future<Void> run(AgentRuntime face, boolean loadAgents) {
    return parts(RuntimePart::bind)
        .compose(bound -> NodeHome.open(
            runtime.vertx(), runtime.setup().config(), runtime.setup().disk()))
        .compose(open -> {
          runtime.opened(open);
          keeper.watch();
          return Recovery.replay(open.journal());
        })
        .onSuccess(keeper::begin)
        .compose(this::host)
        .compose(clean -> reclaim().map(clean))
        .compose(clean -> beginSystem(clean)
            .compose(done -> runtime.killSwitch().recover(Objects.requireNonNull(runtime.system())))
            .compose(done -> parts(part -> part.prepare(face)))
            .compose(done -> loadAgents ? agents.begin(() -> goOn(clean)) : goOn(clean)))
        .compose(done -> {
          runtime.recovered();
          runtime.outside().listen();
          return parts(part -> part.start(face));
        });
  }

  /** One part after the other. */
  private Future<Void> parts(Function<RuntimePart, Future<Void>> step) {
    Future<Void> chain = Future.succeededFuture();
    for (RuntimePart part : runtime.setup().parts()) {
      chain = chain.compose(done -> step.apply(part));
    }
    return chain;
  }

  /**
   * Puts every process of the journal on an event loop; answers whether the last stop was clean.
   */
  private Future<Boolean> host(Recovery.Found found) {
    runtime.warn(found.report().tornTail());
    found.report().suspect().forEach(runtime::warn);
    found.report().notes().forEach(runtime::warn);
    List<Future<Void>> hosted = new ArrayList<>();
    for (Recovery.Restored restored : found.processes().values()) {
      ProcessName name = restored.id().name();
      runtime.knows(restored.id());
      if (!restored.damage().isEmpty()) {
        runtime.warn("process " + name + ": " + restored.damage());
      }
      if (!restored.removed()) {
        hosted.add(AgentProcess.host(
                runtime.vertx(),
                runtime.deps(runtime.home().journal()),
                restored,
                fault -> keeper.broken(restored.id().name()))
            .onSuccess(runtime::hosted)
            .mapEmpty());
      }
    }
    boolean clean = found.report().cleanStop() || found.report().entries() == 0;
    return Future.all(hosted).map(clean);
  }

  /** What another node has claimed meanwhile must not run here. */
  private Future<Void> reclaim() {
    return runtime
        .setup()
        .placement()
        .reclaim(Set.copyOf(runtime.processes().keySet()))
        .compose(lost -> {
          List<Future<Void>> gone = new ArrayList<>();
          lost.forEach((name, owner) -> {
            runtime.warn("process " + name + " belongs to " + owner + " now and does not run here");
            AgentProcess process = runtime.processes().get(name);
            if (process != null) {
              runtime.drop(name);
              gone.add(process.unhost());
            }
          });
          return Future.all(gone).mapEmpty();
        });
  }

  private Future<Void> beginSystem(boolean clean) {
    AgentProcess known = runtime.system();
    Future<AgentProcess> hosted = known != null
        ? Future.succeededFuture(known)
        : AgentProcess.host(
            runtime.vertx(),
            runtime.deps(runtime.home().journal()),
            new ProcessId(ProcessName.system(runtime.home().node()), 1),
            fault -> keeper.broken(ProcessName.system(runtime.home().node())));
    return hosted.compose(process -> {
      runtime.hosted(process);
      return process.nodeStarted(clean);
    });
  }

  /** Whoever is down answers last, so that it takes no path from one that works. */
  private Future<Void> goOn(boolean clean) {
    Instant lifted = runtime.killSwitch().lifted();
    return each(process -> process.goOn(clean, lifted))
        .compose(done -> Objects.requireNonNull(runtime.system()).goOn(clean, lifted))
        .compose(done -> each(AgentProcess::answerWhileDown));
  }

  private Future<Void> each(Function<AgentProcess, Future<Void>> step) {
    List<Future<Void>> all = new ArrayList<>();
    for (AgentProcess process : runtime.processes().values()) {
      all.add(step.apply(process).recover(cause -> {
        runtime.warn("process " + process.name() + ": " + cause.getMessage());
        return Future.succeededFuture();
      }));
    }
    return Future.all(all).mapEmpty();
  }
}
