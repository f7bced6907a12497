package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.history.Settlements;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerSink.End;
import dev.agentruntime.trigger.TriggerSink.Settled;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SettledEventsTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HandProcess process = HandProcess.running();

  private TriggerEvent offered() {
    TriggerEvent event = process.event("x", null);
    Future<Accepted> accepted = process.kernel().offer(event);
    assertFalse(accepted.failed());
    return event;
  }

  private Future<Settled> settled(TriggerEvent event) {
    return process.kernel().settled(event.id(), LIMIT);
  }

  @Test
  void tellsTheReplyWhenItsEntryIsDurable() {
    TriggerEvent event = offered();
    Future<Settled> one = settled(event);
    process.flush();
    Future<Settled> two = settled(event);
    assertFalse(one.isComplete());
    process.asked.get(0);
    process.wantUnsynced("none");
    assertFalse(one.isComplete());
    process.flush();
    process.say("done");
    assertEquals(End.COMPLETED, one.result().end());
    assertEquals("done", one.result().text());
    assertEquals(one.result(), two.result());
    assertEquals(process.image().heads().getFirst().id().value(), one.result().invocation());
    assertEquals(one.result(), settled(event).result(), "an end that was waited for is kept");
  }

  @Test
  void doesNotTellBeforeTheSync() {
    process.insideJvm = true;
    process.echo = true;
    TriggerEvent event = offered();
    Future<Settled> end = settled(event);
    assertFalse(end.isComplete());
    process.flush();
    assertEquals(End.COMPLETED, end.result().end());
  }

  @Test
  void tellsWhyARunFailed() {
    TriggerEvent event = offered();
    Future<Settled> end = settled(event);
    process.flush();
    process.breakModel();
    assertEquals(End.FAILED, end.result().end());
    assertEquals(
        ErrorCode.MODEL_UNAVAILABLE,
        Objects.requireNonNull(end.result().failure()).code());
    assertNull(end.result().text());
  }

  @Test
  void givesUpAtTheLimitAndKnowsTheEndLater() {
    TriggerEvent event = offered();
    Future<Settled> end = settled(event);
    process.flush();
    process.pass(LIMIT);
    assertEquals(Settled.UNKNOWN, end.result());
    process.say("late");
    Settled later = settled(event).result();
    assertEquals(End.COMPLETED, later.end());
    assertNull(later.text(), "nobody waited, so the text stands in the journal only");
  }

  @Test
  void doesNotWaitForWhatItDoesNotKnow() {
    assertEquals(Settled.UNKNOWN, process.kernel().settled("never", LIMIT).result());
  }

  @Test
  void tellsWhatEndsWithoutARun() {
    Future<Void> suspended = process.kernel().suspend("test");
    process.flush();
    assertTrue(suspended.succeeded());
    TriggerEvent event = offered();
    Future<Settled> end = settled(event);
    process.flush();
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    assertTrue(stopped.succeeded());
    Future<List<TriggerEvent>> cancelled = process.kernel().cancelAll("removed");
    process.flush();
    assertTrue(cancelled.succeeded());
    assertEquals(End.NOT_RUN, end.result().end());
    assertEquals(
        "the event ended without a run: cancelled, removed",
        Objects.requireNonNull(end.result().failure()).message());
  }

  @Test
  void endsTheWaitWhenTheNodeStops() {
    TriggerEvent event = offered();
    Future<Settled> end = settled(event);
    Future<Void> down = process.kernel().shutDown(Duration.ZERO);
    assertNotNull(down);
    assertEquals(Settled.UNKNOWN, end.result());
    assertEquals(Settled.UNKNOWN, settled(event).result());
  }

  @Test
  void letsOnlySoManyWait() {
    TriggerEvent event = offered();
    List<Future<Settled>> all = new ArrayList<>();
    for (int i = 0; i < Settlements.WAITING_MAX; i++) {
      all.add(settled(event));
    }
    assertFalse(all.get(all.size() - 1).isComplete());
    assertEquals(Settled.UNKNOWN, settled(event).result());
    process.flush();
    process.say("done");
    assertTrue(all.stream().allMatch(end -> end.result().end() == End.COMPLETED));
    TriggerEvent next = offered();
    assertFalse(settled(next).isComplete(), "their places are free again");
  }
}
