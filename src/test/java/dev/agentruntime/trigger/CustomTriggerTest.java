package dev.agentruntime.trigger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.bus.Subscriptions;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerBench;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What others' triggers may do to a process, and what they may not. */
final class CustomTriggerTest {

  private static final TriggerConfig.Custom CONFIG = new TriggerConfig.Custom(
      "bell", "test_bell", Json.parse("{\"tower\":\"north\"}"), TriggerConfig.Rules.NONE);
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ListSink sink = new ListSink();
  private @Nullable TriggerContext context;
  private @Nullable TriggerSink given;
  private boolean stopped;

  /** A type whose triggers start and stop as a test says. */
  private class Bell implements TriggerType {

    private final Function<TriggerSink, @Nullable Future<Void>> start;
    private final Future<Void> stop;

    Bell(Function<TriggerSink, @Nullable Future<Void>> start, Future<Void> stop) {
      this.start = start;
      this.stop = stop;
    }

    @Override
    public String name() {
      return "test_bell";
    }

    @Override
    public Trigger create(TriggerConfig.Custom config, TriggerContext with) {
      context = with;
      return new Trigger() {
        @Override
        public String id() {
          return "whatever";
        }

        @Override
        public String type() {
          return "whatever";
        }

        @Override
        @SuppressWarnings("NullAway") // others' code may answer null
        public Future<Void> start(TriggerSink sink) {
          given = sink;
          return start.apply(sink);
        }

        @Override
        public Future<Void> stop() {
          stopped = true;
          return stop;
        }
      };
    }
  }

  private final TriggerBench bench =
      new TriggerBench(new Bell(sink -> Future.succeededFuture(), Future.succeededFuture()));

  private TriggerContext context() {
    return Objects.requireNonNull(context);
  }

  private TriggerSink given() {
    return Objects.requireNonNull(given);
  }

  private static Failure failure(Future<?> failed) {
    assertTrue(failed.failed(), "it did not fail");
    return Failure.of(failed.cause());
  }

  @CanIgnoreReturnValue
  private Trigger started() {
    Trigger trigger = bench.trigger(CONFIG);
    Future<Void> start = trigger.start(sink);
    bench.pass(Duration.ZERO);
    assertTrue(start.succeeded());
    return trigger;
  }

  private Failure startOf(Function<TriggerSink, @Nullable Future<Void>> start) {
    TriggerBench of = new TriggerBench(new Bell(start, Future.succeededFuture()));
    Trigger trigger = of.trigger(CONFIG);
    Future<Void> started = trigger.start(sink);
    of.pass(CustomTrigger.START_MAX);
    Failure failure = failure(started);
    Future<Void> end = trigger.stop();
    of.pass(SECOND);
    assertTrue(end.succeeded());
    assertTrue(stopped, "what was made is stopped, also after a failed start");
    assertEquals(0, of.armed());
    return failure;
  }

  @Test
  void aStartThatFailsSaysWhoAndWhy() {
    String who = "trigger \"bell\" of type test_bell did not start: ";
    assertEquals(
        new Failure(ErrorCode.START_FAILED, who + "tower, expected=south"), startOf(sink -> {
          throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "tower, expected=south");
        }));
    assertEquals(
        who + "java.lang.NoClassDefFoundError: a/B",
        startOf(sink -> {
              throw new NoClassDefFoundError("a/B");
            })
            .message());
    assertEquals(
        who + "java.lang.IllegalStateException: cracked",
        startOf(sink -> Future.failedFuture(new IllegalStateException("cracked")))
            .message());
    assertEquals(who + "it answered null", startOf(sink -> null).message());
    assertEquals(
        who + "it took longer than 10 s",
        startOf(sink -> Promise.<Void>promise().future()).message());
  }

  @Test
  void aTypeThatCannotEvenMakeItsTriggerFailsTheStart() {
    TriggerBench of = new TriggerBench(new Bell(sink -> null, Future.succeededFuture()) {
      @Override
      public Trigger create(TriggerConfig.Custom config, TriggerContext with) {
        throw new IllegalArgumentException("no " + config.config());
      }
    });
    Trigger trigger = of.trigger(CONFIG);
    Future<Void> start = trigger.start(sink);
    of.pass(SECOND);
    assertTrue(failure(start).message().endsWith("no {\"tower\":\"north\"}"));
    Future<Void> end = trigger.stop();
    of.pass(SECOND);
    assertTrue(end.succeeded());
  }

  @Test
  void aStopThatFailsOrNeverEndsIsOverAndSaysSo() {
    for (Future<Void> stop :
        List.of(Future.<Void>failedFuture("rusty"), Promise.<Void>promise().future())) {
      TriggerBench of = new TriggerBench(new Bell(sink -> Future.succeededFuture(), stop));
      Trigger trigger = of.trigger(CONFIG);
      Future<Void> start = trigger.start(sink);
      of.pass(SECOND);
      assertTrue(start.succeeded());
      Future<Void> end = trigger.stop();
      of.pass(CustomTrigger.STOP_MAX);
      assertEquals(ErrorCode.STOP_FAILED, failure(end).code());
      assertEquals(0, of.armed());
    }
  }

  @Test
  void whatThrowsLaterIsLoggedAndTheTriggerGoesOn() {
    Trigger trigger = started();
    List<String> done = new ArrayList<>();
    Object unused = context().timers().every(SECOND, () -> {
      done.add("rung");
      throw new IllegalStateException("cracked");
    });
    context().thread().execute(() -> {
      throw new AssertionError("cracked");
    });
    bench.pass(SECOND.multipliedBy(3));
    assertEquals(List.of("rung", "rung", "rung"), done);
    Future<Void> end = trigger.stop();
    bench.pass(SECOND.multipliedBy(3));
    assertTrue(end.succeeded());
    assertEquals(3, done.size(), "what is armed at the stop is cancelled");
  }

  @Test
  void anEventSaysWhoseItIs() {
    started();
    TriggerEvent event = context().event(Json.of("dong"), "dong-1");
    assertEquals("bell", event.triggerId());
    assertEquals("test_bell", event.triggerType());
    assertEquals("bench", context().process().value());
    assertFalse(event.trusted());
    Future<?> offered = given().offer(event);
    bench.pass(Duration.ZERO);
    assertTrue(offered.succeeded());
    assertEquals(List.of(event), sink.events());
  }

  @Test
  void othersNamesAreRefused() {
    started();
    TriggerEvent event = context().event(Json.NULL, null);
    TriggerEvent foreign = new TriggerEvent(
        event.id(), "other", "test_bell", event.time(), Json.NULL, Json.EMPTY, null, true);
    assertEquals(ErrorCode.INVALID_REQUEST, failure(given().offer(foreign)).code());
    assertEquals(
        ErrorCode.INVALID_REQUEST,
        failure(given().saveCursor("other", Json.NULL)).code());
    Json large = Json.of("x".repeat(CustomTrigger.CURSOR_BYTES_MAX));
    assertEquals(
        ErrorCode.PAYLOAD_TOO_LARGE, failure(given().saveCursor("bell", large)).code());
    bench.pass(SECOND);
    assertEquals(0, sink.offers());
  }

  @Test
  void tooManyUnansweredOffersAreRefused() {
    started();
    sink.hold();
    List<Future<?>> offers = new ArrayList<>();
    for (int i = 0; i <= CustomTrigger.OFFERS_MAX; i++) {
      offers.add(given().offer(context().event(Json.of(i), "n" + i)));
    }
    bench.pass(SECOND);
    assertEquals(
        ErrorCode.OVERLOADED, failure(offers.get(CustomTrigger.OFFERS_MAX)).code());
    assertEquals(CustomTrigger.OFFERS_MAX, sink.offers());
    sink.letGo();
    bench.pass(SECOND);
    Future<?> next = given().offer(context().event(Json.NULL, null));
    bench.pass(SECOND);
    assertTrue(next.succeeded());
  }

  @Test
  void anOfferAfterTheStopIsRefused() {
    Trigger trigger = started();
    Future<Void> end = trigger.stop();
    bench.pass(SECOND);
    assertTrue(end.succeeded());
    Future<?> late = given().offer(context().event(Json.NULL, null));
    bench.pass(SECOND);
    assertEquals(ErrorCode.DRAINING, failure(late).code());
    assertEquals(0, sink.offers());
  }

  @Test
  void secretsAreGivenByReferenceOnly() {
    started();
    bench.secret("env:TOKEN", "s3cret");
    assertEquals("s3cret", context().secret("env:TOKEN"));
    for (String wrong : List.of("s3cret", "env:", ":x", "vault:x")) {
      RuntimeFault refused = assertThrows(RuntimeFault.class, () -> context().secret(wrong));
      assertFalse(
          refused.failure().message().contains("s3cret"), "what was given may be the secret");
    }
  }

  @Test
  void aTriggerThatBlocksHoldsUpItselfOnly() throws Exception {
    ManualTimers timers = new ManualTimers(Instant.parse("2026-03-01T09:00:00Z"));
    ConcurrentLinkedQueue<Runnable> process = new ConcurrentLinkedQueue<>();
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TriggerTypes types = new TriggerTypes();
    types.register(
        new Bell(
            sink -> {
              blocked.countDown();
              try {
                assertTrue(release.await(30, TimeUnit.SECONDS));
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return Future.succeededFuture();
            },
            Future.succeededFuture()),
        false);
    Trigger trigger = Triggers.create(
        CONFIG,
        new TriggerDeps(
            new ProcessName("agent"),
            process::add,
            timers,
            Ids.seeded(timers, new Random(1)),
            String::valueOf,
            null,
            new Subscriptions(),
            types));
    Future<Void> start = trigger.start(sink);
    assertTrue(blocked.await(30, TimeUnit.SECONDS), "it works on a thread of its own");
    timers.advance(CustomTrigger.START_MAX);
    assertEquals(ErrorCode.START_FAILED, failure(start).code());
    Future<Void> end = trigger.stop();
    timers.advance(CustomTrigger.STOP_MAX);
    assertEquals(ErrorCode.STOP_FAILED, failure(end).code());
    release.countDown();
  }
}
