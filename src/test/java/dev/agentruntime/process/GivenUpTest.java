package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.config.TriggerConfig.Batch;
import dev.agentruntime.config.TriggerConfig.OnBusy;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.run.EffectSteps;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A newer event replaces a run whose call may be made again and was so in vain. */
class GivenUpTest {

  private static HandProcess replacing(String keys) {
    Rules rules = new Rules("", OnBusy.CANCEL_RUNNING, Duration.ZERO, Batch.NONE);
    return HandProcess.running(ApprovalWorld.config(
        HandProcess.config(
            HandProcess.run(1, Duration.ZERO, Duration.ZERO), DeliveryTest.delivery(1, 3), rules),
        keys));
  }

  /** A call is made as often as it may be, and nobody knows whether it acted. */
  private static void triesInVain(HandProcess process) {
    HandProcess.Called call = process.inCall("put");
    for (int i = 1; i < EffectSteps.CALLS_MAX; i++) {
      fails(process, call);
      call = process.called.remove(0);
    }
    fails(process, call);
  }

  private static void fails(HandProcess process, HandProcess.Called call) {
    call.promise().fail(new IllegalStateException("lost"));
    process.flush();
    process.pass(Duration.ofMinutes(1));
    process.flush();
  }

  private static String offer(HandProcess process, String payload) {
    Future<Accepted> answer = process.offer(payload);
    process.flush();
    return SimWorld.now(answer).eventId();
  }

  private static void assertReplaced(HandProcess process, String by) {
    assertEquals(
        ToolOutcome.UNKNOWN, process.entries(EntryData.ToolResult.class).get(0).outcome());
    assertEquals(
        Outcome.CANCELLED,
        process.entries(EntryData.InvocationResult.class).get(0).outcome());
    assertEquals(by, process.asked.get(0).request().event().id());
    DeliveryTest.assertReplays(process);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whileItWaitsForAWord(boolean crash) {
    HandProcess process = replacing("{}");
    triesInVain(process);
    assertEquals(ProcessState.AWAITING, process.state());
    String second = offer(process, "second");
    if (crash) {
      process.restart(false);
      process.flush();
    }
    assertReplaced(process, second);
  }

  @Test
  void whileAProbeIsAskedThatDoesNotKnow() {
    HandProcess process =
        replacing("{\"tools\":{\"put\":{\"policy\":\"idempotent\",\"probe\":\"look\"}}}");
    triesInVain(process);
    assertEquals("look", process.called.get(0).tool());
    String second = offer(process, "second");
    for (int probes = 0; !process.called.isEmpty() && probes < 9; probes++) {
      fails(process, process.called.remove(0));
    }
    assertReplaced(process, second);
  }
}
