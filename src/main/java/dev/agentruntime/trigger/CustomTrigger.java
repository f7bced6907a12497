package dev.agentruntime.trigger;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a process and a trigger of a registered type: others' code runs on its {@link
 * OwnThread}, so that it may throw or block without holding up the process, and reaches the process
 * through a sink that checks what it says. Owned by: the process's context, but for {@link #made},
 * which belongs to the own thread.
 */
final class CustomTrigger implements Trigger {

  static final Duration START_MAX = Duration.ofSeconds(10);
  static final Duration STOP_MAX = Duration.ofSeconds(3);
  static final int OFFERS_MAX = 1_000;
  static final int CURSOR_BYTES_MAX = 64 << 10;

  private static final System.Logger LOG = System.getLogger(CustomTrigger.class.getName());

  private final TriggerConfig.Custom config;
  private final TriggerType type;
  private final TriggerDeps deps;
  private final OwnThread own;
  private final OwnThread.OwnTimers timers;
  private @Nullable Guarded port;
  private @Nullable Trigger made;

  CustomTrigger(TriggerConfig.Custom config, TriggerType type, TriggerDeps deps, OwnThread own) {
    this.config = config;
    this.type = type;
    this.deps = deps;
    this.own = own;
    this.timers = own.timers(deps.timers());
  }

  @Override
  public String id() {
    return config.id();
  }

  @Override
  public String type() {
    return config.type();
  }

  @Override
  public Future<Void> start(TriggerSink sink) {
    Guarded open = new Guarded(sink);
    port = open;
    return step(START_MAX, () -> {
          Trigger trigger = type.create(config, new Given());
          made = trigger;
          return trigger.start(open);
        })
        .recover(cause -> Future.failedFuture(
            new RuntimeFault(ErrorCode.START_FAILED, named() + " did not start: " + why(cause))));
  }

  @Override
  public Future<Void> stop() {
    Promise<Void> stopped = Promise.promise();
    step(STOP_MAX, () -> made == null ? Future.succeededFuture() : made.stop())
        .onComplete(ended -> {
          if (port != null) {
            port.closed.set(true);
          }
          timers.close();
          if (ended.failed()) {
            stopped.fail(new RuntimeFault(
                ErrorCode.STOP_FAILED, named() + " did not stop cleanly: " + why(ended.cause())));
          } else {
            stopped.complete();
          }
        });
    return stopped.future();
  }

  private String named() {
    return "trigger " + Json.quote(id()) + " of type " + type();
  }

  private static String why(@Nullable Throwable cause) {
    if (cause == null) {
      return "unknown";
    }
    // What has no stack trace was meant as an answer: its message says it all.
    boolean answer = cause instanceof RuntimeFault || cause.getStackTrace().length == 0;
    return answer ? String.valueOf(cause.getMessage()) : cause.toString();
  }

  /** Runs a step of the trigger's on its own thread; completes on the process's context. */
  private Future<Void> step(Duration limit, Supplier<@Nullable Future<Void>> step) {
    Promise<Void> ended = Promise.promise();
    Timers.Armed patience = deps.timers()
        .after(
            limit,
            () -> ended.tryFail(new RuntimeFault(
                ErrorCode.START_FAILED, "it took longer than " + limit.toSeconds() + " s")));
    own.execute(() -> taken(step)
        .onComplete(done -> deps.context().execute(() -> {
          patience.cancel();
          if (done.succeeded()) {
            ended.tryComplete();
          } else {
            ended.tryFail(done.cause());
          }
        })));
    return ended.future();
  }

  private static Future<Void> taken(Supplier<@Nullable Future<Void>> step) {
    try {
      Future<Void> done = step.get();
      return done == null
          ? Future.failedFuture(new RuntimeFault(ErrorCode.INTERNAL, "it answered null"))
          : done;
    } catch (Exception | LinkageError | AssertionError e) {
      return Future.failedFuture(e);
    }
  }

  /** What the trigger may use. */
  private final class Given implements TriggerContext {

    @Override
    public ProcessName process() {
      return deps.process();
    }

    @Override
    public Timers timers() {
      return timers;
    }

    @Override
    public Ids ids() {
      return deps.ids();
    }

    @Override
    public Executor thread() {
      return own;
    }

    @Override
    public String secret(String reference) {
      int colon = reference.indexOf(':');
      String value = reference.substring(colon + 1);
      SecretRef found = switch (colon < 1 || value.isEmpty() ? "" : reference.substring(0, colon)) {
        case "env" -> new SecretRef(SecretRef.Kind.ENV, value);
        case "file" -> new SecretRef(SecretRef.Kind.FILE, value);
        default ->
          // What was given may be the secret itself, so it is not repeated.
          throw new RuntimeFault(
              ErrorCode.INVALID_CONFIG,
              named() + ": a secret is given as env:VARIABLE or file:PATH");
      };
      return deps.secrets().apply(found);
    }

    @Override
    public TriggerEvent event(Json payload, @Nullable String dedupKey) {
      return new TriggerEvent(
          deps.ids().next(),
          id(),
          type(),
          deps.timers().now(),
          payload,
          Json.EMPTY,
          dedupKey,
          false);
    }
  }

  /** The sink as the trigger sees it. Safe on every thread. */
  private final class Guarded implements TriggerSink {

    private final TriggerSink sink;
    private final AtomicReference<@Nullable Json> cursor;
    private final AtomicInteger offers = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    Guarded(TriggerSink sink) {
      this.sink = sink;
      this.cursor = new AtomicReference<>(sink.cursor(id()));
    }

    @Override
    public Future<Accepted> offer(TriggerEvent event) {
      if (!event.triggerId().equals(id()) || !event.triggerType().equals(type())) {
        return foreign("an event", event.triggerId() + " of type " + event.triggerType());
      }
      if (offers.incrementAndGet() > OFFERS_MAX) {
        offers.decrementAndGet();
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.OVERLOADED,
            named() + ": offers without an answer, expected=at most " + OFFERS_MAX));
      }
      return onProcess(() -> sink.offer(event)).andThen(done -> offers.decrementAndGet());
    }

    @Override
    public @Nullable Json cursor(String triggerId) {
      return triggerId.equals(id()) ? cursor.get() : null;
    }

    @Override
    public Future<Void> saveCursor(String triggerId, Json saved) {
      if (!triggerId.equals(id())) {
        return foreign("a cursor", triggerId);
      }
      if (saved.length() > CURSOR_BYTES_MAX) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.PAYLOAD_TOO_LARGE,
            named() + ": cursor, expected=at most " + CURSOR_BYTES_MAX + " bytes, actual="
                + saved.length()));
      }
      cursor.set(saved);
      return onProcess(() -> sink.saveCursor(triggerId, saved));
    }

    private <T> Future<T> foreign(String what, String actual) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.INVALID_REQUEST, named() + " gave " + what + " of trigger " + actual));
    }

    private <T> Future<T> onProcess(Supplier<Future<T>> call) {
      Promise<T> answer = Promise.promise();
      deps.context()
          .execute(() -> asked(call)
              .onComplete(done -> own.execute(() -> {
                if (done.succeeded()) {
                  answer.complete(done.result());
                } else {
                  answer.fail(done.cause());
                }
              })));
      return answer.future();
    }

    private <T> Future<T> asked(Supplier<Future<T>> call) {
      if (closed.get()) {
        return Future.failedFuture(new RuntimeFault(ErrorCode.DRAINING, named() + " was stopped"));
      }
      try {
        return call.get();
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, named() + " was not heard", e);
        return Future.failedFuture(new RuntimeFault(Failure.of(e)));
      }
    }
  }
}
