package dev.agentruntime.observe;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.Failure;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one sink. Whoever has an event leaves it here and goes on; when too many wait it
 * is dropped, and counted. Offered on every thread; the rest is owned by one context.
 */
final class SinkQueue {

  private static final System.Logger LOG = System.getLogger(SinkQueue.class.getName());

  private final Sink sink;
  private final Wants wants;
  private final int max;
  private final Executor context;
  private final SensitiveText cleaner;
  private final Deque<OperationalEvent> queue = new ArrayDeque<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicReference<@Nullable String> lastError = new AtomicReference<>();
  private boolean busy;
  private boolean closed;
  private @Nullable Promise<Void> drained;

  /** What a sink is told. */
  record Wants(String name, List<Glob> events, Severity severity) {
    static Wants of(String name, List<String> events, Severity severity) {
      return new Wants(name, events.stream().map(Glob::of).toList(), severity);
    }

    boolean wants(EventType type, Severity weight) {
      return weight.compareTo(severity) >= 0
          && (events.isEmpty() || events.stream().anyMatch(glob -> glob.matches(type.word())));
    }
  }

  SinkQueue(Sink sink, Wants wants, int max, Executor context, SensitiveText cleaner) {
    this.sink = sink;
    this.wants = wants;
    this.max = max;
    this.context = context;
    this.cleaner = cleaner;
  }

  /** Whether its sink would be told such an event. */
  boolean wants(EventType type) {
    return wants.wants(type, type.severity());
  }

  /** Leaves an event here, or drops it. Never waits. */
  void offer(OperationalEvent event) {
    if (!wants.wants(event.type(), event.severity())) {
      return;
    }
    if (waiting.incrementAndGet() > max) {
      waiting.decrementAndGet();
      if (dropped.getAndIncrement() == 0) {
        LOG.log(
            System.Logger.Level.WARNING,
            "sink " + wants.name() + " is full: events for it are dropped, and counted");
      }
      return;
    }
    context.execute(() -> {
      if (closed) {
        waiting.decrementAndGet();
        dropped.incrementAndGet();
      } else {
        queue.add(event);
        pump();
      }
    });
  }

  private void pump() {
    if (busy) {
      return;
    }
    OperationalEvent next = queue.poll();
    if (next == null) {
      if (drained != null) {
        drained.tryComplete();
      }
      return;
    }
    busy = true;
    take(next)
        .onComplete(ended -> context.execute(() -> {
          busy = false;
          waiting.decrementAndGet();
          if (ended.succeeded()) {
            delivered.incrementAndGet();
          } else {
            // First why, then that: who sees the count finds the reason.
            lastError.set(cleaner.clean(Failure.of(ended.cause()).message()));
            failed.incrementAndGet();
          }
          pump();
        }));
  }

  /** A sink that throws instead of failing its future has failed. */
  private Future<Void> take(OperationalEvent event) {
    try {
      return sink.take(event.with(cleaner.clean(event.data())));
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** Takes nothing more; succeeds when all was taken or the time is over. On any thread. */
  Future<Void> close(Timers timers, Duration limit) {
    Promise<Void> end = Promise.promise();
    context.execute(() -> {
      drained = end;
      if (!busy && queue.isEmpty()) {
        end.tryComplete();
      }
      Timers.Armed armed = timers.after(limit, end::tryComplete);
      end.future().onComplete(done -> {
        armed.cancel();
        closed = true;
        dropped.addAndGet(queue.size());
        waiting.addAndGet(-queue.size());
        queue.clear();
      });
    });
    return end.future();
  }

  /** {@code {"name","type","queued","delivered","dropped","failed","last_error"}}. */
  Map<String, @Nullable Object> status() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("name", wants.name());
    all.put("type", sink.kind());
    all.put("queued", waiting.get());
    all.put("delivered", delivered.get());
    all.put("dropped", dropped.get());
    all.put("failed", failed.get());
    all.put("last_error", lastError.get());
    return all;
  }
}
