package dev.agentruntime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.EventType;
import dev.agentruntime.config.Severity;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What waits for a sink that is slow, dead or full. */
class SinkQueueTest {

  private static final Instant NOW = Instant.parse("2026-03-02T08:00:00Z");

  private final ManualTimers timers = new ManualTimers(NOW);
  private final List<String> taken = new ArrayList<>();
  private final List<Promise<Void>> open = new ArrayList<>();

  private SinkQueue queue(int max, String glob, Severity severity) {
    Sink sink = new Sink() {
      @Override
      public String kind() {
        return "test";
      }

      @Override
      public Future<Void> take(OperationalEvent event) {
        taken.add(event.id());
        Promise<Void> promise = Promise.promise();
        open.add(promise);
        return promise.future();
      }
    };
    return new SinkQueue(
        sink,
        SinkQueue.Wants.of("ops", glob.isEmpty() ? List.of() : List.of(glob), severity),
        max,
        Runnable::run,
        new SensitiveText(text -> text));
  }

  private static OperationalEvent event(String id, EventType type) {
    return new OperationalEvent(
        id, type, type.severity(), NOW, new ProcessName("p"), null, Json.EMPTY, Json.EMPTY);
  }

  private static void offer(SinkQueue queue, String id) {
    queue.offer(event(id, EventType.PROCESS_STARTED));
  }

  @Test
  void oneAtATimeInOrderAndTheRestIsDroppedAndCounted() {
    SinkQueue queue = queue(3, "", Severity.INFO);
    for (int i = 1; i <= 5; i++) {
      offer(queue, "e" + i);
    }
    assertEquals(List.of("e1"), taken);
    assertEquals(2L, queue.status().get("dropped"));
    assertEquals(3, queue.status().get("queued"));
    open.get(0).complete();
    open.get(1).fail(new RuntimeFault(ErrorCode.UNREACHABLE, "bob@example.com is away"));
    open.get(2).complete();
    assertEquals(List.of("e1", "e2", "e3"), taken);
    Map<String, ?> status = queue.status();
    assertEquals(2L, status.get("delivered"));
    assertEquals(1L, status.get("failed"));
    assertEquals("[redacted:email] is away", status.get("last_error"));
    assertEquals(0, status.get("queued"));
    offer(queue, "e6");
    assertEquals("e6", taken.get(3));
  }

  @Test
  void onlyWhatIsWanted() {
    SinkQueue globs = queue(10, "budget.*", Severity.INFO);
    globs.offer(event("no", EventType.PROCESS_FAILED));
    globs.offer(event("yes", EventType.BUDGET_WARNING));
    assertEquals(List.of("yes"), taken);
    taken.clear();
    SinkQueue severe = queue(10, "", Severity.ERROR);
    severe.offer(event("warning", EventType.BUDGET_WARNING));
    severe.offer(event("error", EventType.BUDGET_EXCEEDED));
    assertEquals(List.of("error"), taken);
  }

  @Test
  void closingWaitsForTheSinkAndNotForever() {
    SinkQueue queue = queue(10, "", Severity.INFO);
    offer(queue, "e1");
    offer(queue, "e2");
    Future<Void> closed = queue.close(timers, Duration.ofSeconds(10));
    assertFalse(closed.isComplete());
    open.get(0).complete();
    assertFalse(closed.isComplete());
    open.get(1).complete();
    assertTrue(closed.succeeded());
    offer(queue, "late");
    assertEquals(List.of("e1", "e2"), taken);

    SinkQueue dead = queue(10, "", Severity.INFO);
    offer(dead, "d1");
    offer(dead, "d2");
    Future<Void> given = dead.close(timers, Duration.ofSeconds(10));
    timers.advance(Duration.ofSeconds(11));
    assertTrue(given.succeeded());
    assertEquals(1L, dead.status().get("dropped"));
  }
}
