package dev.agentruntime.hook;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One hook, its own workers, and how it did. Safe on every thread. */
final class RegisteredHook {

  private final String id;
  private final HookEvent event;
  private final HookOptions options;
  private final String kind;
  private final Hook hook;
  private final Glob process;
  private final Timers timers;
  private final HookWorkers workers;
  private final HookSwitch power;
  private final Set<Promise<Map<String, @Nullable Object>>> open = ConcurrentHashMap.newKeySet();
  private final Set<Future<?>> running = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean taken = new AtomicBoolean();
  private final AtomicInteger overdue = new AtomicInteger();
  private final AtomicLong called = new AtomicLong();
  private final AtomicLong blocked = new AtomicLong();
  private final AtomicLong broken = new AtomicLong();
  private final AtomicReference<@Nullable String> lastError = new AtomicReference<>();

  /** Who it is. */
  record Identity(String id, HookEvent event, String kind, HookOptions options) {}

  RegisteredHook(
      Identity identity, Hook hook, Timers timers, HookWorkers workers, HookSwitch power) {
    this.power = power;
    this.id = identity.id();
    this.event = identity.event();
    this.kind = identity.kind();
    this.options = identity.options();
    this.hook = hook;
    this.process = Glob.of(options.process());
    this.timers = timers;
    this.workers = workers;
  }

  String id() {
    return id;
  }

  HookOptions options() {
    return options;
  }

  boolean hears(HookEvent what, ProcessName who) {
    return event == what && !taken.get() && process.matches(who.value());
  }

  /** Whether it may be called now: of those that are called once, once. */
  boolean take() {
    return !options.once() || taken.compareAndSet(false, true);
  }

  /** It was taken for nothing. */
  void giveBack() {
    taken.set(false);
  }

  /**
   * Calls it on a worker.
   *
   * @param turn of the switch when its chain began
   * @return the data as it left it; fails with {@link HookBlocked}, when it is broken, or with
   *     KILLED when all work of the node is ended
   */
  Future<Map<String, @Nullable Object>> call(HookCall call, long turn) {
    if (overdue.get() > 0) {
      return counted(
          turn,
          Future.failedFuture(new RuntimeFault(
              ErrorCode.TOOL_TIMEOUT, "it has not come back from an earlier call")));
    }
    called.incrementAndGet();
    Promise<Map<String, @Nullable Object>> answer = Promise.promise();
    open.add(answer);
    Timers.Armed limit = timers.after(options.timeout(), () -> {
      overdue.incrementAndGet();
      if (!answer.tryFail(new RuntimeFault(
          ErrorCode.TOOL_TIMEOUT, "no answer within " + options.timeout().toMillis() + " ms"))) {
        overdue.decrementAndGet();
      }
    });
    Future<Map<String, @Nullable Object>> run = run(call, turn);
    running.add(run);
    run.onComplete(done -> {
      running.remove(run);
      limit.cancel();
      boolean inTime =
          done.succeeded() ? answer.tryComplete(done.result()) : answer.tryFail(done.cause());
      if (!inTime && Failure.of(answer.future().cause()).code() == ErrorCode.TOOL_TIMEOUT) {
        overdue.decrementAndGet();
      }
    });
    if (!power.isOn(turn)) {
      boolean unused = answer.tryFail(HookSwitch.ended());
    }
    return counted(turn, answer.future()).onComplete(done -> open.remove(answer));
  }

  private Future<Map<String, @Nullable Object>> run(HookCall call, long turn) {
    try {
      return workers.run(() -> {
        if (!power.isOn(turn)) {
          throw HookSwitch.ended();
        }
        Map<String, @Nullable Object> own = copy(call.data());
        hook.call(new HookCall(event, call.process(), call.time(), own, call.metadata()));
        return own;
      });
    } catch (RuntimeException removed) {
      // It takes no more, for it was removed after the chain had begun.
      return Future.failedFuture(removed);
    }
  }

  /** The switch is off: nobody waits any more. Completes when no program of it runs. */
  Future<Void> halt() {
    open.forEach(answer -> {
      boolean unused = answer.tryFail(HookSwitch.ended());
    });
    return hook instanceof ShellHook
        ? Future.join(List.copyOf(running)).transform(done -> Future.succeededFuture())
        : Future.succeededFuture();
  }

  /** A copy all the way down, as a hook that is late may still write into it. */
  private static Map<String, @Nullable Object> copy(Map<String, @Nullable Object> data) {
    return new LinkedHashMap<>(Json.of(data).object());
  }

  /** It is no fault of the hook when it fails because all work was ended. */
  private Future<Map<String, @Nullable Object>> counted(
      long turn, Future<Map<String, @Nullable Object>> answer) {
    return answer.onFailure(cause -> {
      if (cause instanceof HookBlocked) {
        blocked.incrementAndGet();
      } else if (power.isOn(turn)) {
        broken.incrementAndGet();
        lastError.set(why(cause));
      }
    });
  }

  static String why(Throwable cause) {
    return Failure.of(cause).message();
  }

  /** {@code {"id","event","type","process","priority","once","tag","called",...}}. */
  Map<String, @Nullable Object> status() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("id", id);
    all.put("event", event.word());
    all.put("type", kind);
    all.put("process", options.process());
    all.put("priority", options.priority());
    all.put("once", options.once());
    all.put("tag", options.tag());
    all.put("called", called.get());
    all.put("blocked", blocked.get());
    all.put("broken", broken.get());
    all.put("last_error", lastError.get());
    return all;
  }

  Future<Void> close() {
    return workers.close();
  }
}
