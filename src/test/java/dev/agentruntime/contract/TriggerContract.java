package dev.agentruntime.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.trigger.ListSink;
import dev.agentruntime.trigger.Trigger;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@link Trigger} asks of every implementation. A subclass says with a {@link Source} how the
 * world behind its triggers behaves; its firings are counted from 1.
 *
 * <p>Each test has one process's side, {@link #sink}, which outlives the triggers that are started
 * with it as a journal outlives restarts.
 */
public abstract class TriggerContract {

  /** How often a source is let go on before a test gives up on it. */
  private static final int PASSES_MAX = 1_000;

  /** How often it is let go on to see that nothing more comes. */
  private static final int PASSES_QUIET = 20;

  /** The process's side of all triggers of a test. */
  protected final ListSink sink = new ListSink();

  @SuppressWarnings("NullAway.Init") // made before each test
  private Source source;

  @BeforeEach
  final void begin() {
    source = source();
  }

  /** A new source, at which nothing has happened yet. */
  protected abstract Source source();

  /** The world behind a trigger. */
  public interface Source {

    /** A trigger as each start of the process makes it: the same declaration every time. */
    Trigger trigger();

    /** Lets something happen that the trigger is to fire for, also when nobody listens. */
    void fire(int firing);

    /** Which firing an event stands for. */
    int firing(TriggerEvent event);

    /**
     * Whether the source holds a firing for taken: it was answered so, or will not be said again
     * after a restart.
     */
    boolean isAcknowledged(int firing);

    /** Whether it was told that a firing is not taken, or counts it as missed. */
    boolean isRefused(int firing);

    /** Lets what waits happen, and a second go by where time is wound by hand. */
    void pass();

    /** How many things its triggers hold: timers, paths, watches, connections. */
    int held();

    /** Makes every start fail from now on; false when no start can. */
    default boolean breakStart() {
      return false;
    }

    /** Lets starts succeed again. */
    default void mendStart() {}

    /** Says a firing once more, as one who heard no answer; false when it never does. */
    default boolean fireAgain(int firing) {
      return false;
    }

    /** Lets go of what the source itself holds. */
    default void close() {}
  }

  @AfterEach
  void end() {
    source.close();
  }

  private Trigger started() {
    Trigger trigger = source.trigger();
    succeeded(trigger.start(sink));
    return trigger;
  }

  private void succeeded(Future<Void> step) {
    until("it never ended", step::isComplete);
    assertTrue(step.succeeded(), () -> String.valueOf(step.cause()));
  }

  private void until(String otherwise, BooleanSupplier condition) {
    for (int i = 0; i < PASSES_MAX && !condition.getAsBoolean(); i++) {
      source.pass();
    }
    assertTrue(condition.getAsBoolean(), otherwise);
  }

  private void quiet() {
    for (int i = 0; i < PASSES_QUIET; i++) {
      source.pass();
    }
  }

  private List<Integer> firings() {
    return sink.events().stream().map(source::firing).toList();
  }

  private boolean isAccepted(int firing) {
    return firings().contains(firing);
  }

  @Test
  protected void keepsItsIdOverRestarts() {
    Trigger first = started();
    source.fire(1);
    until("firing 1 was not offered", () -> isAccepted(1));
    succeeded(first.stop());
    Trigger second = started();
    source.fire(2);
    until("firing 2 was not offered", () -> isAccepted(2));
    succeeded(second.stop());

    assertFalse(first.id().isBlank());
    assertEquals(first.id(), second.id());
    assertEquals(first.type(), second.type());
    for (TriggerEvent event : sink.events()) {
      assertEquals(first.id(), event.triggerId());
      assertEquals(first.type(), event.triggerType());
    }
    assertEquals(
        sink.events().size(),
        sink.events().stream().map(TriggerEvent::id).distinct().count());
  }

  @Test
  protected void acknowledgesOnlyWhatTheSinkTook() {
    Trigger trigger = started();
    sink.hold();
    source.fire(1);
    until("it was not offered", () -> sink.offers() > 0);
    for (int i = 0; i < PASSES_QUIET; i++) {
      source.pass();
      assertFalse(source.isAcknowledged(1), "acknowledged before the sink's future succeeded");
    }
    sink.letGo();
    until("never acknowledged", () -> source.isAcknowledged(1));
    assertEquals(List.of(1), firings());
    succeeded(trigger.stop());
  }

  @Test
  protected void offersNothingBeforeItsStart() {
    Trigger trigger = source.trigger();
    source.fire(1);
    quiet();
    assertEquals(0, sink.offers());
    assertFalse(source.isAcknowledged(1));
    assertEquals(0, source.held(), "held before the start of " + trigger.id());
  }

  @Test
  protected void offersNothingAfterItsStop() {
    Trigger trigger = started();
    source.fire(1);
    until("firing 1 was not acknowledged", () -> source.isAcknowledged(1));
    succeeded(trigger.stop());
    int offers = sink.offers();
    source.fire(2);
    quiet();
    assertEquals(offers, sink.offers());
    assertFalse(source.isAcknowledged(2));
  }

  @Test
  protected void releasesEverythingInItsStop() {
    Trigger trigger = started();
    assertTrue(source.held() > 0, "a trigger that listens holds something");
    succeeded(trigger.stop());
    assertEquals(0, source.held());
  }

  @Test
  protected void releasesEverythingWhileAnOfferWaitsOrWasRefused() {
    Trigger trigger = started();
    sink.refuse(ErrorCode.INBOX_FULL, ErrorCode.INBOX_FULL, ErrorCode.INBOX_FULL);
    source.fire(1);
    until("firing 1 was not offered", () -> sink.offers() > 0);
    succeeded(trigger.stop());
    assertEquals(0, source.held());
    int offers = sink.offers();
    quiet();
    assertEquals(offers, sink.offers());
  }

  @Test
  protected void releasesEverythingAfterAFailedStart() {
    assumeTrue(source.breakStart(), "no start of it fails");
    Trigger failing = source.trigger();
    Future<Void> start = failing.start(sink);
    until("the start never ended", start::isComplete);
    assertTrue(start.failed(), "the start did not fail");
    succeeded(failing.stop());
    assertEquals(0, source.held());
    assertEquals(0, sink.offers());

    source.mendStart();
    Trigger next = started();
    source.fire(1);
    until("it does not work after another one's failed start", () -> isAccepted(1));
    succeeded(next.stop());
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"INBOX_FULL", "OVERLOADED", "JOURNAL_CLOSED", "DRAINING", "PROCESS_STOPPED"})
  protected void aRefusedOfferIsTriedAgainOrReported(ErrorCode code) {
    Trigger trigger = started();
    sink.refuse(code);
    source.fire(1);
    until("lost silently", () -> isAccepted(1) || source.isRefused(1));
    assertTrue(isAccepted(1) || !source.isAcknowledged(1), "refused, and yet acknowledged");
    source.fire(2);
    until("one refusal has silenced it", () -> isAccepted(2));
    succeeded(trigger.stop());
  }

  @Test
  protected void aRestartRepeatsNothing() {
    Trigger first = started();
    source.fire(1);
    until("firing 1 was not acknowledged", () -> source.isAcknowledged(1));
    source.fire(2);
    until("firing 2 was not acknowledged", () -> source.isAcknowledged(2));
    succeeded(first.stop());
    int offers = sink.offers();

    Trigger second = started();
    quiet();
    assertEquals(offers, sink.offers(), "offered again after a restart");
    source.fire(3);
    until("firing 3 was not acknowledged", () -> source.isAcknowledged(3));
    assertEquals(List.of(1, 2, 3), firings());
    succeeded(second.stop());
  }

  @Test
  protected void anAcceptedFiringOfWhichNobodyToldItIsStillOne() {
    Trigger first = started();
    sink.hold();
    source.fire(1);
    until("firing 1 was not offered", () -> sink.offers() > 0);
    Future<Void> stopped = first.stop();
    sink.forget();
    succeeded(stopped);

    Trigger second = started();
    boolean again = source.fireAgain(1);
    source.fire(2);
    until("firing 2 was not acknowledged", () -> source.isAcknowledged(2));
    assertEquals(List.of(1, 2), firings(), again ? "said twice" : "");
    succeeded(second.stop());
  }

  @Test
  protected void aFiringThatIsSaidTwiceIsOne() {
    Trigger trigger = started();
    source.fire(1);
    until("firing 1 was not acknowledged", () -> source.isAcknowledged(1));
    assumeTrue(source.fireAgain(1), "its source says nothing twice");
    source.fire(2);
    until("firing 2 was not acknowledged", () -> source.isAcknowledged(2));
    assertEquals(List.of(1, 2), firings());
    succeeded(trigger.stop());
  }
}
