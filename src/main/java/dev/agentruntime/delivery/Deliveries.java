package dev.agentruntime.delivery;

import dev.agentruntime.bus.Outlet.Receipt;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Standing;
import dev.agentruntime.bus.Subscriptions.Wanted;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Emission.Voice;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Delivery;
import dev.agentruntime.fold.Dedup;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.Outbox;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.memory.ProcessMemory;
import dev.agentruntime.run.Kits;
import dev.agentruntime.run.Recollection;
import dev.agentruntime.run.SayLimits;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Brings what a process has committed to those it is owed to. An item is sent when its commit is
 * durable, again and again until each subscriber has it durably or its time is over; a subscriber
 * knows it by its id, so it may be sent too often and never too seldom. Owned by: the process's
 * context.
 */
public final class Deliveries implements ProcessLog.Watch {

  /** Items under way at once. */
  static final int IN_FLIGHT_MAX = 64;

  private static final Duration PAUSE_FIRST = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);
  private static final Duration COME_BACK = Duration.ofSeconds(5);

  private final ProcessLog log;
  private final Gate gate;
  private final ProcessDeps deps;
  private final Subscriptions bus;
  private final Kits kits;
  private final Executor context;
  private final WebhookCalls calls;
  private final GrantDeliveries grants;
  private final Successors successors;
  private final Map<String, Parcel> parcels = new HashMap<>();
  private final Deque<Parcel> ready = new ArrayDeque<>();
  private final Map<Lane, Deque<String>> lanes = new HashMap<>();
  private int inFlight;
  private boolean pumpsLater;

  public Deliveries(ProcessLog log, Gate gate, ProcessDeps deps, Kits kits, Executor context) {
    this.log = log;
    this.gate = gate;
    this.deps = deps;
    this.bus = deps.bus();
    this.kits = kits;
    this.context = context;
    this.calls = new WebhookCalls(log, deps, kits);
    this.grants = new GrantDeliveries(log, deps);
    this.successors = new Successors(bus);
  }

  /** Where items of one ordering key follow each other: the next is sent when one has ended. */
  private record Lane(Due due, String key) {}

  /** An item under way. */
  private final class Parcel implements Runnable {
    private final String id;
    private final Map<Delivery, List<Due>> ended = new HashMap<>();
    private Duration pause = PAUSE_FIRST;
    private Timers.@Nullable Armed timer;
    private int unanswered;
    private boolean woken;

    Parcel(String id) {
      this.id = id;
    }

    /** A subscriber listens again, or never will; on any thread. */
    @Override
    public void run() {
      context.execute(this::wakeUp);
    }

    private void wakeUp() {
      if (parcels.get(id) != this) {
        return;
      }
      pause = PAUSE_FIRST;
      if (timer == null) {
        woken = true;
      } else {
        timer.cancel();
        timer = null;
        ready.add(this);
        pump();
      }
    }

    void end(Delivery how, Due due) {
      ended.computeIfAbsent(how, one -> new ArrayList<>()).add(due);
    }

    List<Due> ended(Delivery how) {
      return ended.getOrDefault(how, List.of());
    }
  }

  // --- Who is owed what

  /** Says on the bus what this process wants, as its image has it. */
  @Override
  public void moved() {
    ProcessImage image = log.image();
    ProcessImage.Deployment deployment = image.deployment();
    List<Wanted> wanted = deployment == null ? List.of() : Wanted.of(deployment.config());
    if (image.removed()) {
      bus.forget(image.id().name());
      return;
    }
    switch (image.state()) {
      case CREATED, STOPPING, STOPPED -> bus.withdraw(image.id().name(), wanted);
      default -> bus.declare(image.id().name(), wanted);
    }
  }

  /** To whom what a run has emitted, and what it comes to, is owed if it commits now. */
  public List<List<Due>> due(OpenRun run) {
    ProcessName self = log.image().id().name();
    List<List<Due>> all = new ArrayList<>();
    for (OpenRun.Emitted emitted : run.emitted()) {
      Due one = grants.due(emitted.emission());
      all.add(one == null ? bus.due(emitted.id(), emitted.emission(), self.value()) : List.of(one));
    }
    if (Recollection.remembers(log.image(), run)) {
      all.add(List.of(new Due(bus.node(), self, "", null)));
    }
    return all;
  }

  // --- What is said

  /** What a run said is durable: those who listen in are told. */
  public void committed(OpenRun run) {
    String source = log.image().id().name().value();
    Instant at = deps.timers().now();
    int hops = run.event().routing().hops() + 1;
    for (OpenRun.Emitted emitted : run.emitted()) {
      if (grants.due(emitted.emission()) == null) {
        bus.said(new Arrival(emitted.id(), emitted.emission(), source, at, hops));
      }
    }
  }

  /**
   * Says something for somebody outside; told when it is durable.
   *
   * @param key the same key says the same thing once; null = always new
   */
  public Future<Receipt> emit(Emission given, String source, @Nullable String key, Voice voice) {
    Emission emission = log.redacted(given);
    String problem = SayLimits.problemOfName(given, emission);
    if (problem != null) {
      return Future.failedFuture(new RuntimeFault(ErrorCode.INVALID_REQUEST, problem));
    }
    ProcessImage image = log.image();
    Gate.Condition condition = gate.condition();
    if (condition != null) {
      return Future.failedFuture(condition.fault(image));
    }
    String id = key == null
        ? deps.ids().next()
        : Outbox.KEYED
            + HexFormat.of()
                .formatHex(Hex.newSha256().digest(key.getBytes(StandardCharsets.UTF_8)), 0, 16);
    TriggerEvent probe = Outbox.asEvent(id, emission, source, deps.timers().now());
    Dedup.Known known = image.dedup().find(probe);
    if (known != null) {
      return known.fingerprint() == Dedup.fingerprint(probe.payload())
          ? log.durable().map(done -> new Receipt(id, 0, true))
          : log.durable()
              .compose(done -> Future.failedFuture(new RuntimeFault(
                  ErrorCode.KEY_REUSED,
                  "the same idempotency key came before with another body, as " + id)));
    }
    if (!log.accepting() || SayLimits.waiting(image) >= SayLimits.OUTBOX_MAX) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.OVERLOADED,
          log.accepting()
              ? "too much that was said is not delivered yet, expected<" + SayLimits.OUTBOX_MAX
              : "the journal is three quarters full, come again",
          COME_BACK));
    }
    Instant at = deps.timers().now();
    List<Due> due = bus.due(id, emission, source);
    Future<Void> written = log.write(new EntryData.Emitted(id, emission, source, due, voice));
    return written.map(done -> {
      bus.said(new Arrival(id, emission, source, at, 1));
      return new Receipt(id, due.size(), false);
    });
  }

  // --- The pump

  /** Everything that is owed is sent, again if need be: what was acknowledged may be lost. */
  public void resume() {
    halt();
    log.image().outbox().takeFresh().forEach(this::add);
    log.image().outbox().items().forEach(item -> add(item.id()));
    pump();
  }

  /** What is owed, for somebody else to deliver: this process sends nothing any more. */
  public List<Outbox.Item> handOver() {
    halt();
    return List.copyOf(log.image().outbox().items());
  }

  @Override
  public void owed(List<String> items) {
    items.forEach(this::add);
    pump();
  }

  /** Nothing is sent or acknowledged any more, until {@link #resume}. */
  public void halt() {
    parcels.values().forEach(parcel -> {
      if (parcel.timer != null) {
        parcel.timer.cancel();
      }
    });
    parcels.clear();
    ready.clear();
    lanes.clear();
    inFlight = 0;
  }

  private void add(String id) {
    Outbox.Item item = log.image().outbox().item(id);
    if (item != null && !parcels.containsKey(id)) {
      Parcel parcel = new Parcel(id);
      parcels.put(id, parcel);
      ready.add(parcel);
      item.due().forEach(due -> enter(item, due));
    }
  }

  private void enter(Outbox.Item item, Due due) {
    String key = item.emission().options().orderingKey();
    if (key != null) {
      lanes.computeIfAbsent(new Lane(due, key), lane -> new ArrayDeque<>()).add(item.id());
    }
  }

  private void leave(Outbox.Item item, Due due) {
    String key = item.emission().options().orderingKey();
    Deque<String> lane = key == null ? null : lanes.get(new Lane(due, key));
    if (key == null || lane == null) {
      return;
    }
    lane.remove(item.id());
    Parcel next = lane.isEmpty() ? null : parcels.get(lane.getFirst());
    if (lane.isEmpty()) {
      lanes.remove(new Lane(due, key));
    } else if (next != null) {
      next.wakeUp();
    }
  }

  private boolean waitsForItsTurn(Outbox.Item item, Due due) {
    String key = item.emission().options().orderingKey();
    Deque<String> lane = key == null ? null : lanes.get(new Lane(due, key));
    return lane != null && !lane.isEmpty() && !lane.getFirst().equals(item.id());
  }

  private void pump() {
    while (inFlight < IN_FLIGHT_MAX && !ready.isEmpty() && gate.condition() == null) {
      if (!log.accepting()) {
        pumpLater();
        return;
      }
      send(ready.remove());
    }
  }

  private void pumpLater() {
    if (!pumpsLater && !log.broken()) {
      pumpsLater = true;
      Timers.Armed ignored = deps.timers().after(Gate.PRESSURE_RETRY, () -> {
        pumpsLater = false;
        pump();
      });
    }
  }

  private void send(Parcel parcel) {
    Outbox.Item item = log.image().outbox().item(parcel.id);
    if (item == null) {
      parcels.remove(parcel.id);
      return;
    }
    if (move(parcel, item)) {
      return;
    }
    inFlight++;
    parcel.ended.clear();
    parcel.woken = false;
    parcel.unanswered = item.due().size();
    boolean late = !deps.timers().now().isBefore(expiry(item));
    Arrival arrival = new Arrival(
        item.id(), item.emission(), item.source(), item.at(), item.hops(), item.voice());
    for (Due due : item.due()) {
      Standing standing = bus.standing(due);
      if (item.emission().kind() == Emission.Kind.MEMORY) {
        remember(parcel, item, due, late);
      } else if (item.emission().kind() == Emission.Kind.WEBHOOK) {
        call(parcel, item, due, late);
      } else if (standing == Standing.GONE && due.group() == null) {
        ended(parcel, due, grants.gone(item));
      } else if (late) {
        ended(parcel, due, Delivery.UNDELIVERABLE);
      } else if (waitsForItsTurn(item, due)) {
        ended(parcel, due, null);
      } else {
        bus.deliver(due, arrival)
            .onComplete(result -> context.execute(() -> answered(parcel, due, result.cause())));
      }
    }
  }

  /** Stores what a run said of itself; where there is no memory any more, nobody misses it. */
  private void remember(Parcel parcel, Outbox.Item item, Due due, boolean late) {
    try {
      ProcessMemory memory = kits.memory(log.image());
      if (memory == null) {
        ended(parcel, due, grants.gone(item));
      } else if (late) {
        ended(parcel, due, Delivery.UNDELIVERABLE);
      } else {
        memory
            .remember(item.id(), item.emission().data(), item.at())
            .onComplete(result -> context.execute(() -> answered(parcel, due, result.cause())));
      }
    } catch (RuntimeFault fault) {
      // The manifest may be mended before its time is over.
      ended(parcel, due, late ? Delivery.UNDELIVERABLE : null);
    }
  }

  private void call(Parcel parcel, Outbox.Item item, Due due, boolean late) {
    if (late || log.image().deployment() == null) {
      // Of a process that is gone nobody knows the secret any more: it is for a person to see.
      ended(parcel, due, Delivery.UNDELIVERABLE);
      return;
    }
    calls
        .call(item)
        .onComplete(result -> context.execute(() -> answered(parcel, due, result.cause())));
  }

  /** Whom it cannot reach any more is let go before anything is sent, for others if there are. */
  private boolean move(Parcel parcel, Outbox.Item item) {
    Successors.Move move = successors.of(item);
    if (move == null) {
      return false;
    }
    Future<Void> written =
        log.write(new EntryData.EffectDelivered(item.id(), move.from(), move.how(), move.to()));
    move.from().forEach(due -> leave(item, due));
    move.to().forEach(due -> enter(item, due));
    written.onSuccess(durable -> {
      if (parcels.get(parcel.id) == parcel) {
        ready.add(parcel);
        pump();
      }
    });
    return true;
  }

  private Instant expiry(Outbox.Item item) {
    ProcessImage.Deployment deployment = log.image().deployment();
    Duration most = (deployment == null
            ? ProcessConfig.Delivery.DEFAULT
            : deployment.config().delivery())
        .eventTtl();
    Duration own = item.emission().options().ttl();
    return item.at().plus(own == null || own.compareTo(most) > 0 ? most : own);
  }

  private void answered(Parcel parcel, Due due, @Nullable Throwable cause) {
    if (parcels.get(parcel.id) != parcel) {
      return;
    }
    if (cause == null) {
      ended(parcel, due, Delivery.DELIVERED);
      return;
    }
    ErrorCode code = Failure.of(cause).code();
    switch (code) {
      // The first copy is there.
      case KEY_REUSED -> ended(parcel, due, Delivery.DELIVERED);
      case PAYLOAD_TOO_LARGE, FORBIDDEN ->
        ended(parcel, due, grants.refused(parcel.id, due, cause));
      case PROCESS_STOPPED -> {
        bus.whenHeard(due, parcel);
        ended(parcel, due, null);
      }
      default -> ended(parcel, due, null);
    }
  }

  private void ended(Parcel parcel, Due due, @Nullable Delivery how) {
    if (how != null) {
      parcel.end(how, due);
    }
    if (--parcel.unanswered == 0) {
      context.execute(() -> conclude(parcel));
    }
  }

  /** Everyone has answered: one entry says who needs no more care. */
  private void conclude(Parcel parcel) {
    if (parcels.get(parcel.id) != parcel) {
      return;
    }
    inFlight--;
    Failpoints.reach("deliver.afterAck");
    Outbox.Item item = log.image().outbox().item(parcel.id);
    for (Delivery how : List.of(Delivery.DELIVERED, Delivery.GONE, Delivery.UNDELIVERABLE)) {
      List<Due> to = parcel.ended(how);
      if (!to.isEmpty() && !log.broken()) {
        Future<Void> ignored =
            log.write(new EntryData.EffectDelivered(parcel.id, to, how, List.of()));
        if (item != null) {
          to.forEach(due -> leave(item, due));
        }
      }
    }
    if (log.broken()) {
      return;
    }
    if (log.image().outbox().item(parcel.id) == null) {
      parcels.remove(parcel.id);
    } else {
      tryLater(parcel);
    }
    pump();
  }

  private void tryLater(Parcel parcel) {
    if (parcel.woken) {
      ready.add(parcel);
      return;
    }
    parcel.timer = deps.timers().after(parcel.pause, () -> {
      parcel.timer = null;
      if (parcels.get(parcel.id) == parcel) {
        ready.add(parcel);
        pump();
      }
    });
    Duration doubled = parcel.pause.multipliedBy(2);
    parcel.pause = doubled.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : doubled;
  }
}
