package dev.agentruntime.observe;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.Witness;
import dev.agentruntime.observe.EntryEvents.Draft;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What people who run this node are told: each event follows from an entry of a journal, and is
 * told when that is durable; how far a call is, which nothing keeps, is told while it is made.
 * Whoever writes the entry leaves the event and goes on, whatever the sinks do. Safe on every
 * thread.
 */
public final class OperationalEvents implements Witness {

  private static final int ID_CHARS = 32;

  private final ObserveConfig config;
  private final EventPorts ports;
  private final List<SinkQueue> sinks = new ArrayList<>();
  private final @Nullable WorkerExecutor workers;
  private final AtomicLong progresses = new AtomicLong();

  /**
   * The sinks of a node.
   *
   * @param callbacks beside those of the settings
   */
  public OperationalEvents(ObserveConfig config, List<EventCallback> callbacks, EventPorts ports) {
    this.config = config;
    this.ports = ports;
    int blocking = callbacks.size()
        + (int) config.sinks().stream()
            .filter(sink -> sink.kind() == ObserveConfig.Kind.LOG)
            .count();
    this.workers = blocking == 0 ? null : ports.workers().apply(blocking);
    SensitiveText cleaner = new SensitiveText(ports.redact());
    for (ObserveConfig.Sink each : config.sinks()) {
      sinks.add(new SinkQueue(
          sink(each),
          SinkQueue.Wants.of(each.name(), each.events(), each.severity()),
          config.maxQueueSize(),
          ports.context(),
          cleaner));
    }
    for (EventCallback each : callbacks) {
      sinks.add(new SinkQueue(
          new CallbackSink(each.callback(), workers()),
          SinkQueue.Wants.of(each.name(), each.events(), each.severity()),
          config.maxQueueSize(),
          ports.context(),
          cleaner));
    }
  }

  private WorkerExecutor workers() {
    return Objects.requireNonNull(workers);
  }

  private Sink sink(ObserveConfig.Sink sink) {
    return switch (sink.kind()) {
      case LOG -> new LogSink(workers());
      case BUS ->
        new BusSink(String.valueOf(sink.topic()), new BusSink.Bus(ports.hears(), ports.say()));
      case WEBHOOK ->
        new WebhookSink(
            String.valueOf(sink.url()),
            () -> sink.secret() == null
                ? Future.succeededFuture()
                : ports.secret().apply(sink.secret()),
            (request, limits) ->
                ports.outbound().send(request, limits).map(answer -> answer.status()),
            ports.timers());
    };
  }

  /** Whether there is nobody to tell. */
  public boolean isOff() {
    return sinks.isEmpty();
  }

  @Override
  public @Nullable Sight sees(ProcessImage before, JournalEntry entry) {
    if (before.id().name().isSystem() && !cameBack(before, entry)) {
      return null;
    }
    Instant day = before.governance().budget().day();
    List<Draft> drafts = EntryEvents.of(before, entry, config.slowTool());
    return new Seen(entry, day, drafts);
  }

  /** Of a node's own process only that: what its sinks say there would be told again and again. */
  private static boolean cameBack(ProcessImage before, JournalEntry entry) {
    return before.sequence() > 0 && entry.data() instanceof EntryData.Restart;
  }

  @Override
  public boolean wantsProgress() {
    return sinks.stream().anyMatch(sink -> sink.wants(EventType.TOOL_PROGRESS));
  }

  /** Follows from the announcement of the call, which is durable; the call is made only then. */
  @Override
  public void progress(ProcessImage now, String key, Map<String, @Nullable Object> said) {
    for (OpenRun run : now.runs().values()) {
      EntryData.ToolCall call = run.openCall();
      if (call != null && call.key().equals(key)) {
        JournalEntry announced = null;
        for (JournalEntry step : run.steps()) {
          announced = call.equals(step.data()) ? step : announced;
        }
        if (announced != null) {
          progress(announced, EntryEvents.progress(call, said));
        }
      }
    }
  }

  private void progress(JournalEntry announced, Draft draft) {
    Instant time = ports.timers().now();
    // Made again by another JVM, the call is announced by the same entry.
    String which = time + " " + progresses.incrementAndGet();
    OperationalEvent event = event(announced, draft, ports.node(), which).at(time);
    sinks.forEach(sink -> sink.offer(event));
  }

  private final class Seen implements Sight {

    private final JournalEntry entry;
    private final @Nullable Instant day;
    private final List<Draft> drafts;

    Seen(JournalEntry entry, @Nullable Instant day, List<Draft> drafts) {
      this.entry = entry;
      this.day = day;
      this.drafts = drafts;
    }

    @Override
    public void applied(ProcessImage after, boolean hid) {
      if (hid) {
        drafts.add(EntryEvents.redacted(entry.data().kind()));
      }
      if (day != null && !day.equals(after.governance().budget().day())) {
        drafts.add(EntryEvents.reset(day));
      }
    }

    @Override
    public void durable() {
      for (int i = 0; i < drafts.size(); i++) {
        OperationalEvent event = event(entry, drafts.get(i), ports.node(), String.valueOf(i));
        sinks.forEach(sink -> sink.offer(event));
      }
    }
  }

  static OperationalEvent event(JournalEntry entry, Draft draft, NodeId node, String index) {
    String place = entry.process() + "/" + entry.sequence() + "/" + index;
    return new OperationalEvent(
        Hex.sha256(place).substring(0, ID_CHARS),
        draft.type(),
        draft.severity(),
        entry.time(),
        entry.process().name(),
        draft.invocation(),
        Json.of(draft.data()),
        Json.of(Map.of(
            "node", node.value(),
            "incarnation", entry.process().incarnation(),
            "sequence", entry.sequence())));
  }

  /** {@code {"sinks":[{"name","type","queued","delivered","dropped","failed","last_error"}]}}. */
  public Json status() {
    return Json.of(Map.of("sinks", sinks.stream().map(SinkQueue::status).toList()));
  }

  /** Takes nothing more; succeeds when the sinks have all, or their time is over. */
  public Future<Void> close() {
    List<Future<Void>> ends = sinks.stream()
        .map(sink -> sink.close(ports.timers(), config.shutdownTimeout()))
        .toList();
    WorkerExecutor own = workers;
    return Future.all(ends)
        .eventually(() -> own == null ? Future.succeededFuture() : own.close())
        .mapEmpty();
  }
}
