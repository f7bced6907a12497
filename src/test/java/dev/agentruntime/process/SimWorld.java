package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.fold.Dedup;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.replay.RewindOrder;
import dev.agentruntime.sim.SimDisk;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A node with one process, wound by hand: the real kernel over the real journal on a disk that
 * fails, under a clock that stands. It does the node's part, and checks what can be checked on the
 * way.
 */
final class SimWorld {

  static final ProcessId ID = new ProcessId(new ProcessName("sim"), 1);

  private static final Json BODY = Json.of("body".repeat(30));
  private static final Json OTHER = Json.of("other".repeat(30));

  private static final Set<ErrorCode> REFUSALS = EnumSet.of(
      ErrorCode.PROCESS_STOPPED,
      ErrorCode.KEY_REUSED,
      ErrorCode.INBOX_FULL,
      ErrorCode.OVERLOADED,
      ErrorCode.JOURNAL_CLOSED,
      ErrorCode.KILLED,
      ErrorCode.DRAINING);

  final Random random;
  final SimDisk disk;
  final SimOutside outside;
  private final ProcessConfig config;
  private final int queueMax;
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final TreeMap<Long, String> digests = new TreeMap<>();
  private final Map<String, Long> sequences = new HashMap<>();
  private final Map<String, Set<Json>> bodies = new HashMap<>();
  private final Set<String> offered = new HashSet<>();
  private final Map<String, String> firstIds = new HashMap<>();
  private final Set<String> acked = new HashSet<>();
  private ManualTimers timers = new ManualTimers(Instant.parse("2026-01-05T10:00:00Z"));
  private final Ids ids;
  private @Nullable FileJournal journal;
  private @Nullable ProcessKernel kernel;
  final boolean rough;

  final @Nullable SimPeople people;
  final @Nullable SimKiller killer;
  private final @Nullable SimKeeper keeper;
  private final SimHistory history = new SimHistory(ID);
  private boolean up;
  private boolean mustMend;
  private @Nullable AssertionError complaint;
  boolean listening;
  private long durable;

  /**
   * A world.
   *
   * @param keeps whether its journal is kept short: checkpoints, compaction, retention
   */
  SimWorld(long seed, boolean keeps) {
    this.random = new Random(seed);
    this.keeper = keeps ? new SimKeeper(this, seed) : null;
    this.disk = new SimDisk(random.nextLong());
    this.outside = new SimOutside(new Random(random.nextLong()), random.nextInt(3) == 0);
    Random idRandom = new Random(random.nextLong());
    this.ids = () -> Ids.seeded(timers, idRandom).next();
    this.config = SimConfigs.any(random);
    this.people =
        config.governance().approval().isOn() ? new SimPeople(this, new Random(-seed)) : null;
    if (people != null) {
      outside.askPeople();
    }
    this.killer = SimKiller.of(this, seed);
    this.rough = random.nextInt(3) == 0;
    this.queueMax = 5 + random.nextInt(20);
    outside.watch(
        request -> noted(() -> assertAnnounced(request.invocation().value(), 0)),
        call -> noted(() -> assertAnnounced(call.invocation().value(), 1)));
    disk.onForce(this::whileSyncing);
  }

  ProcessKernel kernel() {
    return Objects.requireNonNull(kernel);
  }

  FileJournal journal() {
    return Objects.requireNonNull(journal);
  }

  private ProcessImage image() {
    return kernel().log().image();
  }

  // --- The node's part

  void boot() {
    timers = new ManualTimers(timers.now().plusMillis(random.nextInt(3_000)));
    FileJournal opened = FileJournal.byHand(
        disk, new JournalSettings(Path.of("/j"), new NodeId("n"), 16_384, queueMax));
    journal = opened;
    Journal tap = new Tap(opened);
    tasks.clear();
    mustMend = false;
    listening = false;
    Recovery.Found found = now(Recovery.replay(opened));
    check();
    Recovery.Restored known = found.processes().get(ID.name());
    ProcessLog.Recovered from = known == null
        ? new ProcessLog.Recovered(new ProcessImage(ID), new byte[32])
        : known.recovered();
    ProcessDeps deps = new ProcessDeps(
        tap,
        timers,
        ids,
        any -> outside.model(),
        (p, t, c) -> new SimListener(on -> listening = on),
        outside.tools(),
        new Subscriptions());
    kernel = new ProcessKernel(deps, from, tasks::add, fault -> mustMend = true);
    opened.onFailure(fault -> kernel().journalClosed());
    up = true;
    if (killer != null) {
      killer.back(known != null);
    }
    if (known == null) {
      deploy();
      later(kernel().start("manifest"));
    } else {
      assertEquals("", known.damage());
      later(kernel().recover(found.report().cleanStop(), killer == null ? null : killer.lifted()));
    }
  }

  void deploy() {
    Manifest manifest = ManifestReader.of(people == null ? config : people.policy(config));
    ProcessImage.Deployment before = image().deployment();
    int version = before == null ? 1 : before.entry().version() + 1;
    later(kernel()
        .deployed(() -> new DeployEntry.ProcessDeployed(
            manifest.resolved(), manifest.digest(), version, "code", null)));
  }

  void crash(boolean power) {
    up = false;
    outside.lost();
    if (power) {
      disk.crash();
    } else {
      disk.kill();
    }
    boot();
  }

  void restart() {
    Future<Void> stopped = kernel().shutDown(Duration.ofSeconds(1));
    for (int i = 0; i < 200 && !stopped.isComplete(); i++) {
      outside.endOne();
      advance(20);
      runTasks();
      drain();
    }
    assertTrue(stopped.isComplete(), "the shutdown hangs");
    up = false;
    outside.lost();
    Future<Void> closed = journal().close();
    assertTrue(closed.isComplete());
    disk.kill();
    boot();
  }

  void mend() {
    boolean closed = kernel().gate().condition() == Gate.Condition.JOURNAL_CLOSED;
    if (!up || !(mustMend || closed)) {
      return;
    }
    if (!kernel().log().landed().isComplete()) {
      return;
    }
    if (!journal().reopen().succeeded() || !journal().accepting()) {
      return;
    }
    Recovery.Restored known = now(Recovery.replay(journal())).processes().get(ID.name());
    mustMend = false;
    if (known == null) {
      crash(false);
      return;
    }
    durable = known.image().sequence();
    history.endsAt(durable);
    digests.tailMap(durable, false).clear();
    sequences.values().removeIf(sequence -> sequence > durable);
    kernel().rebuilt(known.recovered(), known.condition());
  }

  void advance(long ms) {
    timers.advance(Duration.ofMillis(ms));
  }

  @CanIgnoreReturnValue
  boolean drain() {
    return journal().drain();
  }

  void keep() {
    if (keeper != null && up && kernel().gate().condition() == null) {
      keeper.work(kernel());
    }
  }

  ManualTimers timers() {
    return timers;
  }

  void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  private void whileSyncing() {
    if (up && random.nextInt(4) == 0) {
      advance(random.nextInt(30));
      if (random.nextBoolean()) {
        offer();
      }
    }
  }

  // --- What it does to the process

  void offer() {
    String key = random.nextBoolean() ? null : "key" + random.nextInt(40);
    Json body = random.nextInt(8) == 0 ? OTHER : BODY;
    TriggerEvent event =
        new TriggerEvent(ids.next(), "hook", "webhook", timers.now(), body, Json.EMPTY, key, false);
    if (key != null) {
      offered.add(key + event.payload());
    }
    kernel().offer(event).onComplete(answer -> noted(() -> answered(event, answer)));
  }

  private void answered(TriggerEvent event, AsyncResult<Accepted> answer) {
    String key = event.dedupKey();
    if (answer.failed()) {
      ErrorCode code = ((RuntimeFault) answer.cause()).code();
      assertTrue(REFUSALS.contains(code), () -> "refused with " + answer.cause());
      assertTrue(code != ErrorCode.KEY_REUSED || isReused(event), "a key reused that nobody used");
      return;
    }
    Accepted accepted = answer.result();
    Long sequence = sequences.get(accepted.eventId());
    assertTrue(sequence != null && sequence <= durable, "acknowledged before it is durable");
    assertTrue(accepted.durable());
    assertEquals(accepted.duplicate(), !accepted.eventId().equals(event.id()));
    acked.add(accepted.eventId());
    if (key != null) {
      String first = firstIds.putIfAbsent(key, accepted.eventId());
      assertTrue(first == null || first.equals(accepted.eventId()), "a duplicate has another id");
      Set<Json> known = bodies.computeIfAbsent(key, any -> new HashSet<>());
      known.add(event.payload());
      assertEquals(1, known.size(), "another body under the same key");
    }
  }

  private boolean isReused(TriggerEvent event) {
    String key = event.dedupKey();
    if (key == null) {
      return false;
    }
    Dedup.Known known = image().dedup().find(event);
    Long sequence = known == null ? null : sequences.get(known.eventId());
    return sequence != null
        && sequence <= durable
        && offered.contains(key + OTHER)
        && offered.contains(key + BODY);
  }

  void rewind() {
    RewindMode[] modes = RewindMode.values();
    RewindOrder order = new RewindOrder(
        1 + random.nextInt((int) image().sequence()),
        modes[random.nextInt(modes.length)],
        random.nextInt(4) > 0,
        "sim");
    later(kernel().hindsight().rewind(order, HandProcess::inline).mapEmpty());
  }

  /** Tells the process what became of an effect in doubt, as the ledger has it. */
  void resolve() {
    for (OpenRun run : List.copyOf(image().runs().values())) {
      EntryData.ToolCall call = run.openCall();
      LiveRun live = kernel().invoker().live(run.id());
      if (call != null && (live == null || live.isWaiting())) {
        EntryData.Resolution word = outside.happened(call.key())
            ? EntryData.Resolution.LANDED
            : random.nextBoolean()
                ? EntryData.Resolution.DID_NOT_HAPPEN
                : EntryData.Resolution.RETRY;
        later(kernel()
            .resolve(
                run.id(), new EntryData.EffectResolved(run.id(), call.key(), word, null, "sim")));
        return;
      }
    }
  }

  static void later(Future<Void> command) {
    command.onFailure(
        cause -> assertTrue(cause instanceof RuntimeFault, () -> "failed with " + stack(cause)));
  }

  private static String stack(Throwable cause) {
    return cause + "\n" + List.of(cause.getStackTrace());
  }

  // --- What is checked

  /** Replays what is durable into the oracle and into an image, and compares. */
  @CanIgnoreReturnValue
  SimOracle check() {
    SimOracle oracle = new SimOracle(outside, config.run().concurrency());
    ProcessImage image = new ProcessImage(ID);
    Map<String, Long> seen = new HashMap<>();
    now(journal().recover(history.reading()));
    history.whole().forEach(entry -> {
      image.apply(entry);
      oracle.see(entry);
      if (entry.data() instanceof EntryData.TriggerAccepted event) {
        seen.put(event.event().id(), entry.sequence());
      }
      String live = digests.remove(entry.sequence());
      if (live != null) {
        assertEquals(live, ImageDigest.of(image), () -> "replayed to s=" + entry.sequence());
      }
    });
    oracle.judge(acked, image);
    if (people != null) {
      people.judge(oracle.approvals());
    }
    if (!up) {
      durable = image.sequence();
      history.endsAt(durable);
      digests.clear();
      sequences.clear();
      sequences.putAll(seen);
    }
    return oracle;
  }

  /** Keeps a complaint for {@link #glance}: a future in between would swallow it. */
  void noted(Runnable check) {
    try {
      check.run();
    } catch (AssertionError wrong) {
      complaint = complaint == null ? wrong : complaint;
    }
  }

  void glance() {
    if (complaint != null) {
      throw complaint;
    }
    ProcessImage image = image();
    ProcessConfig.Run run = config.run();
    assertTrue(image.queue().size() <= run.inboxMax(), "the inbox is over its bound");
    assertTrue(image.queue().bytes() <= run.inboxBytesMax(), "the inbox is over its bytes");
    assertTrue(image.runs().size() <= run.concurrency(), "more runs than the concurrency");
    if (kernel().gate().isOpen()) {
      assertTrue(
          !kernel().invoker().allWait() || image.state() == ProcessState.AWAITING,
          "every run waits, and it is not awaiting");
      assertTrue(
          image.state() != ProcessState.AWAITING || outside.inFlight() == 0,
          "awaiting while something is in flight");
    }
  }

  boolean isDone() {
    ProcessImage image = image();
    boolean idle = image.causes().equals(List.of(Supervisor.CAUSE_IDLE));
    return tasks.isEmpty()
        && kernel().gate().condition() == null
        && (image.state() == ProcessState.RUNNING || idle)
        && image.queue().isEmpty()
        && image.runs().isEmpty()
        && !drain();
  }

  String shown() {
    ProcessImage image = image();
    return image.state() + " " + image.reason() + " " + image.causes() + ", condition "
        + kernel().gate().condition() + ", inbox " + image.queue().size() + ", runs "
        + image.runs().keySet() + ", listening " + listening;
  }

  private void assertAnnounced(String invocation, int kind) {
    assertTrue(up, "a dead process acts");
    assertTrue(killer == null || !killer.isOn(), "it acts while all work is ended");
    image().runs().values().stream()
        .filter(run -> run.id().value().equals(invocation))
        .forEach(run -> {
          long last = run.steps().isEmpty()
              ? run.firstSequence()
              : run.steps().get(run.steps().size() - 1).sequence();
          boolean waits = kind == 1 || !outside.model().insideJvm();
          assertTrue(!waits || last <= durable, "acts before its announcement is durable");
        });
  }

  @CanIgnoreReturnValue
  static <T> T now(Future<T> future) {
    if (future.failed()) {
      throw new AssertionError(future.cause());
    }
    assertTrue(future.isComplete(), "not complete");
    return future.result();
  }

  private final class Tap extends SimJournal {
    Tap(FileJournal under) {
      super(under);
    }

    @Override
    public Future<Void> append(EncodedEntry entry) {
      long sequence = entry.sequence();
      ProcessImage image = image();
      assertEquals(sequence, image.sequence(), "applied at once");
      history.append(entry);
      if (random.nextInt(10) == 0) {
        digests.put(sequence, ImageDigest.of(image));
      }
      for (TriggerEvent event : image.queue().events()) {
        sequences.putIfAbsent(event.id(), sequence);
      }
      return under().append(entry).onSuccess(done -> durable = Math.max(durable, sequence));
    }
  }
}
