package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.HealthTrack;
import dev.agentruntime.governance.MissionTrack;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.intake.Trial;
import dev.agentruntime.intake.TriggerSet;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.run.Invoker;
import dev.agentruntime.run.Kits;
import dev.agentruntime.run.ToolServers;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Moves one process through its life: every move is an entry, every command that the table does not
 * allow is refused. Owned by: the process's context.
 */
final class Supervisor {

  static final String CAUSE_OPERATOR = "operator";
  static final String CAUSE_IDLE = "idle";

  /**
   * What an operator's resume clears beside his own. What is still so suspends it again before the
   * next run.
   */
  private static final Set<String> CAUSES_SEEN =
      Set.of(CAUSE_IDLE, Purse.CAUSE, HealthTrack.CAUSE, MissionTrack.CAUSE);

  /** Begin the reasons of a failure that lay in the surroundings, not in the work. */
  static final String START_FAILED = "start failed: ";

  static final String CANNOT_GO_ON = "cannot go on: ";

  private final ProcessLog log;
  private final Invoker invoker;
  private final Kits kits;
  private final TriggerSet triggers;
  private final ToolServers servers;
  private final Timers timers;
  private Runnable onMoved = () -> {};
  private final Idleness idleness;
  private boolean listening;
  private @Nullable Future<Void> stopping;
  private String stopReason = "";

  Supervisor(ProcessLog log, Invoker invoker, Kits kits, Surroundings surroundings, Timers timers) {
    this.log = log;
    this.invoker = invoker;
    this.kits = kits;
    this.triggers = surroundings.triggers();
    this.servers = surroundings.servers();
    this.timers = timers;
    this.idleness = new Idleness(log, timers, reason -> written(suspend(CAUSE_IDLE, reason)));
  }

  /** What is up while a process is: what wakes it, and what it calls. */
  record Surroundings(TriggerSet triggers, ToolServers servers) {}

  /** Told after each move. */
  void onMoved(Runnable told) {
    onMoved = told;
  }

  // --- Commands

  /** Starts a process that does not run; durable when it succeeds. */
  Future<Void> start(String reason) {
    Lifecycle.require(state(), ProcessState.STARTING, "start");
    written(move(ProcessState.STARTING, reason));
    return setUp(reason);
  }

  private Future<Void> setUp(String reason) {
    ProcessImage.Deployment deployment = log.image().deployment();
    if (deployment == null) {
      return Future.failedFuture(
          new RuntimeFault(ErrorCode.START_FAILED, "the process has no manifest"));
    }
    return listen(deployment).compose(done -> up(reason), this::startFailed);
  }

  /** Whether it failed because it could not be set up, which another start may mend. */
  static boolean neverGotUp(ProcessImage image) {
    return image.state() == ProcessState.FAILED
        && (image.reason().startsWith(START_FAILED) || image.reason().startsWith(CANNOT_GO_ON));
  }

  private Future<Void> up(String reason) {
    if (!listening && state() == ProcessState.STARTING) {
      return Future.failedFuture(halted());
    }
    if (state() != ProcessState.STARTING) {
      // Stopped meanwhile, or the journal lost the start.
      Future<Void> deaf = Lifecycle.accepts(state()) ? Future.succeededFuture() : deafen();
      return deaf.compose(done -> Future.failedFuture(new RuntimeFault(
          ErrorCode.START_FAILED, "the process is " + state().word() + " before it was started")));
    }
    Future<Void> running = move(ProcessState.RUNNING, reason);
    idleness.touched();
    invoker.pump();
    return running;
  }

  /** Its tools first: without them no run may begin. */
  private Future<Void> listen(ProcessImage.Deployment deployment) {
    listening = true;
    return servers.up(deployment.config()).compose(known -> {
      if (!listening) {
        return Future.succeededFuture();
      }
      Kits.Kit kit = kits.of(log.image(), deployment.entry().version());
      return kits.secrets()
          .open(log.image(), kit.config())
          .compose(done -> listening ? triggers.up(kit.config()) : Future.succeededFuture());
    });
  }

  /** Whether what its manifest says is listened to and connected to. */
  boolean listens() {
    return listening && Lifecycle.accepts(state());
  }

  /** Listens as a manifest will say, while it can still be refused. */
  Future<Trial> attempt(ProcessConfig next) {
    return listens() ? triggers.attempt(next) : Future.failedFuture(halted());
  }

  /** What was being set up when all was ended; it is set up anew when the process goes on. */
  private static RuntimeFault halted() {
    return new RuntimeFault(ErrorCode.START_FAILED, "its work was ended before it was up");
  }

  private Future<Void> startFailed(Throwable cause) {
    if (!listening && state() == ProcessState.STARTING) {
      return Future.failedFuture(halted());
    }
    Failure failure = Failure.of(cause);
    written(log.write(new EntryData.ErrorNoted(failure.code(), failure.message(), null)));
    listening = false;
    written(servers.down());
    Future<Void> moved = state() == ProcessState.STARTING
        ? move(ProcessState.FAILED, START_FAILED + failure.message())
        : log.durable();
    return moved.compose(
        done -> Future.failedFuture(new RuntimeFault(ErrorCode.START_FAILED, failure.message())));
  }

  /**
   * Stops, or waits for the stop under way: lets the step in flight end, keeps queue and open runs.
   * Fails with STOP_FAILED when something that it held did not end; it is failed then.
   */
  Future<Void> stop(String reason) {
    if (state() == ProcessState.STOPPING && stopping != null) {
      stopReason = RestartPolicy.reason(stopReason, reason);
      return stopping;
    }
    if (RestartPolicy.due(log.image()) != null) {
      // Down already, but it would not stay so.
      return move(ProcessState.FAILED, RestartPolicy.HELD + log.image().reason());
    }
    boolean created = state() == ProcessState.CREATED;
    ProcessState next = created ? ProcessState.STOPPED : ProcessState.STOPPING;
    Lifecycle.require(state(), next, "stop");
    Future<Void> moved = move(next, reason);
    return created ? moved : finishStop(reason);
  }

  private Future<Void> finishStop(String reason) {
    stopReason = reason;
    idleness.end();
    listening = false;
    Future<Void> deaf = triggers.down();
    Future<Void> stopped = deaf.otherwiseEmpty()
        .compose(done -> quietWithin(log.image().config().run().drainTimeout()))
        .compose(done -> {
          invoker.abandonAll();
          return Future.join(deaf, servers.down());
        })
        .transform(ended -> {
          Future<Void> moved = state() != ProcessState.STOPPING
              ? log.durable()
              : ended.succeeded()
                  ? move(ProcessState.STOPPED, stopReason)
                  : stopFailed(ended.cause());
          // Last: what is written until here is still searched for them.
          kits.secrets().stopped();
          return moved;
        });
    stopping = stopped;
    return stopped;
  }

  /** Nobody knows what it still holds: it is not stopped, and comes back by no policy. */
  private Future<Void> stopFailed(Throwable cause) {
    Failure failure = Failure.of(cause);
    written(log.write(new EntryData.ErrorNoted(ErrorCode.STOP_FAILED, failure.message(), null)));
    String held = stopReason.equals(EntryData.StateTransition.RECYCLE) ? "" : RestartPolicy.HELD;
    return move(ProcessState.FAILED, held + "its stop failed: " + failure.message())
        .compose(done -> Future.failedFuture(new RuntimeFault(
            ErrorCode.STOP_FAILED,
            failure.message() + "; mend the cause and start the process, or undeploy it")));
  }

  /** Completes when no step is in flight, or when the time is over. */
  Future<Void> quietWithin(Duration limit) {
    Promise<Void> over = Promise.promise();
    Timers.Armed timer = timers.after(limit, over::tryComplete);
    return Future.any(invoker.quiet(), over.future())
        .onComplete(done -> timer.cancel())
        .mapEmpty();
  }

  /** Adds a cause of suspension. */
  Future<Void> suspend(String cause, String reason) {
    TreeSet<String> causes = new TreeSet<>(log.image().causes());
    if (state() == ProcessState.SUSPENDED) {
      return causes.add(cause) ? move(ProcessState.SUSPENDED, reason, causes) : log.durable();
    }
    Lifecycle.require(state(), ProcessState.SUSPENDED, "suspend");
    causes.add(cause);
    idleness.end();
    Future<Void> durable = move(ProcessState.SUSPENDED, reason, causes);
    invoker.clocks();
    return durable;
  }

  /** Takes a cause away; the last one lets the process go on. */
  Future<Void> resume(String cause, String reason) {
    if (state() != ProcessState.SUSPENDED) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION,
          "cannot resume a process that is " + state().word() + ", expected suspended");
    }
    TreeSet<String> causes = new TreeSet<>(log.image().causes());
    causes.remove(cause);
    if (!causes.isEmpty()) {
      return move(ProcessState.SUSPENDED, reason, causes);
    }
    Future<Void> running = move(ProcessState.RUNNING, reason, causes);
    idleness.touched();
    invoker.clocks();
    runsChanged();
    invoker.pump();
    return running;
  }

  /** An operator's resume: clears what he has seen, whoever caused it. */
  Future<Void> resumeByOperator(String reason) {
    TreeSet<String> causes = new TreeSet<>(log.image().causes());
    causes.retainAll(CAUSES_SEEN);
    Future<Void> done = resume(CAUSE_OPERATOR, reason);
    for (String cause : causes) {
      done = resume(cause, reason);
    }
    return done;
  }

  /** Ends a process by its failures; its triggers close, its queue stays. */
  private void fail(String reason) {
    written(move(ProcessState.FAILED, reason));
    idleness.end();
    invoker.abandonAll();
    written(deafen());
  }

  // --- What happens to it

  /** An event was accepted: an idle process wakes, and whoever can run runs. */
  void accepted() {
    idleness.touched();
    wakeOrPump();
  }

  private void wakeOrPump() {
    boolean idle =
        state() == ProcessState.SUSPENDED && log.image().causes().equals(List.of(CAUSE_IDLE));
    if (idle && !log.image().queue().isEmpty()) {
      written(resume(CAUSE_IDLE, "trigger"));
    } else {
      invoker.pump();
    }
  }

  /** A run settled. */
  void settled(Outcome outcome) {
    idleness.touched();
    int limit = log.image().config().run().maxConsecutiveFailures();
    if (outcome == Outcome.FAILED
        && log.image().consecutiveFailures() >= limit
        && Lifecycle.allows(state(), ProcessState.FAILED)
        && state() != ProcessState.STOPPING) {
      fail(limit + " consecutive failures");
    }
    runsChanged();
  }

  /** AWAITING is a state: some run is open, and every one waits. */
  void runsChanged() {
    if (state() == ProcessState.RUNNING && invoker.allWait()) {
      written(move(ProcessState.AWAITING, "every open run waits for an answer"));
    } else if (state() == ProcessState.AWAITING && !invoker.allWait()) {
      written(move(ProcessState.RUNNING, "a run goes on"));
    }
  }

  /**
   * Goes on in the state the journal tells: no transition, but a {@code restart} when there is an
   * open run, or a start or stop to redo.
   */
  Future<Void> recover(boolean clean) {
    ProcessImage image = log.image();
    ProcessState was = state();
    boolean redo = was == ProcessState.STARTING || was == ProcessState.STOPPING;
    boolean active = Lifecycle.runs(was) || was == ProcessState.SUSPENDED;
    if (!redo && !active) {
      return Future.succeededFuture();
    }
    if (redo || !image.runs().isEmpty()) {
      written(log.write(new EntryData.Restart(image.restarts() + 1, "node start", clean)));
    }
    if (!clean) {
      invoker.careful();
    }
    return goOn("node start");
  }

  /**
   * Goes on in the state of an image rebuilt after a failed append, whatever was done beyond it.
   */
  void rebuilt() {
    written(goOn("journal re-opened"));
  }

  /** All is ended at once: nothing is opened any more before it goes on. */
  Future<Void> halt() {
    listening = false;
    idleness.end();
    return servers.down();
  }

  /**
   * Goes on after everything was ended at once.
   *
   * @param clean null unless the node was started meanwhile, as for {@link #recover}
   */
  void revived(@Nullable Boolean clean) {
    written(clean == null ? goOn("kill switch lifted") : recover(clean));
  }

  private Future<Void> goOn(String why) {
    return switch (state()) {
      case STOPPING -> finishStop(log.image().reason());
      case STARTING -> setUp(why);
      case RUNNING, AWAITING, SUSPENDED -> listenOn();
      default -> deafen();
    };
  }

  private Future<Void> listenOn() {
    ProcessImage.Deployment deployment = log.image().deployment();
    if (deployment == null) {
      return Future.succeededFuture();
    }
    return listen(deployment)
        .compose(
            done -> {
              if (!Lifecycle.accepts(state())) {
                return deafen();
              }
              if (!listening) {
                return Future.failedFuture(halted());
              }
              idleness.touched();
              // The journal may end between an event and the waking it caused.
              wakeOrPump();
              return log.durable();
            },
            this::recoveryFailed);
  }

  /**
   * A process that is down tells whoever asks, but only where nobody else listens.
   *
   * @param ended so does one that is up, but whose work is ended
   */
  Future<Void> answerWhileDown(boolean ended) {
    ProcessImage.Deployment deployment = log.image().deployment();
    boolean works = Lifecycle.accepts(state()) && !ended;
    return deployment == null || works || state() == ProcessState.CREATED
        ? Future.succeededFuture()
        : triggers.answer(deployment.config());
  }

  private Future<Void> recoveryFailed(Throwable cause) {
    if (!listening) {
      return Future.failedFuture(halted());
    }
    Failure failure = Failure.of(cause);
    written(log.write(new EntryData.ErrorNoted(failure.code(), failure.message(), null)));
    if (Lifecycle.allows(state(), ProcessState.FAILED)) {
      fail(CANNOT_GO_ON + failure.message());
    }
    return Future.failedFuture(new RuntimeFault(ErrorCode.START_FAILED, failure.message()));
  }

  /** The node stops: no transition, runs stay open. */
  Future<Void> shutDown(Duration limit) {
    idleness.end();
    return quietWithin(limit).compose(done -> {
      invoker.abandonAll();
      listening = false;
      return Future.join(triggers.close(), servers.down()).mapEmpty();
    });
  }

  /** The process goes away: nobody is answered for it any more. */
  Future<Void> close() {
    listening = false;
    return Future.join(triggers.close(), servers.down()).mapEmpty();
  }

  /** The manifest changed: listens as the new one says. */
  Future<Void> listenAgain() {
    if (!listens()) {
      // Recovered and not gone on yet, ended, or down: it listens as the newest says when it does.
      return Future.succeededFuture();
    }
    ProcessImage.Deployment deployment = log.image().deployment();
    idleness.touched();
    return deployment == null ? deafen() : listen(deployment).onSuccess(done -> invoker.pump());
  }

  /** Registered types of triggers are others now: theirs are made anew. */
  Future<Void> renewTriggers(Set<String> types) {
    ProcessImage.Deployment now = log.image().deployment();
    if (now == null || !Lifecycle.accepts(state())) {
      return Future.succeededFuture();
    }
    if (!listening) {
      return triggers.drop(types);
    }
    boolean concerned =
        now.config().triggers().stream().anyMatch(trigger -> types.contains(trigger.type()));
    return concerned ? triggers.renew(now.config(), types) : Future.succeededFuture();
  }

  private Future<Void> deafen() {
    return Future.join(hush(), servers.down()).mapEmpty();
  }

  /** Nothing wakes it any more; what it is doing it may still do. */
  private Future<Void> hush() {
    listening = false;
    return triggers.down().otherwiseEmpty();
  }

  int triggerCount() {
    return triggers.size();
  }

  // --- Entries

  private ProcessState state() {
    return log.image().state();
  }

  private Future<Void> move(ProcessState to, String reason) {
    return move(to, reason, Set.of());
  }

  private Future<Void> move(ProcessState to, String reason, Set<String> causes) {
    Future<Void> durable =
        log.write(new EntryData.StateTransition(state(), to, reason, List.copyOf(causes)));
    onMoved.run();
    return durable;
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  private static void written(Future<Void> durable) {
    durable.onFailure(cause -> System.getLogger(Supervisor.class.getName())
        .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }
}
