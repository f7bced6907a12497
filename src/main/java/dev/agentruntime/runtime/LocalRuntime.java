package dev.agentruntime.runtime;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.home.NodeHome;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.MemoryJournal;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What runs on this node. Owned by: the runtime's own event-loop context, on which everything that
 * changes it happens; the map of processes is replaced as a whole, so that anybody may read it.
 */
final class LocalRuntime {

  private static final System.Logger LOG = System.getLogger(LocalRuntime.class.getName());

  private final Vertx vertx;
  private final boolean ownsVertx;
  private final Setup setup;
  private final Context loop;
  private final Timers timers;
  private final Ids ids;
  private final Factories factories;
  private final Journal memory = new MemoryJournal();
  private final long startedAtNanos;
  /** The source of what the application declares: from Java, or from files that it names. */
  static final String CODE = "code";

  private final AtomicReference<TreeMap<ProcessName, AgentProcess>> processes =
      new AtomicReference<>(new TreeMap<>());
  private final AtomicReference<NodeState> state = new AtomicReference<>(NodeState.RECOVERING);
  private final AtomicReference<@Nullable NodeHome> home = new AtomicReference<>();
  private final CopyOnWriteArrayList<String> warnings = new CopyOnWriteArrayList<>();
  private final Map<ProcessName, Integer> incarnations = new HashMap<>();
  private final Set<ProcessName> beingDeployed = new HashSet<>();
  private final JournalKeeper keeper = new JournalKeeper(this);
  private final OutsideBus outside;
  private final Observers observers;
  private final AgentWatch agents;
  private final Extensions extensions;
  private final KillSwitch killSwitch;
  private final AtomicReference<@Nullable AgentProcess> system = new AtomicReference<>();
  private @Nullable Future<Void> closing;

  LocalRuntime(Vertx vertx, boolean ownsVertx, Setup setup) {
    this.vertx = vertx;
    this.ownsVertx = ownsVertx;
    this.setup = setup;
    this.loop = vertx.getOrCreateContext();
    this.timers = new VertxTimers(vertx);
    this.ids = Ids.random(timers);
    List<Tool> tools = new ArrayList<>(setup.tools());
    tools.addAll(Toolbox.discover(LocalRuntime.class.getClassLoader()));
    this.factories = new Factories(vertx, timers, ids, setup, tools);
    this.outside = new OutsideBus(this);
    this.observers = new Observers(this);
    this.agents = new AgentWatch(this, setup.config().agentsDir());
    this.extensions = new Extensions(this, agents);
    this.killSwitch = new KillSwitch(this, agents::again);
    this.startedAtNanos = timers.nanos();
  }

  // --- Start

  Future<Void> start(AgentRuntime runtime, boolean loadAgents) {
    return on(() -> Future.succeededFuture()
        .compose(unused -> {
          extensions.bring(setup.models());
          return new Startup(this, keeper, agents).run(runtime, loadAgents);
        })
        .recover(cause -> close().transform(closed -> Future.failedFuture(cause))));
  }

  /** The node's directory and journal are open. */
  void opened(NodeHome open) {
    home.set(open);
  }

  /** A process of the journal, whether or not it is here any more. */
  void knows(ProcessId id) {
    incarnations.put(id.name(), id.incarnation());
  }

  /** Somebody lives here. */
  void hosted(AgentProcess process) {
    if (process.name().isSystem()) {
      system.set(process);
    } else {
      put(process);
    }
  }

  /** Everything that ran goes on: the node takes work. */
  void recovered() {
    state.compareAndSet(NodeState.RECOVERING, NodeState.RUNNING);
  }

  // --- Processes

  Future<AgentProcess> deploy(Manifest manifest, String source, boolean start) {
    return on(() -> create(manifest, source)
        .compose(process -> start
            ? process.start(source).map(process).recover(LocalRuntime::deployedAsFailed)
            : Future.succeededFuture(process)));
  }

  /** Puts a manifest in the place of the one in force; what the process does goes on. */
  Future<Void> replace(AgentProcess process, Manifest manifest) {
    factories.literals().learn(manifest.config());
    return process.versions().replace(manifest.resolved(), manifest.digest());
  }

  Future<Void> rollback(AgentProcess process, @Nullable Integer to) {
    return process.versions().rollback(to, this::requireLiterals);
  }

  /** What the journal keeps masked must be known from somewhere else. */
  private void requireLiterals(DeployEntry.ProcessDeployed old) {
    List<String> lost = factories.literals().lost(ManifestReader.fromResolved(old.manifest()));
    if (!lost.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.SECRET_UNAVAILABLE,
          "version " + old.version() + " cannot be brought back: " + String.join(", ", lost)
              + " had a literal secret, which the journal keeps masked, expected=the manifest file"
              + " to have a literal in the same place, or a version that refers to its secrets");
    }
  }

  private static Future<AgentProcess> deployedAsFailed(Throwable cause) {
    Failure failure = Failure.of(cause);
    String there = failure.code() == ErrorCode.KILLED
        ? "; the process is there and was not started: start it after the lift, or undeploy it"
        : "; the process is there as failed: mend the cause and start it, or undeploy it";
    return Future.failedFuture(new RuntimeFault(failure.code(), failure.message() + there));
  }

  Future<AgentProcess> register(AgentProcess process) {
    return on(() -> declare(ManifestReader.of(process.declared())).map(hosted -> {
      process.adopt(hosted);
      return process;
    }));
  }

  Future<AgentProcess> loadManifest(Path file, @Nullable ProcessName name) {
    return on(() -> vertx
        .executeBlocking(() -> setup.manifests().readFile(file, name), false)
        .compose(this::declare));
  }

  /** The application says what a process is: a new one, or one that it said before. */
  private Future<AgentProcess> declare(Manifest manifest) {
    AgentProcess known = processes().get(manifest.config().name());
    if (known == null) {
      return create(manifest, CODE);
    }
    factories.literals().remember(manifest.config());
    return known.deployed().compose(now -> {
      if (!now.source().equals(CODE)) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.PROCESS_EXISTS,
            "process " + known.name() + " was deployed by " + now.source()));
      }
      return now.declared().equals(manifest.digest())
          ? Future.succeededFuture(known)
          : known.deploy(manifest, CODE).map(known);
    });
  }

  /** Creates a process that this node does not have. On the runtime's context. */
  Future<AgentProcess> create(Manifest manifest, String source) {
    ProcessConfig config = manifest.config();
    ProcessName name = config.name();
    if (processes().containsKey(name) || !beingDeployed.add(name)) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.PROCESS_EXISTS, "a process " + Json.quote(name.value()) + " exists"));
    }
    return setup
        .placement()
        .claim(name)
        .compose(mine -> mine
            ? hostNew(manifest, source)
                .recover(cause -> setup
                    .placement()
                    .release(name)
                    .transform(released -> Future.failedFuture(cause)))
            : setup
                .placement()
                .elsewhere(name)
                .compose(known -> Future.failedFuture(new RuntimeFault(known.orElse(new Failure(
                    ErrorCode.PROCESS_EXISTS,
                    "process " + Json.quote(name.value()) + " belongs to another node"))))))
        .onComplete(ended -> beingDeployed.remove(name));
  }

  private Future<AgentProcess> hostNew(Manifest manifest, String source) {
    ProcessConfig config = manifest.config();
    int incarnation = incarnations.merge(config.name(), 1, Integer::sum);
    Journal journal =
        config.level() == ProcessConfig.Level.NONE ? memory : home().journal();
    factories.literals().remember(config);
    return AgentProcess.host(
            vertx,
            deps(journal),
            new ProcessId(config.name(), incarnation),
            fault -> keeper.broken(config.name()))
        .compose(process -> killSwitch
            .hosted(process)
            .compose(ready -> process.deploy(manifest, source))
            .map(process)
            .recover(cause -> process.unhost().transform(gone -> Future.failedFuture(cause))))
        .compose(process -> {
          put(process);
          // All work may have been ended since it was asked, of those that were here.
          return killSwitch.hosted(process).map(process);
        });
  }

  /** What its processes are given. */
  ProcessDeps deps(Journal journal) {
    return factories.deps(journal, observers);
  }

  Future<List<String>> loadDirectory(Path directory) {
    return on(() -> AgentDirectory.ofApplication(this, directory).load());
  }

  Future<Void> remove(ProcessName name, String by) {
    return on(() -> new Removal(this, name, "removed by " + by).run());
  }

  /** The process of what no other process owns, null before the node has one. */
  @Nullable
  AgentProcess system() {
    return system.get();
  }

  /** What others than processes say here. */
  OutsideBus outside() {
    return outside;
  }

  /** One that came from the node's directory was taken away. */
  void undeployed(ProcessName name) {
    agents.undeployed(name);
  }

  void drop(ProcessName name) {
    TreeMap<ProcessName, AgentProcess> next = new TreeMap<>(processes());
    next.remove(name);
    processes.set(next);
  }

  private void put(AgentProcess process) {
    TreeMap<ProcessName, AgentProcess> next = new TreeMap<>(processes());
    next.put(process.name(), process);
    processes.set(next);
  }

  // --- A journal that closed

  /** Told by the journal, on any thread. */
  void journalClosed(RuntimeFault fault) {
    warn("journal: " + fault.failure().message());
    loop.runOnContext(ignored -> {
      if (state.get() != NodeState.DRAINING) {
        state.set(NodeState.JOURNAL_CLOSED);
      }
      keeper.onDisk().forEach(process -> unheard(process.journalClosed()));
    });
  }

  /** Rebuilds every image from the journal, which is open again. */
  Future<Void> rebuild() {
    return on(() -> keeper
        .rebuild(keeper.onDisk())
        .onSuccess(done -> state.compareAndSet(NodeState.JOURNAL_CLOSED, NodeState.RUNNING)));
  }

  /** All processes, and the system process; on the loop. */
  List<AgentProcess> everyone() {
    List<AgentProcess> all = new ArrayList<>(processes().values());
    AgentProcess node = system.get();
    if (node != null) {
      all.add(node);
    }
    return all;
  }

  // --- Stop

  Future<Void> close() {
    return on(() -> {
      if (closing == null) {
        closing = shutDown();
      }
      return closing;
    });
  }

  private Future<Void> shutDown() {
    state.set(NodeState.DRAINING);
    agents.end();
    setup.parts().forEach(RuntimePart::drain);
    unheard(outside.silence());
    Duration limit = setup.config().drainTimeout();
    List<Future<Void>> quiet = new ArrayList<>();
    everyone().forEach(process -> quiet.add(process.shutDown(limit)));
    Future<Void> chain = Future.join(quiet).transform(done -> Future.succeededFuture());
    for (int i = setup.parts().size() - 1; i >= 0; i--) {
      RuntimePart part = setup.parts().get(i);
      chain = chain.compose(done -> part.stop().recover(cause -> complain("part", cause)));
    }
    NodeHome opened = home.get();
    return chain
        .compose(done -> keeper.end())
        .compose(done -> opened == null
            ? Future.succeededFuture()
            : opened.journal().close().recover(cause -> complain("journal", cause)))
        .compose(done -> observers.close())
        .compose(done -> factories.close().recover(cause -> complain("models", cause)))
        .compose(done -> ownsVertx ? vertx.close() : Future.succeededFuture());
  }

  private Future<Void> complain(String what, Throwable cause) {
    LOG.log(System.Logger.Level.WARNING, what + " did not close cleanly", cause);
    return Future.succeededFuture();
  }

  // --- Views

  Map<ProcessName, AgentProcess> processes() {
    return Objects.requireNonNull(processes.get());
  }

  NodeHome home() {
    NodeHome open = home.get();
    if (open == null) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CLOSED, "the node is starting");
    }
    return open;
  }

  /** Journals an operator's action in the node's own process. */
  Future<Void> audit(OperatorEntry.OperatorAction action) {
    return Objects.requireNonNull(system.get()).note(action);
  }

  Json status() {
    Duration up = Duration.ofNanos(timers.nanos() - startedAtNanos);
    return Objects.requireNonNull(state.get()).status(this, home.get(), up);
  }

  List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    all.addAll(agents.problems());
    all.addAll(extensions.problems());
    return List.copyOf(all);
  }

  /** Whether the node takes entries, or is about to. */
  boolean isOpen() {
    NodeState now = state.get();
    return now == NodeState.RUNNING || now == NodeState.RECOVERING;
  }

  boolean isDraining() {
    return state.get() == NodeState.DRAINING;
  }

  Setup setup() {
    return setup;
  }

  /** Who is told what happens here. */
  Observers observers() {
    return observers;
  }

  KillSwitch killSwitch() {
    return killSwitch;
  }

  Extensions extensions() {
    return extensions;
  }

  Factories factories() {
    return factories;
  }

  Vertx vertx() {
    return vertx;
  }

  Context loop() {
    return loop;
  }

  Timers timers() {
    return timers;
  }

  Ids ids() {
    return ids;
  }

  void warn(@Nullable String text) {
    if (text != null) {
      warnings.addIfAbsent(text);
      LOG.log(System.Logger.Level.WARNING, text);
    }
  }

  String redact(String text) {
    return factories.redact(text);
  }

  static void unheard(Future<Void> future) {
    future.onFailure(cause -> LOG.log(System.Logger.Level.WARNING, "not done", cause));
  }

  /** Runs on the runtime's context; the future completes on the caller's. */
  <T> Future<T> on(Supplier<Future<T>> command) {
    Context here = Vertx.currentContext();
    Promise<T> answer = Promise.promise();
    loop.runOnContext(ignored -> {
      Future<T> done;
      try {
        done = command.get();
      } catch (RuntimeException e) {
        done = Future.failedFuture(e);
      }
      done.onComplete(result -> {
        if (here == null || here == loop) {
          answer.handle(result);
        } else {
          here.runOnContext(back -> answer.handle(result));
        }
      });
    });
    return answer.future();
  }
}
