package dev.agentruntime.process;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.custody.SecretKeeper;
import dev.agentruntime.delivery.Asks;
import dev.agentruntime.delivery.Deliveries;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.history.DeadLetterViews;
import dev.agentruntime.intake.Inbox;
import dev.agentruntime.intake.TriggerSet;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.past.Hindsight;
import dev.agentruntime.run.Invoker;
import dev.agentruntime.run.Kits;
import dev.agentruntime.run.ToolServers;
import dev.agentruntime.trigger.IntakeFilter;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One process without a thread of its own: image, inbox, pump and lifecycle, wired. It runs
 * wherever it is called, one call at a time: on an event loop behind {@link ProcessVerticle}, or by
 * hand in a simulation. Owned by: the process's context.
 */
final class ProcessKernel implements TriggerSink, Invoker.Host, Asks.Host {

  private final ProcessLog log;
  private final Gate gate;
  private final Inbox inbox;
  private final IntakeFilter filter;
  private final Invoker invoker;
  private final Supervisor supervisor;
  private final Kits kits;
  private final ToolServers servers;
  private final Deliveries deliveries;
  private final Oversight oversight;
  private final OperatorWords words;
  private final Executor context;
  private final Asks asks;
  private final SelfStart selfStart;
  private final ManifestChanges changes;
  private final Hindsight hindsight;
  private @Nullable String manifestProblem;
  private @Nullable Boolean cameBackClean;

  /**
   * A process at the position of its image.
   *
   * @param context runs tasks later on the process's context
   * @param onBroken told once per image, when an append failed and the image must be rebuilt
   */
  ProcessKernel(
      ProcessDeps deps,
      ProcessLog.Recovered from,
      Executor context,
      Consumer<RuntimeFault> onBroken) {
    this.context = context;
    this.log = new ProcessLog(deps, from, fault -> broken(fault, onBroken));
    this.gate = new Gate(log, deps.timers());
    this.inbox = new Inbox(log);
    this.filter = new IntakeFilter(this, this::takes);
    SecretKeeper secrets = new SecretKeeper(log, deps);
    this.servers = new ToolServers(log, deps, context, secrets);
    this.kits = new Kits(log, deps, servers, secrets);
    log.redacting(
        secrets.redactor(from.image().id().name()),
        () -> !secrets.vault().redactor().isEmpty());
    this.deliveries = new Deliveries(log, gate, deps, kits, context);
    this.oversight = new Oversight(log, deps, secrets, new OversightHost(this));
    this.invoker = new Invoker(log, gate, deps, kits, this);
    this.supervisor = new Supervisor(
        log,
        invoker,
        kits,
        new Supervisor.Surroundings(
            new TriggerSet(deps.triggers(), context, filter::before), servers),
        deps.timers());
    this.words = new OperatorWords(log, invoker, supervisor);
    this.asks = new Asks(log, deps, this);
    this.selfStart = new SelfStart(log, gate, supervisor);
    this.changes = new ManifestChanges(this, selfStart);
    this.hindsight = new Hindsight(log, deps, kits, new Hindsight.Steps(gate, invoker), context);
    supervisor.onMoved(selfStart::look);
    secrets.onForget(hindsight.forks()::close);
    log.watch(deliveries);
    deliveries.moved();
  }

  private void broken(RuntimeFault fault, Consumer<RuntimeFault> onBroken) {
    gate.lay(Gate.Condition.JOURNAL_CLOSED);
    invoker.abandonAll();
    deliveries.halt();
    onBroken.accept(fault);
  }

  // --- Intake

  @Override
  public Future<Accepted> offer(TriggerEvent event) {
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      return Future.failedFuture(condition.fault(log.image()));
    }
    if (oversight.decides(event)) {
      return oversight.decide(event);
    }
    long before = log.image().accepted();
    Future<Accepted> answer = inbox.offer(log.redacted(event));
    if (log.image().accepted() > before) {
      supervisor.accepted();
    }
    return answer;
  }

  @Override
  public boolean knows(TriggerEvent event) {
    return log.image().dedup().find(log.redacted(event)) != null;
  }

  @Override
  public Future<Settled> settled(String eventId, Duration limit) {
    return log.settlements().wait(eventId, limit, log.image(), log.durable());
  }

  /** Whether events are accepted at all; why not is said by {@link #offer}. */
  private boolean takes() {
    return gate.condition() == null && Lifecycle.accepts(log.image().state());
  }

  @Override
  public @Nullable Json cursor(String triggerId) {
    return log.image().cursors().get(triggerId);
  }

  @Override
  public Future<Void> saveCursor(String triggerId, Json cursor) {
    return log.write(new EntryData.TriggerCursor(triggerId, cursor));
  }

  // --- Commands

  /** Another manifest; see {@link ManifestChanges#deployed}. */
  Future<Void> deployed(Supplier<DeployEntry.@Nullable ProcessDeployed> manifest) {
    return changes.deployed(manifest);
  }

  Future<Void> start(String reason) {
    return allowed(() -> supervisor.start(reason));
  }

  /** Stops it unless it is down, then starts it. */
  Future<Void> restart() {
    return words.restart(this::stop, this::start);
  }

  Future<Void> stop(String reason) {
    return allowed(() -> supervisor.stop(reason));
  }

  Future<Void> suspend(String reason) {
    return gate.tightened(() -> supervisor.suspend(Supervisor.CAUSE_OPERATOR, reason));
  }

  Future<Void> resume(String reason) {
    return allowed(() -> supervisor.resumeByOperator(reason));
  }

  /** Settles every event as cancelled, those of open runs with their runs; it must be stopped. */
  Future<List<TriggerEvent>> cancelAll(String reason) {
    return words.cancelAll(reason);
  }

  /** Ends the incarnation; whoever started it again meanwhile keeps it. */
  Future<Void> remove(String reason) {
    Future<Void> durable;
    try {
      durable = words.remove(reason);
    } catch (RuntimeFault fault) {
      deliveries.resume();
      return Future.failedFuture(fault);
    }
    gate.lay(Gate.Condition.REMOVED);
    selfStart.look();
    return durable.compose(done -> {
      asks.close();
      kits.secrets().close();
      hindsight.forks().close();
      return supervisor.close();
    });
  }

  /** Does what no condition of the node forbids. */
  <T> Future<T> allowed(Supplier<Future<T>> command) {
    return gate.allowed(command);
  }

  /** Takes somebody's word on an effect in doubt. */
  Future<Void> resolve(InvocationId id, EntryData.EffectResolved word) {
    return allowed(() -> words.resolve(id, word));
  }

  /** What an operator asks of those who watch over it. */
  Future<Json> oversee(Function<Oversight, Future<Json>> command) {
    return allowed(() -> command.apply(oversight));
  }

  /** What an operator forbids by those who watch over it; see {@link Gate#tightened}. */
  Future<Json> tighten(Function<Oversight, Future<Json>> command) {
    return gate.tightened(() -> command.apply(oversight));
  }

  /** How many secrets can be used now; empty when the manifest names none. */
  OptionalInt secretsActive() {
    return kits.secrets().active();
  }

  Future<Json> deadLetters(int limit, @Nullable String cursor) {
    return log.durable().map(DeadLetterViews.page(log.image().deadLetters(), limit, cursor));
  }

  /** Delivers dead letters again, or forgets them. */
  Future<Json> deadLetters(OperatorEntry.DeadLetterHandled word) {
    return allowed(() -> words.deadLetters(word));
  }

  // --- Its past

  /** What can be done with it. */
  Hindsight hindsight() {
    return hindsight;
  }

  // --- The node's side

  /**
   * It is back from the journal, and begins nothing before {@link #recover}: what its runs need may
   * not be there yet.
   */
  void restored(Gate.@Nullable Condition condition) {
    gate.hold();
    condition(condition);
  }

  /**
   * Goes on after a start of the node.
   *
   * @param lifted when the node's work had been ended and went on last, null = never, or long ago
   */
  Future<Void> recover(boolean clean, @Nullable Instant lifted) {
    gate.goOn();
    if (lifted != null) {
      oversight.reopened(lifted);
    }
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      // While all work is ended no run can end the JVM; what waits may have ended one before.
      cameBackClean = clean || condition == Gate.Condition.KILLED;
      if (!clean) {
        invoker.careful();
      }
      return Future.succeededFuture();
    }
    deliveries.resume();
    return supervisor.recover(clean).onComplete(done -> {
      selfStart.look();
      oversight.recovered();
    });
  }

  Future<Void> answerWhileDown() {
    Gate.Condition condition = gate.condition();
    return condition == null || condition == Gate.Condition.KILLED
        ? supervisor.answerWhileDown(condition != null)
        : Future.succeededFuture();
  }

  /** Lays a condition of the node over the process; null leaves it as it is. */
  void condition(Gate.@Nullable Condition condition) {
    if (condition != null) {
      gate.lay(condition);
    }
  }

  /** Ends what is in flight now; it is in doubt, and nothing happens before {@link #revive}. */
  Future<Void> kill() {
    gate.lay(Gate.Condition.KILLED);
    invoker.abandonAll();
    deliveries.halt();
    hindsight.forks().close();
    oversight.halted();
    return supervisor.halt();
  }

  /**
   * Goes on where {@link #kill} ended it.
   *
   * @param at when that was decided
   */
  Future<Void> revive(Instant at) {
    gate.lift(Gate.Condition.KILLED);
    oversight.reopened(at);
    if (gate.condition() == null && !log.broken()) {
      deliveries.moved();
      deliveries.resume();
      supervisor.revived(cameBackClean);
      cameBackClean = null;
      selfStart.look();
      oversight.recovered();
    }
    return Future.succeededFuture();
  }

  Future<Void> lay(Gate.Condition condition) {
    gate.lay(condition);
    return Future.succeededFuture();
  }

  /** The journal closed for writing; its next image comes with {@link #rebuilt}. */
  @CanIgnoreReturnValue
  Future<Void> journalClosed() {
    gate.lay(Gate.Condition.JOURNAL_CLOSED);
    log.close();
    invoker.abandonAll();
    deliveries.halt();
    return Future.succeededFuture();
  }

  /** When what is known now may be shown: nobody sees what a crash could take back. */
  Future<Void> shown() {
    return log.durable();
  }

  /** Goes on with an image rebuilt after a failed append; what the node laid over it stays. */
  void rebuilt(ProcessLog.Recovered from, Gate.@Nullable Condition condition) {
    invoker.abandonAll();
    log.rebuilt(from);
    kits.forget();
    gate.lift(Gate.Condition.JOURNAL_CLOSED);
    if (!log.image().removed()) {
      gate.lift(Gate.Condition.REMOVED);
    }
    condition(condition);
    oversight.reopened(gate.timers().now());
    deliveries.moved();
    if (gate.condition() == null) {
      deliveries.resume();
      supervisor.rebuilt();
      selfStart.look();
      oversight.recovered();
    }
  }

  /** The node stops: takes nothing new, lets the step in flight end. */
  Future<Void> shutDown(Duration limit) {
    gate.lay(Gate.Condition.DRAINING);
    deliveries.halt();
    hindsight.forks().close();
    log.release();
    return supervisor
        .shutDown(limit)
        .compose(done -> log.broken() ? Future.succeededFuture() : log.durable());
  }

  // --- Invoker.Host

  @Override
  public void later(Runnable task) {
    context.execute(task);
  }

  @Override
  public Future<Void> take(TriggerEvent event) {
    return offer(event).mapEmpty();
  }

  @Override
  public @Nullable RuntimeFault closed() {
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      return condition.fault(log.image());
    }
    return log.broken()
        ? new RuntimeFault(ErrorCode.JOURNAL_CLOSED, "the journal is closed after a failed write")
        : null;
  }

  @Override
  public @Nullable LiveRun live(OpenRun run) {
    return invoker.live(run.id());
  }

  @Override
  public List<List<Due>> due(OpenRun run) {
    return deliveries.due(run);
  }

  @Override
  public Oversight oversight() {
    return oversight;
  }

  Supervisor supervisor() {
    return supervisor;
  }

  @Override
  public void committed(OpenRun run) {
    deliveries.committed(run);
  }

  @Override
  public void runsChanged() {
    supervisor.runsChanged();
  }

  @Override
  public void settled(EntryData.Outcome outcome) {
    supervisor.settled(outcome);
  }

  /** An entry of the node's own, for its system process. */
  Future<Void> note(EntryData data) {
    return log.write(data);
  }

  ToolServers servers() {
    return servers;
  }

  Kits kits() {
    return kits;
  }

  /** Why the manifest on disk is not the one that runs, null when it is. */
  Future<Void> manifestProblem(@Nullable String problem) {
    manifestProblem = problem;
    return Future.succeededFuture();
  }

  // --- Views

  @Nullable
  String manifestProblem() {
    return manifestProblem;
  }

  ProcessLog log() {
    return log;
  }

  Gate gate() {
    return gate;
  }

  Invoker invoker() {
    return invoker;
  }

  Deliveries deliveries() {
    return deliveries;
  }

  /** How many events were ignored because their trigger was busy, since this JVM began. */
  long skipped() {
    return inbox.skipped();
  }

  /** How many firings no filter let through since this process came up on its node. */
  long filtered() {
    return filter.count();
  }
}
