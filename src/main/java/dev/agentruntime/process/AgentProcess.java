package dev.agentruntime.process;

import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.delivery.Question;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.DeadLetterViews;
import dev.agentruntime.history.Deployed;
import dev.agentruntime.history.InvocationHistory;
import dev.agentruntime.history.JournalPage;
import dev.agentruntime.history.ProcessFigures;
import dev.agentruntime.intake.ManualTrigger;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveEntries;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.replay.RewindOrder;
import dev.agentruntime.replay.Worker;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A process, from outside. Every method may be called from any thread.
 *
 * <p>One that {@link #create} made only binds a name and a configuration. Its {@link #start()}
 * alone runs it on a Vert.x of its own, with a journal in memory or, with {@link #dataDirectory},
 * on disk; registered with a runtime it lives there instead.
 */
public final class AgentProcess {

  private final ProcessName name;
  private final @Nullable ProcessConfig declared;
  private final AtomicReference<@Nullable Path> dataDirectory = new AtomicReference<>();
  private final AtomicReference<@Nullable Hosted> hosted = new AtomicReference<>();

  private AgentProcess(ProcessName name, @Nullable ProcessConfig declared) {
    this.name = name;
    this.declared = declared;
  }

  private record Hosted(
      ProcessId id,
      ProcessDeps deps,
      ProcessVerticle verticle,
      Vertx vertx,
      String deployment,
      @Nullable Alone alone) {}

  // --- On its own

  /**
   * Binds a name to a configuration; nothing runs yet.
   *
   * @throws RuntimeFault INVALID_NAME
   */
  public static AgentProcess create(String name, ProcessConfig config) {
    ProcessName checked = ProcessName.ofUser(name);
    return new AgentProcess(checked, config.named(checked));
  }

  /** Journals under this directory when it runs on its own; without it, in memory. */
  public AgentProcess dataDirectory(Path directory) {
    dataDirectory.set(directory);
    return this;
  }

  /**
   * What it was created with.
   *
   * @throws RuntimeFault ILLEGAL_TRANSITION when it runs already, or was not made by
   *     {@link #create}
   */
  public ProcessConfig declared() {
    ProcessConfig config = declared;
    if (config == null || hosted.get() != null) {
      throw new RuntimeFault(
          ErrorCode.ILLEGAL_TRANSITION, "process " + name + " has a runtime already");
    }
    return config;
  }

  public void adopt(AgentProcess other) {
    hosted.set(other.hosted.get());
  }

  private Future<Void> startAlone(ProcessConfig config) {
    return Alone.start(config, dataDirectory.get())
        .compose(alone -> host(
                alone.vertx(),
                alone.deps(),
                alone.from() == null
                    ? new ProcessLog.Recovered(
                        new ProcessImage(new ProcessId(name, 1)), new byte[32])
                    : alone.from().recovered(),
                alone::broken)
            .compose(process -> {
              Hosted here = Objects.requireNonNull(process.hosted.get());
              hosted.set(new Hosted(
                  here.id(), here.deps(), here.verticle(), here.vertx(), here.deployment(), alone));
              return alone.bring(this, config);
            }));
  }

  /**
   * Ends what {@link #start()} alone made: lets the step in flight end, closes journal and Vert.x.
   */
  public Future<Void> close() {
    Hosted here = hosted.get();
    if (here == null || here.alone() == null) {
      return Future.succeededFuture();
    }
    Alone alone = here.alone();
    Duration limit = declared == null ? Duration.ZERO : declared.run().drainTimeout();
    return shutDown(limit).compose(done -> alone.close());
  }

  // --- For the runtime

  /**
   * Puts a process that has no entries yet on an event loop.
   *
   * @param onBroken told, on the process's context, when its image must be rebuilt
   */
  public static Future<AgentProcess> host(
      Vertx vertx, ProcessDeps deps, ProcessId id, Consumer<RuntimeFault> onBroken) {
    return host(
        vertx, deps, new ProcessLog.Recovered(new ProcessImage(id), new byte[32]), onBroken);
  }

  /** Hosts a recovered process; it does nothing before {@link #goOn}. */
  public static Future<AgentProcess> host(
      Vertx vertx, ProcessDeps deps, Recovery.Restored from, Consumer<RuntimeFault> onBroken) {
    return host(vertx, deps, from.recovered(), onBroken)
        .compose(process -> process
            .<Void>call(kernel -> {
              kernel.restored(from.condition());
              return Future.succeededFuture();
            })
            .map(process));
  }

  private static Future<AgentProcess> host(
      Vertx vertx, ProcessDeps deps, ProcessLog.Recovered from, Consumer<RuntimeFault> onBroken) {
    ProcessVerticle verticle = new ProcessVerticle(deps, from, onBroken);
    DeploymentOptions options =
        new DeploymentOptions().setThreadingModel(ThreadingModel.EVENT_LOOP);
    return vertx.deployVerticle(verticle, options).map(deployment -> {
      ProcessId id = from.image().id();
      AgentProcess process = new AgentProcess(id.name(), null);
      process.hosted.set(new Hosted(id, deps, verticle, vertx, deployment, null));
      return process;
    });
  }

  /** Goes on after a start; {@code lifted}: when it went on after a kill, null = long ago. */
  public Future<Void> goOn(boolean clean, @Nullable Instant lifted) {
    return call(kernel -> kernel.recover(clean, lifted));
  }

  /** Down after {@link #goOn}, it answers so. Called last: a path belongs to whoever works. */
  public Future<Void> answerWhileDown() {
    return call(ProcessKernel::answerWhileDown);
  }

  /** Journals a manifest; the process listens and starts runs as it says from now on. */
  public Future<Void> deploy(Manifest manifest, String source) {
    return call(kernel -> kernel.deployed(() -> {
      ProcessImage.Deployment before = kernel.log().image().deployment();
      int version = before == null ? 1 : before.entry().version() + 1;
      return new DeployEntry.ProcessDeployed(
          manifest.resolved(), manifest.digest(), version, source, manifest.file());
    }));
  }

  /** What was deployed last: digest, source and file, and what the process is doing. */
  public Future<Deployed> deployed() {
    return call(kernel -> {
      ProcessImage image = kernel.log().image();
      return Future.succeededFuture(Deployed.of(image, Supervisor.neverGotUp(image)));
    });
  }

  /** Says in its status why the manifest on disk is not the one that runs, null when it is. */
  public Future<Void> manifestProblem(@Nullable String problem) {
    return call(kernel -> kernel.manifestProblem(problem));
  }

  public boolean isIn(Journal journal) {
    return here().deps().journal() == journal;
  }

  /** The journal closed for writing; {@link #rebuilt} follows when it is open again. */
  public Future<Void> journalClosed() {
    return call(ProcessKernel::journalClosed);
  }

  /** Another node has a live copy: works no more until an operator chose. */
  public Future<Void> duplicateOwner() {
    return call(kernel -> kernel.lay(Gate.Condition.DUPLICATE_OWNER));
  }

  /** Ends what it is doing now; it does nothing before {@link #revive}. */
  public Future<Void> kill() {
    return call(ProcessKernel::kill);
  }

  /** Goes on where {@link #kill} ended it. */
  public Future<Void> revive(Instant at) {
    return call(kernel -> kernel.revive(at));
  }

  /** What a trigger, or somebody who keeps something like one, wrote down for later. */
  public Future<@Nullable Json> cursor(String id) {
    return call(kernel -> Future.succeededFuture(kernel.cursor(id)));
  }

  public Future<ProcessLog.Captured> capture() {
    return call(kernel -> kernel.log().capture());
  }

  /** Completes when no entry of it is on its way into the journal, durable or failed. */
  public Future<Void> landed() {
    return call(kernel -> kernel.log().landed());
  }

  public Future<Void> rebuilt(Recovery.Restored from) {
    return call(kernel -> {
      kernel.rebuilt(from.recovered(), from.condition());
      return Future.succeededFuture();
    });
  }

  /** Settles everything queued or open as cancelled; the process must be stopped. */
  public Future<List<TriggerEvent>> cancelAll(String reason) {
    return call(kernel -> kernel.cancelAll(reason));
  }

  /** Ends the incarnation; nothing may be queued any more. */
  public Future<Void> remove(String reason) {
    return call(kernel -> kernel.remove(reason));
  }

  /** Journals that its node came back; for a node's system process. */
  public Future<Void> nodeStarted(boolean clean) {
    return call(kernel -> kernel.note(
        new EntryData.Restart(kernel.log().image().restarts() + 1, "node start", clean)));
  }

  /** Appends an entry of the node's own; for its system process. */
  public Future<Void> note(EntryData data) {
    return call(kernel -> kernel.note(data));
  }

  /** The node stops: no transition, runs stay open. */
  public Future<Void> shutDown(Duration limit) {
    return call(kernel -> kernel.shutDown(limit));
  }

  /** Says something for somebody outside, as {@code Outlet.say}; for a node's system process. */
  public Future<Receipt> say(
      Emission emission, String source, @Nullable String key, Emission.Voice voice) {
    return call(kernel -> kernel.deliveries().emit(emission, source, key, voice));
  }

  /** What it has said and not everybody has taken. */
  public Future<List<Outbox.Item>> owed() {
    return call(kernel -> Future.succeededFuture(kernel.deliveries().handOver()));
  }

  /** Takes it off its event loop. */
  public Future<Void> unhost() {
    Hosted here = here();
    here.deps().bus().forget(here.id().name());
    return here.vertx().undeploy(here.deployment());
  }

  // --- For everybody

  /** Its name. */
  public ProcessName name() {
    return name;
  }

  /** Its id in the journal. */
  public ProcessId id() {
    return here().id();
  }

  /** Starts it; fails with ILLEGAL_TRANSITION naming the state. */
  public Future<Void> start() {
    ProcessConfig config = declared;
    return hosted.get() == null && config != null ? startAlone(config) : start("operator");
  }

  /** Starts it for a reason. */
  public Future<Void> start(String reason) {
    return call(kernel -> kernel.start(reason));
  }

  /** Stops it: queue, conversation and open runs are kept. */
  public Future<Void> stop(String reason) {
    return call(kernel -> kernel.stop(reason));
  }

  /** Stop, then start. */
  public Future<Void> restart() {
    return call(ProcessKernel::restart);
  }

  /** Adds the operator's cause of suspension. */
  public Future<Void> suspend(String reason) {
    return call(kernel -> kernel.suspend(reason));
  }

  /** Takes the operator's cause away, and idleness with it. */
  public Future<Void> resume() {
    return call(kernel -> kernel.resume("operator"));
  }

  /** Offers an event of type {@code manual}; durable when the future succeeds. */
  public Future<Accepted> trigger(Json payload, Json metadata, @Nullable String dedupKey) {
    return trigger(new ManualTrigger(payload, metadata, dedupKey));
  }

  /** The same, of somebody who vouches for the payload, or wants to hear when it is on its way. */
  public Future<Accepted> trigger(ManualTrigger wanted) {
    return call(kernel -> wanted.put(kernel, kernel.log(), deps()));
  }

  /** Asks it something, as {@link Question#put} answers. */
  public Future<Question.Asking> ask(Question question) {
    return call(kernel -> question.put(kernel, kernel.log(), deps()));
  }

  /** Its state as JSON; with {@code digest} also {@code position} and digest of the image. */
  public Future<Json> status(boolean digest) {
    return call(kernel -> {
      if (kernel.log().broken()) {
        // What the image holds may be lost; it is rebuilt when the journal is open again.
        return Future.succeededFuture(StatusView.broken(kernel));
      }
      Json view = StatusView.of(kernel, deps().timers().now(), digest);
      return kernel.shown().map(view);
    });
  }

  /** Its figures, as {@link ProcessFigures} has them, with what only the living process counts. */
  public Future<Json> metrics() {
    return call(StatusView::figures);
  }

  /** Lets somebody follow its journal and its replies, until the answer is run. */
  public Future<Runnable> follow(LiveEntries.Follower follower) {
    return call(kernel -> kernel.log().follow(follower, kernel.gate().replies()));
  }

  /** {@code {"invocations":[...],"next_cursor":...}}, newest first; at most {@code limit}. */
  public Future<Json> invocations(int limit, @Nullable String cursor) {
    return call(kernel -> InvocationHistory.page(
        kernel.log().image(), kernel.shown(), deps().journal(), limit, cursor));
  }

  /** One invocation with its {@code steps}; fails with INVOCATION_NOT_FOUND. */
  public Future<Json> invocation(InvocationId invocation) {
    return call(kernel ->
        InvocationHistory.one(kernel.log().image(), kernel.shown(), deps().journal(), invocation));
  }

  /**
   * {@code {"entries":[...],"next_cursor":...}}, oldest first; the cursor is the next sequence.
   * Without one the newest entries are shown, or with {@code kind} those of that kind from the
   * beginning.
   */
  public Future<Json> journal(int limit, @Nullable String cursor, @Nullable String kind) {
    return call(kernel -> {
      Supplier<Future<Json>> page =
          JournalPage.of(deps().journal(), kernel.log().image(), limit, cursor, kind);
      return kernel.shown().compose(done -> page.get());
    });
  }

  /** What its agent knows between runs. */
  public AgentKnowledge knowledge() {
    return new AgentKnowledge(this);
  }

  /**
   * Says what became of an effect in doubt; fails with INVOCATION_NOT_FOUND, EFFECT_NOT_FOUND or
   * EFFECT_NOT_IN_DOUBT.
   */
  public Future<Void> resolve(
      InvocationId invocation,
      String key,
      Resolution resolution,
      @Nullable String result,
      String by) {
    return call(kernel -> kernel.resolve(
        invocation, new EntryData.EffectResolved(invocation, key, resolution, result, by)));
  }

  /** Asks those who watch over it, on its own context. */
  public Future<Json> oversee(Function<Oversight, Future<Json>> command) {
    return call(kernel -> kernel.oversee(command));
  }

  /** As {@link #oversee}, for what only forbids: also while all work is ended. */
  public Future<Json> tighten(Function<Oversight, Future<Json>> command) {
    return call(kernel -> kernel.tighten(command));
  }

  /** Dead letters, oldest first, as {@link DeadLetterViews} shows them. */
  public Future<Json> deadLetters(int limit, @Nullable String cursor) {
    return call(kernel -> kernel.deadLetters(limit, cursor));
  }

  /** What is to be done with dead letters; fails with DEAD_LETTER_NOT_FOUND or INBOX_FULL. */
  public Future<Json> deadLetters(OperatorEntry.DeadLetterHandled word) {
    return call(kernel -> kernel.deadLetters(word));
  }

  /** Folds its journal again and compares, as {@code replay.Replay} says. */
  public Future<Json> replay() {
    return call(kernel -> kernel.hindsight().replay(worker()));
  }

  /**
   * Says what a rewind would take back, or with {@code apply} takes it back; fails with NOT_FOUND,
   * RUN_OPEN or NOT_KEPT. Answers as {@code replay.RewindPlan} shows it.
   */
  public Future<Json> rewind(RewindOrder order) {
    return call(kernel -> kernel.hindsight().rewind(order, worker()));
  }

  /** The manifests it had, and the ways back to them. */
  public ProcessVersions versions() {
    return new ProcessVersions(this::call, () -> deps().journal());
  }

  /** Its what-if copies. */
  public ProcessForks forks() {
    return new ProcessForks(this::call, this::worker);
  }

  private Worker worker() {
    Vertx vertx = here().vertx();
    return task -> vertx.executeBlocking(Executors.callable(task), false).mapEmpty();
  }

  <T> Future<T> call(Function<ProcessKernel, Future<T>> command) {
    Hosted here = hosted.get();
    return here == null
        ? Future.failedFuture(
            new RuntimeFault(ErrorCode.PROCESS_STOPPED, "process " + name + " was not started"))
        : here.verticle().call(command);
  }

  private Hosted here() {
    Hosted here = hosted.get();
    if (here == null) {
      throw new RuntimeFault(ErrorCode.PROCESS_STOPPED, "process " + name + " was not started");
    }
    return here;
  }

  ProcessDeps deps() {
    return here().deps();
  }
}
