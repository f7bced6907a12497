package dev.agentruntime.process;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.sim.SimDisk;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.Triggers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Processes that talk over one bus, wound by hand, each with a disk of its own, so that any of them
 * can die alone. One without triggers says what it is told; the others answer whatever wakes them
 * with one call of {@code act}, which a ledger counts.
 */
final class BusWorld {

  private static final Instant START = Instant.parse("2026-03-02T08:00:00Z");

  final Subscriptions bus = new Subscriptions(new NodeId("n"));
  final Map<String, Side> sides = new LinkedHashMap<>();

  /** Subscriber and item to the effect keys under which it acted. */
  final Map<String, Set<String>> ledger = new TreeMap<>();

  /** Arguments with which a process emits whenever something wakes it, instead of acting. */
  final Map<String, String> echoes = new TreeMap<>();

  private final Random random;
  private long births;

  BusWorld(long seed) {
    this.random = new Random(seed);
  }

  /** A side that is there. */
  Side of(String name) {
    return Objects.requireNonNull(sides.get(name), name);
  }

  @CanIgnoreReturnValue
  Side side(String name, TriggerConfig... triggers) {
    return side(name, ProcessConfig.Run.DEFAULT, ProcessConfig.Delivery.DEFAULT, triggers);
  }

  @CanIgnoreReturnValue
  Side side(
      String name,
      ProcessConfig.Run run,
      ProcessConfig.Delivery delivery,
      TriggerConfig... triggers) {
    return side(new ProcessConfig(
        new ProcessName(name),
        "echo",
        null,
        "Do it.",
        List.of(triggers),
        Map.of(),
        ProcessConfig.Context.DEFAULT,
        ProcessConfig.Level.CHECKPOINT,
        run,
        delivery,
        ProcessConfig.Restarts.DEFAULT,
        Map.of()));
  }

  @CanIgnoreReturnValue
  Side side(ProcessConfig config) {
    Side side = new Side(config);
    sides.put(config.name().value(), side);
    side.boot();
    side.deploy(config);
    SimWorld.later(side.kernel().start("test"));
    settle();
    return side;
  }

  static TriggerConfig event(String pattern) {
    return new TriggerConfig.Event("on-event", pattern, null, TriggerConfig.Rules.NONE);
  }

  static TriggerConfig message(String pattern, @Nullable String group) {
    return new TriggerConfig.Message("on-message", pattern, group, TriggerConfig.Rules.NONE);
  }

  /** One small step of one side; false when nobody had anything to do. */
  boolean step() {
    for (Side side : sides.values()) {
      if (side.step()) {
        return true;
      }
    }
    return false;
  }

  /** A step of a side that chance chooses. */
  void anyStep() {
    List<Side> all = List.copyOf(sides.values());
    Side side = all.get(random.nextInt(all.size()));
    if (!side.step() && random.nextInt(3) == 0) {
      pass(Duration.ofMillis(random.nextInt(400)));
    }
  }

  /** Goes on until nobody has anything to do now. */
  void settle() {
    int steps = 0;
    while (step()) {
      if (++steps > 2_000_000) {
        throw new AssertionError("it never ends");
      }
    }
  }

  void pass(Duration time) {
    sides.values().forEach(side -> side.timers.advance(time));
  }

  /** Goes on until nothing is owed any more, or so much time is over. */
  void deliverAll(Duration limit) {
    settle();
    for (long ms = 0;
        ms < limit.toMillis()
            && sides.values().stream().anyMatch(side -> side.image().outbox().size() > 0);
        ms += 100) {
      pass(Duration.ofMillis(100));
      settle();
    }
  }

  /** How often a subscriber acted, by item. */
  Map<String, Integer> acted(String subscriber) {
    Map<String, Integer> acted = new TreeMap<>();
    ledger.forEach((key, effects) -> {
      if (key.startsWith(subscriber + " ")) {
        acted.put(key.substring(subscriber.length() + 1), effects.size());
      }
    });
    return acted;
  }

  /** One process with its node. */
  final class Side {
    final ProcessConfig config;
    final ProcessId id;
    final SimDisk disk;
    ManualTimers timers = new ManualTimers(START);
    private Deque<Runnable> tasks = new ArrayDeque<>();
    private final Map<String, Subscriptions.Listening> wires = new LinkedHashMap<>();
    private final Set<Promise<Void>> underWay = new LinkedHashSet<>();
    private @Nullable FileJournal journal;
    private @Nullable ProcessKernel kernel;

    Side(ProcessConfig config) {
      this.config = config;
      this.id = new ProcessId(config.name(), 1);
      this.disk = new SimDisk(++births);
    }

    ProcessKernel kernel() {
      return Objects.requireNonNull(kernel);
    }

    ProcessImage image() {
      return kernel().log().image();
    }

    FileJournal journal() {
      return Objects.requireNonNull(journal);
    }

    void boot() {
      FileJournal opened = FileJournal.byHand(
          disk, new JournalSettings(Path.of("/j"), new NodeId("n"), 1 << 16, 100_000));
      journal = opened;
      Recovery.Restored known = Recovery.replay(opened).result().processes().get(id.name());
      ProcessLog.Recovered from = known == null
          ? new ProcessLog.Recovered(new ProcessImage(id), new byte[32])
          : known.recovered();
      Deque<Runnable> mine = tasks;
      Ids ids = Ids.seeded(timers, random);
      ProcessDeps deps = new ProcessDeps(
          opened,
          timers,
          ids,
          any -> new Model(id.name().value(), !config.triggers().isEmpty()),
          (process, declared, context) -> {
            Subscriptions inner = new Subscriptions(bus.node());
            return new Wired(
                inner,
                Triggers.create(
                    declared,
                    new TriggerDeps(
                        process.name(), context, timers, ids, secret -> "", null, inner)));
          },
          List.of(new Act(id.name().value())),
          bus);
      kernel = new ProcessKernel(deps, from, mine::add, fault -> {});
      opened.onFailure(fault -> kernel().journalClosed());
    }

    void deploy(ProcessConfig now) {
      Manifest manifest = ManifestReader.of(now);
      ProcessImage.Deployment before = image().deployment();
      int version = before == null ? 1 : before.entry().version() + 1;
      SimWorld.later(kernel()
          .deployed(() -> new DeployEntry.ProcessDeployed(
              manifest.resolved(), manifest.digest(), version, "code", null)));
    }

    /** Dies and comes back; what was not synced is gone with the power, or there without. */
    void crash(boolean power) {
      if (power) {
        disk.crash();
      } else {
        disk.kill();
      }
      timers = new ManualTimers(timers.now());
      tasks = new ArrayDeque<>();
      List.copyOf(wires.values()).forEach(Subscriptions.Listening::close);
      wires.clear();
      List<Promise<Void>> lost = List.copyOf(underWay);
      underWay.clear();
      lost.forEach(one -> one.fail(new RuntimeFault(ErrorCode.UNREACHABLE, "it died")));
      boot();
      SimWorld.later(kernel().recover(false, null));
    }

    boolean step() {
      if (journal().drain()) {
        return true;
      }
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
      }
      return task != null;
    }

    /** Wakes it by hand, with what it shall say. */
    Future<Accepted> tell(String tool, Json arguments) {
      return kernel()
          .offer(new TriggerEvent(
              "t" + ++births,
              "manual",
              "manual",
              timers.now(),
              Json.of(Map.of("tool", tool, "arguments", arguments.toString())),
              Json.EMPTY,
              null,
              false));
    }

    void emit(String type) {
      SimWorld.later(
          tell("emit_event", Json.of(Map.of("event_type", type, "data", 1))).mapEmpty());
    }

    void publish(String topic) {
      SimWorld.later(
          tell("publish_message", Json.of(Map.of("topic", topic, "content", 1))).mapEmpty());
    }

    List<EntryData> entries() {
      List<EntryData> all = new ArrayList<>();
      SimWorld.later(journal().replay((entry, hash) -> all.add(entry.data())).mapEmpty());
      return all;
    }

    <T> List<T> entries(Class<T> kind) {
      return entries().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Goes through a wire that is cut when the subscriber dies. */
    private final class Wired implements Trigger {
      private final Subscriptions inner;
      private final Trigger trigger;

      Wired(Subscriptions inner, Trigger trigger) {
        this.inner = inner;
        this.trigger = trigger;
      }

      @Override
      public String id() {
        return trigger.id();
      }

      @Override
      public String type() {
        return trigger.type();
      }

      @Override
      public Future<Void> start(TriggerSink sink) {
        Due me = new Due(bus.node(), Side.this.id.name(), id(), null);
        return trigger
            .start(sink)
            .onSuccess(done -> wires.put(
                id(), bus.listen(me.process(), id(), arrival -> through(inner, me, arrival))));
      }

      @Override
      public Future<Void> stop() {
        Subscriptions.Listening wire = wires.remove(id());
        if (wire != null) {
          wire.close();
        }
        return trigger.stop();
      }
    }

    private Future<Void> through(Subscriptions inner, Due me, Arrival arrival) {
      Promise<Void> answer = Promise.promise();
      underWay.add(answer);
      inner.deliver(me, arrival).onComplete(result -> {
        if (underWay.remove(answer)) {
          answer.handle(result);
        }
      });
      return answer.future();
    }
  }

  /** Says what it is told; or acts once on whatever wakes it. */
  private final class Model implements ChatClient {
    private final String name;
    private final boolean acts;

    Model(String name, boolean acts) {
      this.name = name;
      this.acts = acts;
    }

    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      Map<String, @Nullable Object> payload = request.event().payload().object();
      Message.Assistant answer = request.turn() > 1
          ? new Message.Assistant("done", List.of())
          : new Message.Assistant("", List.of(call(payload)));
      return Future.succeededFuture(new ChatReply(answer, new Message.Usage(1, 1)));
    }

    private Message.ToolRequest call(Map<String, @Nullable Object> payload) {
      String echo = echoes.get(name);
      if (echo != null) {
        return new Message.ToolRequest("c", "emit_event", echo);
      }
      Object item =
          payload.containsKey("event_id") ? payload.get("event_id") : payload.get("message_id");
      return acts && item != null
          ? new Message.ToolRequest("c", "act", Json.of(Map.of("item", item)).toString())
          : new Message.ToolRequest(
              "c", String.valueOf(payload.get("tool")), String.valueOf(payload.get("arguments")));
    }

    @Override
    public boolean insideJvm() {
      return true;
    }
  }

  private final class Act implements Tool {
    private final String subscriber;

    Act(String subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public ToolDefinition definition() {
      return new ToolDefinition("act", "acts", Json.EMPTY, ToolDefinition.Policy.IDEMPOTENT);
    }

    @Override
    public Future<Reply> call(Call call) {
      ledger
          .computeIfAbsent(
              subscriber + " " + call.arguments().object().get("item"),
              key -> new LinkedHashSet<>())
          .add(call.effectKey());
      return Future.succeededFuture(Reply.ok("acted"));
    }
  }
}
