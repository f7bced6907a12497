package dev.agentruntime.process;

import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ScriptedChat;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.memory.Memory;
import dev.agentruntime.sim.SimDisk;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One process wound by hand, for tests: its journal syncs in {@link #drain}, its model and its
 * tools answer when told, its clock stands. Tools: {@code charge} (irreversible), {@code put}
 * (idempotent), {@code look} (read only).
 */
final class HandProcess {

  static final ProcessId ID = new ProcessId(new ProcessName("hand"), 1);
  static final Instant START = Instant.parse("2026-03-02T08:00:00Z");
  final SimDisk disk = new SimDisk(1);
  final Subscriptions bus = new Subscriptions();
  final List<Asked> asked = new ArrayList<>();
  final List<Called> called = new ArrayList<>();

  /** Questions of which somebody wanted to know what they may use. */
  final List<ChatClient.ChatRequest> reserved = new ArrayList<>();

  final Deque<Runnable> tasks = new ArrayDeque<>();
  final List<String> heard = new ArrayList<>();
  final List<TriggerSink> sinks = new ArrayList<>();
  ManualTimers timers = new ManualTimers(START);

  @Nullable
  RuntimeFault deafness;

  @Nullable
  Memory memory;

  UnaryOperator<ProcessDeps> around = deps -> deps;
  Message.Usage usage = new Message.Usage(3, 2);
  Message.Usage most = Message.Usage.NONE;
  boolean insideJvm;
  boolean echo;
  boolean deaf;
  int broken;
  int born;
  private @Nullable FileJournal journal;
  private @Nullable ProcessKernel kernel;

  /** A model call that waits. */
  record Asked(ChatClient.ChatRequest request, Promise<ChatClient.ChatReply> promise) {}

  /** A tool call that waits. */
  record Called(Tool.Call call, String tool, Promise<Tool.Reply> promise, CancelSignal cancel) {}

  static ProcessConfig config(ProcessConfig.Run run) {
    return config(
        run,
        ProcessConfig.Delivery.DEFAULT,
        List.of(new TriggerConfig.Cron("daily", "0 0 * * *", "UTC")));
  }

  /** With a trigger {@code hook}, whose events {@link #offer} makes. */
  static ProcessConfig config(
      ProcessConfig.Run run, ProcessConfig.Delivery delivery, TriggerConfig.Rules rules) {
    return config(
        run,
        delivery,
        List.of(
            new TriggerConfig.Cron("daily", "0 0 * * *", "UTC"),
            new TriggerConfig.Cron(
                "hook", "0 1 * * *", "UTC", TriggerConfig.CronPolicy.DEFAULT, rules)));
  }

  private static ProcessConfig config(
      ProcessConfig.Run run, ProcessConfig.Delivery delivery, List<TriggerConfig> triggers) {
    return new ProcessConfig(
        ID.name(),
        "echo",
        null,
        "Do it.",
        triggers,
        Map.of(),
        ProcessConfig.Context.DEFAULT,
        ProcessConfig.Level.CHECKPOINT,
        run,
        delivery,
        ProcessConfig.Restarts.DEFAULT,
        Map.of());
  }

  static ProcessConfig.Run run(int concurrency, Duration idle, Duration invocationMax) {
    return new ProcessConfig.Run(
        concurrency, idle, invocationMax, 3, 50, 20_000, 64L << 20, Duration.ofSeconds(10), true);
  }

  /** A process that runs, with nothing to do. */
  static HandProcess running(ProcessConfig.Run run) {
    return running(config(run));
  }

  static HandProcess running(ProcessConfig config) {
    return running(config, deps -> deps);
  }

  static HandProcess running(ProcessConfig config, UnaryOperator<ProcessDeps> around) {
    HandProcess process = new HandProcess();
    process.around = around;
    process.open();
    process.deploy(config);
    done(process.start(), process);
    return process;
  }

  static HandProcess running() {
    return running(ProcessConfig.Run.DEFAULT);
  }

  private static void done(Future<Void> future, HandProcess process) {
    process.flush();
    if (!future.succeeded()) {
      throw new AssertionError("not done", future.cause());
    }
  }

  ProcessKernel kernel() {
    return Objects.requireNonNull(kernel);
  }

  FileJournal journal() {
    return Objects.requireNonNull(journal);
  }

  ProcessImage image() {
    return kernel().log().image();
  }

  ProcessState state() {
    return image().state();
  }

  // --- Its life

  /** Opens the journal and hosts what is in it. */
  void open() {
    FileJournal opened = FileJournal.byHand(
        disk, new JournalSettings(Path.of("/j"), new NodeId("n"), 1 << 20, 100_000));
    journal = opened;
    Recovery.Restored known = Recovery.replay(opened).result().processes().get(ID.name());
    ProcessLog.Recovered from = known == null
        ? new ProcessLog.Recovered(new ProcessImage(ID), new byte[32])
        : known.recovered();
    ProcessDeps deps = new ProcessDeps(
        opened,
        timers,
        () -> "01HAND" + String.format("%020d", ++born),
        config -> config.script() == null ? new Model() : new ScriptedChat(config.script(), timers),
        (process, trigger, context) -> new Listener(),
        List.of(
            HandTool.of("charge", Policy.IRREVERSIBLE, called),
            HandTool.of("put", Policy.IDEMPOTENT, called),
            HandTool.of("look", Policy.READ_ONLY, called)),
        bus,
        declared -> {
          if (memory == null) {
            throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "no place for a memory");
          }
          return memory;
        });
    kernel = new ProcessKernel(around.apply(deps), from, tasks::add, fault -> broken++);
    opened.onFailure(fault -> kernel().journalClosed());
  }

  void deploy(ProcessConfig config) {
    Manifest manifest = ManifestReader.of(config);
    ProcessImage.Deployment before = image().deployment();
    done(
        kernel()
            .deployed(() -> new DeployEntry.ProcessDeployed(
                manifest.resolved(),
                manifest.digest(),
                before == null ? 1 : before.entry().version() + 1,
                "code",
                null)),
        this);
  }

  Future<Void> start() {
    return kernel().start("test");
  }

  /** Ends the JVM; what was not synced is gone with the power, or there without. */
  void restart(boolean clean) {
    reboot(clean);
    Future<Void> on = kernel().recover(clean, null);
    if (on.failed()) {
      throw new AssertionError(on.cause());
    }
  }

  /** The same, and nothing goes on yet. */
  void reboot(boolean clean) {
    if (clean) {
      Future<Void> closed = journal().close();
      if (closed.failed()) {
        throw new AssertionError(closed.cause());
      }
      disk.kill();
    } else {
      disk.crash();
    }
    timers = new ManualTimers(timers.now().plusSeconds(60));
    tasks.clear();
    asked.clear();
    called.clear();
    open();
  }

  /** Re-opens the journal and rebuilds, as the runtime does. */
  void mend() {
    disk.heal();
    if (journal().reopen().failed()) {
      throw new AssertionError("not open");
    }
    Recovery.Restored known = Recovery.replay(journal()).result().processes().get(ID.name());
    kernel().rebuilt(Objects.requireNonNull(known).recovered(), known.condition());
  }

  boolean drain() {
    return journal().drain();
  }

  /** Syncs and runs what is due until nothing is. */
  void flush() {
    boolean more = true;
    while (more) {
      more = drain();
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
        more = true;
      }
    }
  }

  void pass(Duration time) {
    timers.advance(time);
  }

  // --- What is said to it

  Future<Accepted> offer(String payload) {
    return offer(payload, null);
  }

  Future<Accepted> offer(String payload, @Nullable String key) {
    return kernel().offer(event(payload, key));
  }

  TriggerEvent event(String payload, @Nullable String key) {
    return new TriggerEvent(
        "e" + ++born, "hook", "webhook", timers.now(), Json.of(payload), Json.EMPTY, key, false);
  }

  /** The oldest model call is answered in words. */
  void say(String text) {
    answer(text, List.of());
  }

  /** The oldest model call is answered with a tool call. */
  void want(String tool, String arguments) {
    answer("", List.of(new Message.ToolRequest("c", tool, arguments)));
  }

  /** The oldest model call is answered in words and with a tool call. */
  void call(String text, String tool, String arguments) {
    answer(text, List.of(new Message.ToolRequest("c", tool, arguments)));
  }

  /** As {@link #want}, and nothing is synced yet. */
  void wantUnsynced(String tool) {
    reply("", List.of(new Message.ToolRequest("c", tool, "{}")));
  }

  private void answer(String text, List<Message.ToolRequest> calls) {
    reply(text, calls);
    flush();
  }

  private void reply(String text, List<Message.ToolRequest> calls) {
    asked
        .remove(0)
        .promise()
        .complete(new ChatClient.ChatReply(new Message.Assistant(text, calls), usage));
  }

  void breakModel() {
    asked.remove(0).promise().fail(new RuntimeFault(ErrorCode.MODEL_UNAVAILABLE, "503"));
    flush();
  }

  /** Brings one event as far as a tool call in flight. */
  Called inCall(String tool) {
    Future<Accepted> offered = offer(tool);
    flush();
    want(tool, "{}");
    if (!offered.succeeded()) {
      throw new AssertionError(offered.cause());
    }
    return called.remove(0);
  }

  /** The word that delivers dead letters again. */
  static OperatorEntry.DeadLetterHandled again(List<String> ids, boolean fresh) {
    return new OperatorEntry.DeadLetterHandled(
        ids, OperatorEntry.DeadLetterAction.REDELIVERED, fresh, "test");
  }

  Future<Void> resolve(EntryData.Resolution word) {
    OpenRun run = onlyRun();
    return kernel()
        .resolve(
            run.id(),
            new EntryData.EffectResolved(run.id(), run.id().effectKey(1), word, null, "test"));
  }

  OpenRun onlyRun() {
    Map<InvocationId, OpenRun> runs = image().runs();
    if (runs.size() != 1) {
      throw new AssertionError("runs " + runs.size());
    }
    return runs.values().iterator().next();
  }

  // --- What is done with its past

  static Future<Void> inline(Runnable task) {
    try {
      task.run();
      return Future.succeededFuture();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  Map<String, @Nullable Object> answer(Future<Json> command) {
    flush();
    if (!command.succeeded()) {
      throw new AssertionError("not done", command.cause());
    }
    return command.result().object();
  }

  HandPast past() {
    return new HandPast(kernel().hindsight());
  }

  /** The sequence of the {@code nth} entry of a kind, from 1. */
  long sequence(Class<?> kind, int nth) {
    int count = 0;
    List<EntryData> all = entries();
    for (int i = 0; i < all.size(); i++) {
      if (kind.isInstance(all.get(i))) {
        count++;
        if (count == nth) {
          return i + 1L;
        }
      }
    }
    throw new AssertionError("no " + kind + " " + nth);
  }

  // --- What is in the journal

  List<EntryData> entries() {
    List<EntryData> all = new ArrayList<>();
    if (journal().replay((entry, hash) -> all.add(entry.data())).failed()) {
      throw new AssertionError("not readable");
    }
    return all;
  }

  <T> List<T> entries(Class<T> kind) {
    return entries().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** {@code created>starting starting>running ...} */
  List<String> moves() {
    return entries(EntryData.StateTransition.class).stream()
        .map(move -> move.from().word() + ">" + move.to().word())
        .toList();
  }

  private final class Model implements ChatClient {
    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      if (echo) {
        return Future.succeededFuture(
            new ChatReply(new Message.Assistant("echo", List.of()), new Message.Usage(1, 1)));
      }
      Asked call = new Asked(request, Promise.promise());
      asked.add(call);
      cancel.onCancel(() -> {
        if (!deaf) {
          call.promise().tryFail(new RuntimeFault(ErrorCode.CANCELLED, "cancelled"));
        }
      });
      return call.promise().future();
    }

    @Override
    public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
      reserved.add(request);
      return most;
    }

    @Override
    public boolean insideJvm() {
      return insideJvm;
    }
  }

  private final class Listener implements Trigger {
    @Override
    public String id() {
      return "daily";
    }

    @Override
    public String type() {
      return "cron";
    }

    @Override
    public Future<Void> start(TriggerSink sink) {
      heard.add("start");
      sinks.add(sink);
      return deafness == null ? Future.succeededFuture() : Future.failedFuture(deafness);
    }

    @Override
    public Future<Void> stop() {
      heard.add("stop");
      return Future.succeededFuture();
    }
  }
}
