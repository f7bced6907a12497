package dev.agentruntime.run;

import dev.agentruntime.agent.AgentLoop;
import dev.agentruntime.agent.RunInput;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.fold.EventQueue;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.OpenRuns;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.Hold;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.oversight.Oversight;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pump: starts a run for what is next in the queue whenever the process may run and has a slot,
 * open runs first, and commits each run with one entry. A run that failed rests and goes on as the
 * next attempt of the same invocation. Owned by: the process's context.
 */
public final class Invoker {

  /** Runs started in one go before other work of the event loop gets its turn. */
  private static final int STARTS_MAX = 64;

  private final ProcessLog log;
  private final Gate gate;
  private final ProcessDeps deps;
  private final Kits kits;
  private final Host host;
  private final Hold hold;
  private final Map<InvocationId, LiveRun> live = new HashMap<>();
  private final Quiet quiet = new Quiet();
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

    @Override
    public Oversight oversight() {
      return host.oversight();
    }
  };
  private final Recollection recollection;
  private final PumpAlarm alarm;
  private boolean pumping;
  private boolean again;
  private boolean careful;

  public Invoker(ProcessLog log, Gate gate, ProcessDeps deps, Kits kits, Host host) {
    this.log = log;
    this.gate = gate;
    this.deps = deps;
    this.kits = kits;
    this.host = host;
    this.recollection = new Recollection(log, kits, deps, host::later, this::pump);
    this.alarm = new PumpAlarm(deps.timers(), this::pump);
    this.hold = new Hold(log, host::later);
  }

  /** What the invoker needs of the process around it. */
  public interface Host {
    /** Runs a task on the process's context, later. */
    void later(Runnable task);

    /** To whom each thing a run has said is owed, in order. */
    List<List<Due>> due(OpenRun run);

    /** Who is asked before a run begins, and before its steps. */
    Oversight oversight();

    /** A run that owes something is committed. */
    void committed(OpenRun run);

    /** A run began or ended to wait, or settled. */
    void runsChanged();

    /** A run settled. */
    void settled(Outcome outcome);
  }

  /** From now until the inbox was empty once, each start is durable before its run. */
  public void careful() {
    careful = true;
  }

  /** Starts what can be started. */
  public void pump() {
    if (pumping) {
      again = true;
      return;
    }
    pumping = true;
    try {
      int budget = STARTS_MAX;
      do {
        again = false;
        endCancelled();
        gate.release();
        resumeOpen();
        while (budget > 0 && (resumeDue() || startNext())) {
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

  /** Runs that were cancelled take no further step; what is in flight of them may have to end. */
  private void endCancelled() {
    OpenRuns open = log.image().open();
    if (open.cancelled().isEmpty()) {
      return;
    }
    for (InvocationId id : List.copyOf(open.cancelled())) {
      LiveRun mine = live.get(id);
      OpenRun run = open.get(id);
      if (mine != null && run != null && mine.over() == null) {
        EntryData.ToolCall call = run.openCall();
        // A call that must not be made twice is not given up: its answer is worth waiting for.
        boolean givenUp = call == null || call.policy().mayRepeat();
        mine.end(replaced(run), givenUp);
        LiveRun.Wait waits = mine.waitsFor();
        if (waits != null && (givenUp || waits != LiveRun.Wait.RESOLUTION)) {
          mine.answered();
        }
      }
    }
  }

  private static RuntimeFault replaced(OpenRun run) {
    return new RuntimeFault(ErrorCode.CANCELLED, String.valueOf(run.cancelled()));
  }

  private void resumeOpen() {
    if (!gate.isOpen() || live.size() >= log.image().open().active() || !kits.known(log.image())) {
      return;
    }
    for (OpenRun run : List.copyOf(log.image().runs().values())) {
      if (gate.isOpen() && run.retryAt() == null && !live.containsKey(run.id())) {
        resume(run);
      }
    }
  }

  /** Begins the next attempt of a run, unless it has come to its end without one. */
  private void resume(OpenRun run) {
    if (run.cancelled() != null && run.openCall() == null) {
      finish(run, Outcome.CANCELLED, replaced(run).failure());
      return;
    }
    int crashesMax = log.image().config().delivery().maxCrashes();
    if (run.crashes() >= crashesMax && !run.isInDoubt()) {
      finish(
          run,
          Outcome.FAILED,
          new Failure(
              ErrorCode.POISON,
              "the JVM ended " + run.crashes() + " times in a row while this run was at one place,"
                  + " expected<" + crashesMax));
      return;
    }
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

  /** A run whose next attempt is due goes before whatever is queued. */
  private boolean resumeDue() {
    OpenRuns open = log.image().open();
    if (open.resting().isEmpty() || !hasRoom()) {
      return false;
    }
    Instant now = deps.timers().now();
    // Nobody waits longer than that, unless the clock was set back.
    Instant latest = now.plus(log.image().config().delivery().retryBackoffMax());
    for (OpenRun run : open.resting()) {
      Instant due = run.retryAt();
      if (due != null && due.isAfter(now) && !due.isAfter(latest)) {
        alarm.at(due);
        return false;
      }
      if (log.image().queue().mayGoOn(run)) {
        if (!log.accepting()) {
          alarm.soon();
          return false;
        }
        resume(run);
        return true;
      }
    }
    return false;
  }

  private boolean hasRoom() {
    ProcessImage image = log.image();
    return gate.isOpen()
        && kits.known(image)
        && image.open().active() < image.config().run().concurrency();
  }

  private boolean startNext() {
    if (hold.isOn() || !hasRoom()) {
      return false;
    }
    EventQueue queue = log.image().queue();
    EventQueue.Next next = queue.next(deps.timers().now());
    if (next instanceof EventQueue.Next.Idle idle) {
      careful = careful && queue.waiting() > 0;
      if (idle.until() != null) {
        alarm.at(idle.until());
      }
      return false;
    }
    if (!log.accepting()) {
      alarm.soon();
      return false;
    }
    if (next instanceof EventQueue.Next.Settle gone) {
      Future<Void> ignored =
          log.write(new EntryData.TriggerSettled(gone.eventIds(), gone.outcome(), gone.reason()));
      return true;
    }
    return next instanceof EventQueue.Next.Run run
        && host.oversight().mayBegin()
        && start(run.events());
  }

  private boolean start(List<TriggerEvent> events) {
    Failpoints.reach("dispatch.before");
    ProcessImage.Deployment deployment = log.image().deployment();
    if (deployment == null) {
      return false;
    }
    Recollection.Ready ready = recollection.of(events.get(0));
    if (ready == null) {
      return false;
    }
    InvocationId id = ready.invocation();
    LiveRun mine = newLive(id);
    live.put(id, mine);
    String toolSet = kits.toolSet(log);
    List<String> ids = events.size() == 1
        ? List.of(events.get(0).id())
        : events.stream().map(TriggerEvent::id).toList();
    int version = deployment.entry().version();
    Map<String, String> blocks = new HashMap<>(kits.blocks(log.image(), version));
    blocks.putAll(ready.blocks());
    host.oversight().blocks(blocks);
    Future<Void> written =
        log.write(new EntryData.InvocationStart(id, ids, 1, version, toolSet, blocks));
    if (careful) {
      written.onSuccess(durable -> launch(mine));
    } else {
      launch(mine);
    }
    return true;
  }

  private void launch(LiveRun mine) {
    OpenRun run = log.image().runs().get(mine.id());
    if (mine.abandoned() || run == null) {
      return;
    }
    if (run.cancelled() != null) {
      mine.end(replaced(run), true);
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
        run.blocks(),
        kit.tools().definitions(),
        kit.config().run().maxTurns(),
        RunInput.Room.of(kit.config()));
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
  public void clocks() {
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
    if (run.cancelled() != null) {
      finish(run, Outcome.CANCELLED, replaced(run).failure());
    } else if (cause == null) {
      finish(run, Outcome.COMPLETED, null);
    } else {
      failed(run, Failure.of(cause));
    }
    signalQuiet();
    pump();
  }

  private void failed(OpenRun run, Failure failure) {
    ProcessConfig.Delivery delivery = log.image().config().delivery();
    if (run.failures() >= delivery.maxRetries() || failure.code().isFinal()) {
      finish(run, Outcome.FAILED, failure);
      return;
    }
    Instant retryAt = deps.timers().now().plus(run.pause(delivery, failure.retryAfter()));
    Future<Void> ignored =
        log.write(new EntryData.ErrorNoted(failure.code(), failure.message(), run.id(), retryAt));
    host.runsChanged();
  }

  private void finish(OpenRun run, Outcome outcome, @Nullable Failure failure) {
    Duration ran =
        log.image().state() == ProcessState.RUNNING ? run.ranUntil(deps.timers().now()) : run.ran();
    List<List<Due>> due = outcome == Outcome.COMPLETED ? host.due(run) : List.of();
    Future<Void> durable = log.write(new EntryData.InvocationResult(
            run.id(), outcome, run.usage(), ran.toMillis(), failure, run.stepSequences(), due)
        .tainted(run.isTainted()));
    if (durable.failed() && !log.broken() && outcome == Outcome.COMPLETED) {
      // It owes more than an entry can hold.
      finish(run, Outcome.FAILED, Failure.of(durable.cause()));
      return;
    }
    durable.onSuccess(done -> {
      Failpoints.reach("ack.before");
      if (!due.isEmpty()) {
        host.committed(run);
      }
    });
    host.settled(outcome);
    hold.runSettled();
  }

  // --- What the process around it asks

  /** Who keeps runs from beginning. */
  public Hold hold() {
    return hold;
  }

  /** The live run of an invocation, null when it has none here. */
  @Nullable
  public LiveRun live(InvocationId id) {
    return live.get(id);
  }

  /** Whether there is at least one open run and every one waits for somebody. */
  public boolean allWait() {
    return !live.isEmpty()
        && live.size() == log.image().open().active()
        && live.values().stream().allMatch(LiveRun::isWaiting);
  }

  /** Completes when no model and no tool is being called. */
  public Future<Void> quiet() {
    return quiet.when(live.values());
  }

  /** The runs that are live here. */
  public Set<LiveRun> allLive() {
    return Set.copyOf(live.values());
  }

  /** Ends these runs without an entry; they go on as their next attempts. */
  public void again(Set<LiveRun> runs) {
    runs.stream().filter(run -> live.remove(run.id(), run)).forEach(LiveRun::abandon);
    signalQuiet();
    pump();
  }

  /** Ends all live runs without an entry; their open runs go on later. */
  public void abandonAll() {
    List<LiveRun> all = List.copyOf(live.values());
    live.clear();
    alarm.disarm();
    recollection.forget();
    gate.clear();
    all.forEach(LiveRun::abandon);
    host.oversight().abandoned();
    signalQuiet();
  }

  private void signalQuiet() {
    quiet.look(live.values());
  }

  private LiveRun newLive(InvocationId id) {
    return new LiveRun(id, () -> {
      if (quiet.isAwaited()) {
        host.later(this::signalQuiet);
      }
    });
  }
}
