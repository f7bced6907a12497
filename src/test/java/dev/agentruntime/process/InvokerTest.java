package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.process.HandProcess.Asked;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InvokerTest {

  private static EntryData.InvocationResult end(HandProcess process) {
    List<EntryData.InvocationResult> ends = process.entries(EntryData.InvocationResult.class);
    return ends.get(ends.size() - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100})
  void runsAsManyAtOnceAsTheConcurrency(int concurrency) {
    HandProcess process =
        HandProcess.running(HandProcess.run(concurrency, Duration.ZERO, Duration.ZERO));
    for (int i = 0; i < concurrency + 5; i++) {
      assertFalse(process.offer("event " + i).failed());
    }
    process.flush();
    assertEquals(concurrency, process.asked.size());
    process.say("done");

    assertEquals(concurrency, process.asked.size());
    assertEquals(concurrency, process.image().runs().size());
    assertEquals(4, process.image().queue().waiting());
  }

  @Test
  void takesEventsInTheirOrder() {
    HandProcess process = HandProcess.running();
    List<String> offered = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Future<Accepted> answer = process.offer("event " + i);
      process.flush();
      offered.add(answer.result().eventId());
    }
    List<String> taken = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      taken.add(process.asked.get(0).request().event().id());
      process.say("done");
    }

    assertEquals(offered, taken);
  }

  @Test
  void yieldsUnderALongBacklogAndKeepsItsStack() {
    HandProcess process = HandProcess.running(HandProcess.run(1, Duration.ZERO, Duration.ZERO));
    process.insideJvm = true;
    process.echo = true;
    SimWorld.later(process.kernel().suspend("test"));
    for (int i = 0; i < 10_000; i++) {
      assertFalse(process.offer("e").failed());
      if (i % 1_000 == 0) {
        process.flush();
      }
    }
    process.flush();
    SimWorld.later(process.kernel().resume("test"));
    assertTrue(process.image().settled() < 1_000, "it does not let others have their turn");
    process.flush();

    assertEquals(10_000, process.image().settled());
    assertEquals(0, process.image().queue().size());
  }

  @Test
  void awaitsOnlyWhileEveryOpenRunWaits() {
    HandProcess process = HandProcess.running(HandProcess.run(2, Duration.ZERO, Duration.ZERO));
    process.inCall("charge").promise().fail(new IllegalStateException("lost"));
    process.flush();
    assertEquals(ProcessState.AWAITING, process.state());
    Future<Accepted> second = process.offer("second");
    process.flush();
    assertTrue(second.succeeded());
    assertEquals(ProcessState.RUNNING, process.state(), "one of two goes on");
    assertEquals("a run goes on", process.image().reason());
    process.say("done");
    assertEquals(ProcessState.AWAITING, process.state());
    SimWorld.later(process.resolve(Resolution.LANDED));
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
  }

  @Test
  void countsRunningTimeOnly() {
    HandProcess process =
        HandProcess.running(HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(10)));
    Called call = process.inCall("charge");
    process.pass(Duration.ofSeconds(6));
    call.promise().fail(new IllegalStateException("lost"));
    process.flush();
    process.pass(Duration.ofHours(1));
    SimWorld.later(process.resolve(Resolution.LANDED));
    process.flush();
    SimWorld.later(process.kernel().suspend("test"));
    process.pass(Duration.ofHours(1));
    SimWorld.later(process.kernel().resume("test"));
    process.flush();
    process.pass(Duration.ofSeconds(3));
    assertEquals(1, process.asked.size());
    assertFalse(process.asked.get(0).promise().future().isComplete());
    process.say("done");

    assertEquals(Outcome.COMPLETED, end(process).outcome());
    assertEquals(9_000, end(process).durationMs());
  }

  @Test
  void endsARunThatRanTooLong() {
    HandProcess process =
        HandProcess.running(HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(10)));
    Future<Accepted> offered = process.offer("x");
    process.flush();
    process.pass(Duration.ofSeconds(6));
    process.restart(false);
    process.flush();
    process.pass(Duration.ofSeconds(9));
    assertEquals(1, process.asked.size(), "being down is not running");
    process.pass(Duration.ofSeconds(2));
    process.flush();

    assertTrue(offered.succeeded());
    assertEquals(Outcome.FAILED, end(process).outcome());
    assertEquals(
        ErrorCode.INVOCATION_TIMEOUT,
        Objects.requireNonNull(end(process).failure()).code());
  }

  @Test
  void timesOutWhileItWaitsForItsTurnAfterASuspension() {
    HandProcess process =
        HandProcess.running(HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(10)));
    Called call = process.inCall("look");
    SimWorld.later(process.kernel().suspend("test"));
    process.pass(Duration.ofSeconds(30));
    assertFalse(call.cancel().isCancelled(), "suspended time is not running time");
    call.promise().complete(Tool.Reply.ok("seen"));
    process.flush();
    SimWorld.later(process.kernel().resume("test"));
    process.flush();
    assertEquals(1, process.asked.size());
    process.pass(Duration.ofSeconds(11));
    process.flush();

    assertEquals(Outcome.FAILED, end(process).outcome());
  }

  @Test
  void failsAfterSoManyFailuresInARow() {
    HandProcess process = HandProcess.running();
    for (int i = 0; i < 5; i++) {
      assertFalse(process.offer("x").failed());
    }
    process.flush();
    process.breakModel();
    process.breakModel();
    process.say("done");
    process.breakModel();
    process.breakModel();
    assertEquals(ProcessState.RUNNING, process.state(), "a success in between starts anew");
    assertFalse(process.offer("y").failed());
    assertFalse(process.offer("z").failed());
    process.flush();
    process.breakModel();

    assertEquals(ProcessState.FAILED, process.state());
    assertEquals("3 consecutive failures", process.image().reason());
    assertEquals(List.of("start", "stop"), process.heard);
    assertEquals(1, process.image().queue().waiting(), "its queue stays");
    Future<Accepted> refused = process.offer("q");
    assertEquals(ErrorCode.PROCESS_STOPPED, ((RuntimeFault) refused.cause()).code());
    SimWorld.later(process.start());
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
    process.breakModel();
    assertEquals(ProcessState.RUNNING, process.state(), "a start begins a new count");
  }

  @Test
  void resumesAnOpenRunBeforeTheFirstQueuedItemAlsoAfterACrash() {
    HandProcess process = HandProcess.running();
    Future<Accepted> first = process.offer("first");
    Future<Accepted> second = process.offer("second");
    process.flush();
    process.want("context_set", "{\"key\":\"a\",\"value\":1}");
    process.restart(false);
    process.flush();

    assertTrue(first.succeeded() && second.succeeded());
    Asked again = process.asked.get(0);
    assertEquals(first.result().eventId(), again.request().event().id());
    assertEquals(2, process.onlyRun().attempt());
    process.say("done");
    assertEquals(
        second.result().eventId(), process.asked.get(0).request().event().id());
    assertEquals(1, process.image().context().version("a"));
  }

  @Test
  void makesEachStartDurableFirstAfterAnUncleanStop() {
    HandProcess process = HandProcess.running();
    process.insideJvm = true;
    SimWorld.later(process.kernel().suspend("test"));
    assertFalse(process.offer("x").failed());
    process.flush();
    process.restart(false);
    process.flush();
    SimWorld.later(process.kernel().resume("test"));
    assertTrue(process.asked.isEmpty(), "runs before its start is durable");
    process.flush();
    assertEquals(1, process.asked.size());
    process.say("done");
    Future<Accepted> next = process.offer("y");

    assertFalse(next.isComplete());
    assertEquals(1, process.asked.size(), "the inbox was empty once, so nothing is waited for");
  }

  @Test
  void aRunThatCannotBeMadeFails() {
    HandProcess process = HandProcess.running();
    assertNull(process.kernel().invoker().live(new InvocationId("none")));
    assertFalse(process.offer("x").failed());
    process.flush();
    process.asked.remove(0).promise().fail(new IllegalStateException("a bug in a client"));
    process.flush();

    assertEquals(Outcome.FAILED, end(process).outcome());
    assertEquals(
        ErrorCode.INTERNAL, Objects.requireNonNull(end(process).failure()).code());
  }
}
