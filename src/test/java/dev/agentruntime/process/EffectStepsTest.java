package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.run.EffectSteps;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EffectStepsTest {

  private static EntryData.ToolResult onlyResult(HandProcess process) {
    List<EntryData.ToolResult> results = process.entries(EntryData.ToolResult.class);
    assertEquals(1, results.size());
    return results.get(0);
  }

  @Test
  void callsOnlyWhenTheAnnouncementIsDurable() {
    HandProcess process = HandProcess.running();
    Future<?> offered = process.offer("x");
    process.flush();
    process.wantUnsynced("charge");

    assertTrue(offered.succeeded());
    assertTrue(process.called.isEmpty(), "called before it was announced");
    assertTrue(process.drain());
    assertEquals(1, process.called.size());
    assertEquals(1, process.entries(EntryData.ToolCall.class).size());
  }

  @Test
  void takesTwoGroupCommitsForAnEffect() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    long before = process.disk.forces();
    for (int i = 2; i <= 11; i++) {
      call.promise().complete(Tool.Reply.ok("done"));
      process.flush();
      process.want("put", "{}");
      call = process.called.remove(0);
      assertEquals(call.call().invocation().effectKey(i), call.call().effectKey());
    }

    assertEquals(20, process.disk.forces() - before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void parksAnIrreversibleCallWhoseOutcomeIsUnknown(boolean live) {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("charge");
    if (live) {
      call.promise().fail(new IllegalStateException("connection lost"));
    } else {
      process.restart(false);
    }
    process.flush();
    process.pass(Duration.ofHours(2));
    process.flush();

    assertEquals(ProcessState.AWAITING, process.state());
    assertTrue(process.called.isEmpty(), "called again");
    assertTrue(process.entries(EntryData.ToolResult.class).isEmpty());
  }

  @Test
  void recordsWhatLanded() {
    HandProcess process = HandProcess.running();
    process.inCall("charge").promise().fail(new IllegalStateException("lost"));
    process.flush();
    Future<Void> word = process.resolve(Resolution.LANDED);
    assertFalse(word.isComplete(), "answered before it is durable");
    process.flush();

    assertTrue(word.succeeded());
    assertEquals(ToolOutcome.OK, onlyResult(process).outcome());
    assertTrue(process.called.isEmpty());
    process.say("done");
    assertEquals(ProcessState.RUNNING, process.state());
    assertTrue(process.image().runs().isEmpty());
  }

  @Test
  void tellsTheModelWhatDidNotHappen() {
    HandProcess process = HandProcess.running();
    process.inCall("charge").promise().fail(new IllegalStateException("lost"));
    process.flush();
    SimWorld.later(process.resolve(Resolution.DID_NOT_HAPPEN));
    process.flush();

    assertEquals(ToolOutcome.ERROR, onlyResult(process).outcome());
    assertTrue(process.called.isEmpty());
    assertEquals(1, process.asked.size(), "the model is asked what now");
  }

  @Test
  void callsAgainUnderTheSameKeyWhenToldSo() {
    HandProcess process = HandProcess.running();
    Called first = process.inCall("charge");
    first.promise().fail(new IllegalStateException("lost"));
    process.flush();
    SimWorld.later(process.resolve(Resolution.RETRY));
    process.flush();

    Called second = process.called.remove(0);
    assertEquals(first.call().effectKey(), second.call().effectKey());
    second.promise().complete(Tool.Reply.ok("charged"));
    process.flush();
    assertEquals("charged", onlyResult(process).text());
  }

  @Test
  void aWordCountsForOneCallOnly() {
    HandProcess process = HandProcess.running();
    process.inCall("charge").promise().fail(new IllegalStateException("lost"));
    process.flush();
    SimWorld.later(process.resolve(Resolution.RETRY));
    process.flush();
    assertEquals(1, process.called.size());
    process.restart(false);
    process.flush();

    assertEquals(ProcessState.AWAITING, process.state(), "called again after the crash");
    assertTrue(process.called.isEmpty());
    SimWorld.later(process.resolve(Resolution.RETRY));
    process.flush();
    assertEquals(1, process.called.size());
  }

  @Test
  void aWordThatIsDurableOutlivesACrash() {
    HandProcess process = HandProcess.running();
    process.inCall("charge").promise().fail(new IllegalStateException("lost"));
    process.flush();
    SimWorld.later(process.kernel().suspend("test"));
    SimWorld.later(process.resolve(Resolution.RETRY));
    process.flush();
    assertTrue(process.called.isEmpty(), "called while suspended");
    process.restart(false);
    process.flush();
    assertTrue(process.called.isEmpty(), "called while suspended");
    SimWorld.later(process.kernel().resume("test"));
    process.flush();

    assertEquals(1, process.called.size());
    assertEquals(2, process.entries(EntryData.ToolCall.class).size(), "announced anew");
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "look"})
  void callsAgainByItselfWhatMayBeRepeated(String tool) {
    HandProcess process = HandProcess.running();
    Called first = process.inCall(tool);
    process.restart(false);
    process.flush();

    Called second = process.called.remove(0);
    assertEquals(first.call().effectKey(), second.call().effectKey());
    second.promise().fail(new IllegalStateException("lost"));
    process.flush();
    assertTrue(process.called.isEmpty(), "no pause");
    process.pass(Duration.ofSeconds(1));
    Called third = process.called.remove(0);
    assertEquals(first.call().effectKey(), third.call().effectKey());
    third.promise().complete(Tool.Reply.ok("done"));
    process.flush();
    assertEquals(ToolOutcome.OK, onlyResult(process).outcome());
    assertEquals(1, process.entries(EntryData.ToolCall.class).size(), "announced once");
  }

  @Test
  void asksSomebodyAfterAsManyCallsAsAreMade() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("put");
    for (int i = 1; i < EffectSteps.CALLS_MAX; i++) {
      call.promise().fail(new IllegalStateException("lost"));
      process.flush();
      process.pass(Duration.ofSeconds(10));
      call = process.called.remove(0);
    }
    call.promise().fail(new IllegalStateException("lost"));
    process.pass(Duration.ofMinutes(10));
    process.flush();

    assertTrue(process.called.isEmpty());
    assertEquals(ProcessState.AWAITING, process.state());
  }

  @Test
  void waitsWhileSuspendedBeforeItCallsAgain() {
    HandProcess process = HandProcess.running();
    process.inCall("put").promise().fail(new IllegalStateException("lost"));
    process.flush();
    SimWorld.later(process.kernel().suspend("test"));
    process.pass(Duration.ofSeconds(5));
    process.flush();
    assertTrue(process.called.isEmpty(), "called while suspended");
    SimWorld.later(process.kernel().resume("test"));
    process.flush();

    assertEquals(1, process.called.size());
  }

  @Test
  void endsATimedOutRunWithoutAskingWhenTheCallMayBeRepeated() {
    HandProcess process =
        HandProcess.running(HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(1)));
    Called call = process.inCall("look");
    process.pass(Duration.ofSeconds(2));
    assertTrue(call.cancel().isCancelled());
    call.promise().fail(new IllegalStateException("cancelled"));
    process.flush();

    assertEquals(ToolOutcome.UNKNOWN, onlyResult(process).outcome());
    EntryData.InvocationResult end =
        process.entries(EntryData.InvocationResult.class).get(0);
    assertEquals(
        ErrorCode.INVOCATION_TIMEOUT, Objects.requireNonNull(end.failure()).code());
  }

  @Test
  void refusesAWordOnWhatIsNotInDoubt() {
    HandProcess process = HandProcess.running();
    Called call = process.inCall("charge");
    Future<Void> early = process.resolve(Resolution.LANDED);
    assertEquals(ErrorCode.EFFECT_NOT_IN_DOUBT, code(early));
    call.promise().fail(new IllegalStateException("lost"));
    process.flush();
    Future<Void> other = process
        .kernel()
        .resolve(
            process.onlyRun().id(),
            new EntryData.EffectResolved(
                process.onlyRun().id(), "nothing", Resolution.LANDED, null, "test"));
    assertEquals(ErrorCode.EFFECT_NOT_FOUND, code(other));
    SimWorld.later(process.resolve(Resolution.LANDED));
    assertEquals(ErrorCode.EFFECT_NOT_IN_DOUBT, code(process.resolve(Resolution.RETRY)));
  }

  @Test
  void letsAStopMakeTheCallThatWasAnnounced() {
    HandProcess process = HandProcess.running();
    Future<?> offered = process.offer("x");
    process.flush();
    process.wantUnsynced("charge");
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();

    assertTrue(offered.succeeded());
    assertFalse(stopped.isComplete(), "left in doubt");
    process.called.remove(0).promise().complete(Tool.Reply.ok("done"));
    process.flush();
    assertTrue(stopped.succeeded());
    assertEquals(ToolOutcome.OK, onlyResult(process).outcome());
    assertEquals(1, process.image().runs().size(), "it goes on at the next start");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"kee\":\"a\"}", "{\"key\":1}"})
  void tellsTheModelWhatIsWrongWithItsArguments(String arguments) {
    HandProcess process = HandProcess.running();
    Future<?> offered = process.offer("x");
    process.flush();
    process.want("context_get", arguments);

    assertTrue(offered.succeeded());
    assertEquals(ToolOutcome.ERROR, onlyResult(process).outcome());
    assertEquals(1, process.asked.size());
  }

  @Test
  void cutsAnAnswerThatTheJournalCannotHold() {
    HandProcess process = HandProcess.running();
    process.inCall("charge").promise().complete(Tool.Reply.ok("x".repeat(17 << 20)));
    process.flush();

    assertEquals(ToolOutcome.OK, onlyResult(process).outcome());
    assertTrue(onlyResult(process).text().endsWith("[cut: " + (17 << 20) + " characters]"));
    assertEquals(0, process.broken);
  }

  private static ErrorCode code(Future<?> failed) {
    return ((RuntimeFault) failed.cause()).code();
  }
}
