package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SupervisorTest {

  private static RuntimeFault refusal(Future<?> refused) {
    return (RuntimeFault) refused.cause();
  }

  private static HandProcess idling() {
    return HandProcess.running(HandProcess.run(1, Duration.ofSeconds(30), Duration.ZERO));
  }

  @Test
  void startsAndStops() {
    HandProcess process = HandProcess.running();
    Future<Void> stopped = process.kernel().stop("test");
    assertFalse(stopped.isComplete(), "told before it is durable");
    process.flush();

    assertTrue(stopped.succeeded());
    assertEquals(
        List.of("created>starting", "starting>running", "running>stopping", "stopping>stopped"),
        process.moves());
    assertEquals(List.of("start", "stop"), process.heard);
  }

  @Test
  void refusesWhatTheTableDoesNotAllow() {
    HandProcess process = HandProcess.running();
    assertEquals(
        "cannot start a process that is running, expected created or failed or stopped",
        refusal(process.start()).getMessage());
    assertEquals(
        "cannot resume a process that is running, expected suspended",
        refusal(process.kernel().resume("test")).getMessage());
    SimWorld.later(process.kernel().stop("test"));
    process.flush();
    assertEquals(
        "cannot suspend a process that is stopped, expected awaiting or running",
        refusal(process.kernel().suspend("test")).getMessage());
    Future<Void> again = process.kernel().stop("test");

    assertEquals(ErrorCode.ILLEGAL_TRANSITION, refusal(again).code());
    assertEquals(
        "cannot stop a process that is stopped, expected awaiting or running or starting or"
            + " suspended",
        refusal(again).getMessage());
    assertEquals(4, process.moves().size(), "a refusal is no entry");
  }

  @Test
  void isHeldByASetOfCauses() {
    HandProcess process = idling();
    process.pass(Duration.ofSeconds(31));
    assertEquals(List.of("idle"), process.image().causes());
    SimWorld.later(process.kernel().suspend("test"));
    process.flush();
    assertEquals(List.of("idle", "operator"), process.image().causes());
    assertFalse(process.offer("x").failed());
    process.flush();
    assertEquals(ProcessState.SUSPENDED, process.state(), "a trigger clears only idle");
    assertTrue(process.asked.isEmpty());
    SimWorld.later(process.kernel().resume("test"));
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(List.of(), process.image().causes());
    assertEquals(1, process.asked.size());
  }

  @Test
  void suspendingTwiceIsOneSuspension() {
    HandProcess process = HandProcess.running();
    SimWorld.later(process.kernel().suspend("test"));
    Future<Void> again = process.kernel().suspend("test");
    process.flush();

    assertTrue(again.succeeded());
    assertEquals(3, process.moves().size());
  }

  @Test
  void goesIdleOnlyWhenItHasNothingToDo() {
    HandProcess process = idling();
    assertFalse(process.offer("x").failed());
    process.flush();
    process.pass(Duration.ofMinutes(10));
    assertEquals(ProcessState.RUNNING, process.state(), "a long run is no idleness");
    process.say("done");
    process.pass(Duration.ofSeconds(29));
    assertEquals(ProcessState.RUNNING, process.state());
    process.pass(Duration.ofSeconds(2));
    process.flush();
    assertEquals(ProcessState.SUSPENDED, process.state());
    assertEquals("idle for 30000 ms", process.image().reason());
    Future<Accepted> waking = process.offer("y");
    process.flush();

    assertTrue(waking.succeeded());
    assertEquals(ProcessState.RUNNING, process.state());
    process.say("done");
    process.pass(Duration.ofSeconds(31));
    assertEquals(ProcessState.SUSPENDED, process.state(), "and goes idle again");
  }

  @Test
  void wakesWhenTheJournalEndsBetweenAnEventAndTheWaking() {
    HandProcess process = idling();
    process.pass(Duration.ofSeconds(31));
    process.flush();
    // As a crash leaves it: the event is durable, the transition it caused is not.
    Future<Void> event =
        process.kernel().log().write(new EntryData.TriggerAccepted(process.event("x", null)));
    process.flush();
    assertTrue(event.succeeded());
    process.restart(false);
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.asked.size());
  }

  @Test
  void letsTheStepInFlightEndAndBeginsNoOther() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    assertFalse(process.offer("queued").failed());
    SimWorld.later(process.kernel().suspend("test"));
    call.promise().complete(Tool.Reply.ok("done"));
    process.flush();
    assertEquals(1, process.entries(EntryData.ToolResult.class).size());
    assertTrue(process.asked.isEmpty(), "the next step began");
    process.restart(true);
    process.flush();
    assertEquals(ProcessState.SUSPENDED, process.state());
    assertTrue(process.asked.isEmpty());
    SimWorld.later(process.kernel().resume("test"));
    process.flush();

    assertEquals(
        "put", String.valueOf(process.asked.get(0).request().event().payload().value()));
    assertEquals(2, process.asked.get(0).request().turn());
  }

  @Test
  void aStopKeepsQueueAndOpenRuns() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    assertFalse(process.offer("queued").failed());
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    assertFalse(stopped.isComplete(), "a step is in flight");
    assertEquals(ErrorCode.PROCESS_STOPPED, refusal(process.offer("late")).code());
    call.promise().complete(Tool.Reply.ok("done"));
    process.flush();

    assertTrue(stopped.succeeded());
    assertEquals(1, process.image().runs().size());
    assertEquals(1, process.image().queue().waiting());
    SimWorld.later(process.start());
    process.flush();
    assertEquals(2, process.asked.get(0).request().turn(), "the open run goes on first");
    assertTrue(process.called.isEmpty());
  }

  @Test
  void aStopDoesNotWaitForeverForAStep() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("charge");
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    process.pass(Duration.ofSeconds(9));
    process.flush();
    assertFalse(stopped.isComplete());
    process.pass(Duration.ofSeconds(1));
    process.flush();
    assertTrue(stopped.succeeded());
    assertTrue(call.cancel().isCancelled());
    call.promise().complete(Tool.Reply.ok("late"));
    process.flush();

    assertEquals(ProcessState.STOPPED, process.state());
    assertTrue(process.entries(EntryData.ToolResult.class).isEmpty(), "written after the stop");
    SimWorld.later(process.start());
    process.flush();
    assertEquals(ProcessState.AWAITING, process.state(), "it is in doubt");
  }

  @Test
  void aStartThatFailsClosesWhatListened() {
    HandProcess process = new HandProcess();
    process.deafness = new RuntimeFault(ErrorCode.INVALID_CONFIG, "the port is taken");
    process.open();
    process.deploy(HandProcess.config(HandProcess.run(1, Duration.ZERO, Duration.ZERO)));
    Future<Void> started = process.start();
    process.flush();

    assertEquals(ErrorCode.START_FAILED, refusal(started).code());
    assertEquals("the port is taken", started.cause().getMessage());
    assertEquals(ProcessState.FAILED, process.state());
    assertEquals("start failed: the port is taken", process.image().reason());
    assertEquals(List.of("start", "stop"), process.heard);
    assertEquals(0, process.kernel().supervisor().triggerCount());
    process.deafness = null;
    SimWorld.later(process.start());
    process.flush();
    assertEquals(ProcessState.RUNNING, process.state());
  }

  @Test
  void redoesAStartAndAStopThatTheCrashCutShort() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("charge");
    SimWorld.later(process.kernel().stop("test"));
    process.flush();
    assertEquals(ProcessState.STOPPING, process.state());
    process.restart(false);
    process.flush();
    assertEquals(ProcessState.STOPPED, process.state());
    assertFalse(call.cancel().isCancelled(), "that JVM is dead");

    SimWorld.later(process.start());
    assertTrue(process.drain());
    assertEquals(
        ProcessState.STARTING,
        process.entries(EntryData.StateTransition.class).stream()
            .map(EntryData.StateTransition::to)
            .filter(Set.of(ProcessState.STARTING)::contains)
            .reduce((a, b) -> b)
            .orElseThrow());
    process.restart(false);
    process.flush();
    assertTrue(
        Set.of(ProcessState.RUNNING, ProcessState.AWAITING).contains(process.state()),
        process.state().word());
  }

  @Test
  void aShutdownIsNoStop() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    Future<Void> down = process.kernel().shutDown(Duration.ofSeconds(5));
    process.flush();
    assertFalse(down.isComplete());
    assertEquals(ErrorCode.DRAINING, refusal(process.offer("late")).code());
    call.promise().complete(Tool.Reply.ok("done"));
    process.flush();
    assertTrue(down.succeeded());
    int moves = process.moves().size();
    process.restart(true);
    process.flush();

    assertEquals(moves, process.moves().size(), "no transition");
    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(2, process.asked.get(0).request().turn());
    assertEquals(1, process.entries(EntryData.Restart.class).size());
    assertTrue(process.entries(EntryData.Restart.class).get(0).clean());
  }

  @Test
  void goesBackToWhatTheJournalTellsWhenAnAppendFailed() {
    HandProcess process = HandProcess.running();
    process.disk.failAt(1, 1);
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    assertTrue(stopped.failed());
    assertEquals(ErrorCode.JOURNAL_CLOSED, refusal(process.offer("x")).code());
    process.mend();
    process.flush();

    assertEquals(ProcessState.RUNNING, process.state());
    assertEquals(1, process.kernel().supervisor().triggerCount(), "it listens again");
    Future<Accepted> accepted = process.offer("y");
    process.flush();
    assertTrue(accepted.succeeded());
    assertEquals(1, process.asked.size());
  }

  @Test
  void endsAStopWhoseLastEntryWasLost() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    call.promise().complete(Tool.Reply.ok("done"));
    process.disk.failAt(1, 1);
    process.flush();
    assertTrue(stopped.failed());
    process.mend();
    process.flush();

    assertEquals(ProcessState.STOPPED, process.state());
    assertTrue(new TreeSet<>(process.moves()).contains("stopping>stopped"));
  }

  @Test
  void staysDrainingOverARebuild() {
    HandProcess process = HandProcess.running();
    process.disk.failAt(1, 1);
    assertFalse(process.offer("x").failed());
    process.flush();
    Future<Void> down = process.kernel().shutDown(Duration.ofSeconds(1));
    process.mend();
    process.flush();

    assertTrue(down.succeeded());
    assertEquals(ErrorCode.DRAINING, refusal(process.offer("y")).code());
  }

  @Test
  void removingSettlesOpenRunsAndTheQueue() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    assertFalse(process.offer("queued").failed());
    SimWorld.later(process.kernel().stop("test"));
    process.flush();
    process.pass(Duration.ofSeconds(10));
    process.flush();
    Future<List<TriggerEvent>> removed = process.kernel().cancelAll("test");
    SimWorld.later(process.kernel().remove("test"));
    process.flush();

    assertTrue(call.cancel().isCancelled());
    assertEquals(2, removed.result().size());
    assertTrue(process.image().queue().isEmpty());
    assertTrue(process.image().runs().isEmpty());
    assertEquals(0, process.image().queue().waiting());
    assertTrue(process.image().removed());
  }
}
