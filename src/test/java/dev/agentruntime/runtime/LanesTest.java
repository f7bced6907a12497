package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LanesTest {

  private final ManualTimers timers = new ManualTimers(Instant.EPOCH);
  private final Lanes lanes = new Lanes(timers);
  private final List<String> begun = new ArrayList<>();

  private Future<Void> run(String lane, String step, Future<Void> ends) {
    return lanes.run(lane, () -> {
      begun.add(step);
      return ends;
    });
  }

  @Test
  void stepsOfOneLaneFollowEachOtherAndOnlyTheNewestThatWaitsIsRun() {
    Promise<Void> first = Promise.promise();
    Future<Void> one = run("a", "one", first.future());
    Future<Void> two = run("a", "two", Future.succeededFuture());
    Future<Void> three = run("a", "three", Future.failedFuture("refused"));
    Future<Void> other = run("b", "other", Future.succeededFuture());
    assertEquals(List.of("one", "other"), begun);
    assertTrue(two.succeeded(), "its turn went to a newer one");
    assertTrue(other.succeeded());
    assertFalse(one.isComplete() || three.isComplete());
    first.complete();
    assertEquals(List.of("one", "other", "three"), begun);
    assertTrue(one.succeeded() && three.succeeded());
  }

  @Test
  void stepsThatTakeLongGiveTheirPlacesToOthers() {
    for (int i = 0; i < 40; i++) {
      Future<Void> unused = run("slow" + i, "slow", Promise.<Void>promise().future());
    }
    Future<Void> quick = run("quick", "quick", Future.succeededFuture());
    assertEquals(32, begun.size());
    timers.advance(Duration.ofMillis(100));
    assertTrue(quick.succeeded());
    assertEquals(41, begun.size());
  }

  @Test
  void manyQuickStepsNeedNoDeepStack() {
    Promise<Void> gate = Promise.promise();
    List<Future<Void>> all = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      all.add(run("held" + i, "held", gate.future()));
    }
    for (int i = 0; i < 100_000; i++) {
      all.add(run("lane" + i, "quick", Future.succeededFuture()));
    }
    gate.complete();
    assertTrue(all.stream().allMatch(Future::succeeded));
    assertEquals(100_032, begun.size());
  }

  @Test
  void whatWaitsOrHasNotEndedIsOpen() {
    Promise<Void> first = Promise.promise();
    Future<Void> one = run("a", "one", first.future());
    Future<Void> two = run("b", "two", Future.succeededFuture());
    assertTrue(two.succeeded() && !one.isComplete());
    assertEquals(Set.of("a"), lanes.open());
    first.complete();
    assertEquals(Set.of(), lanes.open());
  }

  @Test
  void nothingBeginsAfterTheEnd() {
    Promise<Void> first = Promise.promise();
    Future<Void> one = run("a", "one", first.future());
    Future<Void> two = run("a", "two", Future.succeededFuture());
    lanes.end();
    first.complete();
    assertTrue(one.succeeded() && two.succeeded());
    assertEquals(List.of("one"), begun);
  }

  @Test
  void aStepThatThrowsEndsAsOneThatFails() {
    Future<Void> thrown = lanes.run("a", () -> {
      throw new IllegalStateException("broken");
    });
    assertTrue(thrown.succeeded());
    assertTrue(run("a", "next", Future.succeededFuture()).succeeded());
  }
}
