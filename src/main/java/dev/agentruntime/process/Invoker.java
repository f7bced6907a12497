package dev.agentruntime.process;

import dev.agentruntime.agent.AgentLoop;
import dev.agentruntime.agent.RunInput;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.EntryData.Outcome;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pump: starts a run for the oldest queued event whenever the process may run and has a slot,
 * open runs first, and commits each run with one entry. Owned by: the process's context.
 */
final class Invoker {

  /** Runs started in one go before other work of the event loop gets its turn. */
  private static final int STARTS_MAX = 64;

  private final ProcessLog log;
  private final Gate gate;
  private final ProcessDeps deps;
  private final Kits kits;
  private final Host host;
  private final Map<InvocationId, LiveRun> live = new HashMap<>();
  private final List<Promise<Void>> quiet = new ArrayList<>();
  private final EffectSteps.Host around = new EffectSteps.Host() {
    @Override
    public void later(Runnable task) {
      host.later(task);
    }

    @Override
    public void waits() {
      clocks();
      host.runsChanged();
      signalQuiet();
    }

    @Override
    public Subscriptions bus() {
      return deps.bus();
    }
  };
  private boolean pumping;
  private boolean again;
  private boolean careful;
  private boolean pumpsLater;

  Invoker(ProcessLog log, Gate gate, ProcessDeps deps, Kits kits, Host host) {
    this.log = log;
    this.gate = gate;
    this.deps = deps;
    this.kits = kits;
    this.host = host;
  }

  /** What the invoker needs of the process around it. */
  interface Host {
    /** Runs a task on the process's context, later. */
    void later(Runnable task);

    /** A run began or ended to wait, or settled. */
    void runsChanged();

    /** A run settled. */
    void settled(Outcome outcome);
  }

  /** From now until the inbox was empty once, each start is durable before its run. */
  void careful() {
    careful = true;
  }

  /** Starts what can be started. */
  void pump() {
    if (pumping) {
      again = true;
      return;
    }
    pumping = true;
    try {
      int budget = STARTS_MAX;
      do {
        again = false;
        gate.release();
        resumeOpen();
        while (budget > 0 && startNext()) {
          budget--;
        }
      } while (again && budget > 0);
      if (budget == 0) {
        host.later(this::pump);
      }
    } finally {
      pumping = false;
    }
  }

  private void resumeOpen() {
    if (!gate.isOpen() || live.size() == log.image().runs().size()) {
      return;
    }
    for (OpenRun run : List.copyOf(log.image().runs().values())) {
      if (!live.containsKey(run.id())) {
        LiveRun mine = newLive(run.id());
        live.put(run.id(), mine);
        EntryData.InvocationStart first = run.start();
        log.write(new EntryData.InvocationStart(
                run.id(),
                first.eventIds(),
                run.attempt() + 1,
                first.manifestVersion(),
                first.toolSet(),
                first.blocks()))
            .onSuccess(durable -> launch(mine));
      }
    }
  }

  private boolean startNext() {
    ProcessImage image = log.image();
    if (!gate.isOpen() || image.runs().size() >= image.config().run().concurrency()) {
      return false;
    }
    TriggerEvent event = image.nextQueued();
    if (event == null) {
      careful = false;
      return false;
    }
    if (!log.accepting()) {
      pumpLater();
      return false;
    }
    Failpoints.reach("dispatch.before");
    ProcessImage.Deployment deployment = image.deployment();
    if (deployment == null) {
      return false;
    }
    InvocationId id = new InvocationId(deps.ids().next());
    LiveRun mine = newLive(id);
    live.put(id, mine);
    String toolSet = kits.toolSet(log);
    Future<Void> written = log.write(new EntryData.InvocationStart(
        id, List.of(event.id()), 1, deployment.entry().version(), toolSet, Map.of()));
    if (careful) {
      written.onSuccess(durable -> launch(mine));
    } else {
      launch(mine);
    }
    return true;
  }

  /** The journal is nearly full: nothing else may happen here that would start what is queued. */
  private void pumpLater() {
    if (!pumpsLater) {
      pumpsLater = true;
      Timers.Armed ignored = deps.timers().after(Gate.PRESSURE_RETRY, () -> {
        pumpsLater = false;
        pump();
      });
    }
  }

  private void launch(LiveRun mine) {
    OpenRun run = log.image().runs().get(mine.id());
    if (mine.abandoned() || run == null) {
      return;
    }
    Kits.Kit kit;
    try {
      kit = kits.of(log.image(), run.start().manifestVersion());
    } catch (RuntimeFault fault) {
      settle(mine, fault);
      return;
    }
    limit(mine, run, kit.config().run().maxInvocationTime());
    EffectSteps effects = new EffectSteps(log, gate, mine, kit.tools(), around);
    JournaledSteps steps = new JournaledSteps(log, gate, mine, kit.model(), effects);
    RunInput input = new RunInput(
        kit.config().instructions(),
        run.base().context(),
        run.base().conversation(),
        run.event(),
        run.id(),
        run.start().blocks(),
        kit.tools().definitions(),
        kit.config().run().maxTurns());
    AgentLoop.run(input, steps).onComplete(end -> settle(mine, end.cause()));
    // Only now: a run that is recovered into its wait must not show as running in between.
    host.runsChanged();
  }

  private void limit(LiveRun mine, OpenRun run, Duration limit) {
    if (limit.isZero()) {
      return;
    }
    Duration left = limit.minus(run.ran());
    mine.limit(new LiveRun.Limit(deps.timers(), left.isNegative() ? Duration.ZERO : left, () -> {
      if (!mine.abandoned()) {
        mine.timeOut();
        gate.release();
      }
    }));
    clocks();
  }

  /** Lets the clocks of runs go on or stand: only running time counts. */
  void clocks() {
    boolean running = gate.isOpen();
    for (LiveRun run : live.values()) {
      if (running) {
        run.go();
      } else {
        run.pause();
      }
    }
  }

  private void settle(LiveRun mine, @Nullable Throwable cause) {
    OpenRun run = log.image().runs().get(mine.id());
    if (mine.abandoned() || run == null) {
      return;
    }
    mine.pause();
    live.remove(mine.id());
    Duration ran =
        log.image().state() == ProcessState.RUNNING ? run.ranUntil(deps.timers().now()) : run.ran();
    Outcome outcome = cause == null ? Outcome.COMPLETED : Outcome.FAILED;
    Future<Void> durable = log.write(new EntryData.InvocationResult(
        mine.id(),
        outcome,
        run.usage(),
        ran.toMillis(),
        cause == null ? null : Failure.of(cause),
        run.stepSequences()));
    durable.onSuccess(done -> Failpoints.reach("ack.before"));
    host.settled(outcome);
    signalQuiet();
    pump();
  }

  // --- What the process around it asks

  /** The live run of an invocation, null when it has none here. */
  @Nullable
  LiveRun live(InvocationId id) {
    return live.get(id);
  }

  /** Whether there is at least one open run and every one waits for somebody. */
  boolean allWait() {
    return !live.isEmpty()
        && live.size() == log.image().runs().size()
        && live.values().stream().allMatch(LiveRun::isWaiting);
  }

  /** Completes when no model and no tool is being called. */
  Future<Void> quiet() {
    Promise<Void> promise = Promise.promise();
    quiet.add(promise);
    signalQuiet();
    return promise.future();
  }

  /** Ends all live runs without an entry; their open runs go on later. */
  void abandonAll() {
    List<LiveRun> all = List.copyOf(live.values());
    live.clear();
    gate.clear();
    all.forEach(LiveRun::abandon);
    signalQuiet();
  }

  private void signalQuiet() {
    if (!quiet.isEmpty() && live.values().stream().noneMatch(LiveRun::inFlight)) {
      List<Promise<Void>> due = List.copyOf(quiet);
      quiet.clear();
      due.forEach(Promise::complete);
    }
  }

  private LiveRun newLive(InvocationId id) {
    return new LiveRun(id, () -> {
      if (!quiet.isEmpty()) {
        host.later(this::signalQuiet);
      }
    });
  }
}
