package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ProcessConfig.ToolRule;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.run.Probe;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rules of a manifest for single tools: their policy, and a probe that answers for an operator. */
final class ProbeTest {

  private final HandProcess hand = new HandProcess();

  private void runs(Map<String, ToolRule> rules) {
    hand.open();
    ProcessConfig usual = HandProcess.config(ProcessConfig.Run.DEFAULT);
    hand.deploy(new ProcessConfig(
        usual.name(),
        usual.model(),
        null,
        usual.instructions(),
        usual.triggers(),
        usual.world(),
        usual.context(),
        usual.level(),
        usual.run(),
        usual.delivery(),
        usual.restarts(),
        rules));
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.succeeded(), () -> "" + started.cause());
  }

  /** A charge that was announced, and nobody knows whether it was made. */
  private void inDoubt() {
    Called call = hand.inCall("charge");
    call.promise().fail("connection lost");
    hand.flush();
  }

  private Called probed() {
    Called probe = hand.called.remove(0);
    assertEquals("look", probe.tool());
    return probe;
  }

  private void answers(Called probe, String text) {
    probe.promise().complete(Tool.Reply.ok(text));
    hand.flush();
  }

  private static Map<String, ToolRule> probing() {
    return Map.of("charge", new ToolRule(null, "look"));
  }

  @Test
  void probeSaysThatItLanded() {
    runs(probing());
    inDoubt();
    Called probe = probed();
    assertEquals(
        "{\"tool\":\"charge\",\"effect_key\":\"" + hand.onlyRun().id().effectKey(1)
            + "\",\"arguments\":{}}",
        probe.call().arguments().toString());
    answers(probe, "{\"outcome\":\"landed\",\"result\":{\"receipt\":7}}");

    EntryData.EffectResolved word = hand.entries(EntryData.EffectResolved.class).get(0);
    assertEquals(Resolution.LANDED, word.resolution());
    assertEquals("probe look", word.by());
    EntryData.ToolResult result = hand.entries(EntryData.ToolResult.class).get(0);
    assertEquals(ToolOutcome.OK, result.outcome());
    assertEquals("{\"receipt\":7}", result.text());
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void probeSaysThatItDidNotHappen() {
    runs(probing());
    inDoubt();
    answers(probed(), "{\"outcome\":\"did_not_happen\"}");
    assertEquals(
        ToolOutcome.ERROR, hand.entries(EntryData.ToolResult.class).get(0).outcome());
    assertTrue(hand.called.isEmpty(), "the charge is not made again by itself");
  }

  @Test
  void probeThatDoesNotKnowIsAskedAgainAndThenAnOperator() {
    runs(probing());
    inDoubt();
    for (int i = 1; i < Probe.TRIES_MAX; i++) {
      answers(probed(), "{\"outcome\":\"unknown\"}");
      hand.pass(Duration.ofSeconds(10));
      hand.flush();
    }
    answers(probed(), "nonsense");
    assertEquals(ProcessState.AWAITING, hand.state());
    Future<Void> word = hand.resolve(Resolution.LANDED);
    hand.flush();
    assertTrue(word.succeeded());
    assertEquals(ToolOutcome.OK, hand.entries(EntryData.ToolResult.class).get(0).outcome());
  }

  @Test
  void probeIsAskedAfterACrash() {
    runs(probing());
    Called call = hand.inCall("charge");
    assertEquals("charge", call.tool());
    hand.restart(false);
    hand.flush();
    answers(probed(), "{\"outcome\":\"landed\"}");
    assertEquals(
        "It took effect.", hand.entries(EntryData.ToolResult.class).get(0).text());
  }

  @Test
  void manifestMaySayThatAToolIsIdempotent() {
    runs(Map.of("charge", new ToolRule(Policy.IDEMPOTENT, null)));
    Called first = hand.inCall("charge");
    hand.restart(false);
    hand.flush();
    Called second = hand.called.remove(0);
    assertEquals("charge", second.tool());
    assertEquals(first.call().effectKey(), second.call().effectKey());
  }

  @Test
  void rulesThatCannotHoldFailTheStart() {
    assertStartFails(
        Map.of("chrge", new ToolRule(Policy.IDEMPOTENT, null)),
        "tools: chrge is no tool here, expected=one of [ask_process, charge, look, put], which"
            + " reach outside");
    assertStartFails(
        Map.of("context_set", new ToolRule(Policy.READ_ONLY, null)),
        "tools: context_set touches own state only");
    assertStartFails(
        Map.of("charge", new ToolRule(null, "put")),
        "tools: the probe of charge, expected=a tool that is read_only, actual=put, idempotent");
    assertStartFails(Map.of("charge", new ToolRule(null, "nobody")), "nobody, which is not here");
  }

  private static void assertStartFails(Map<String, ToolRule> rules, String message) {
    ProbeTest other = new ProbeTest();
    AssertionError failed = assertThrows(AssertionError.class, () -> other.runs(rules));
    assertTrue(String.valueOf(failed.getMessage()).contains(message), failed.getMessage());
  }

  private void suspend() {
    Future<Void> suspended = hand.kernel().suspend("enough");
    hand.flush();
    assertTrue(suspended.succeeded());
  }

  private void resume() {
    assertEquals(0, hand.called.size(), "probed while the process is suspended");
    Future<Void> resumed = hand.kernel().resume("go on");
    hand.flush();
    assertTrue(resumed.succeeded());
  }

  @Test
  void whileTheProcessIsSuspendedNothingIsProbed() {
    runs(probing());
    Called call = hand.inCall("charge");
    suspend();
    call.promise().fail("connection lost");
    hand.flush();
    resume();
    Called probe = probed();
    suspend();
    answers(probe, "not yet");
    hand.pass(Duration.ofMinutes(1));
    hand.flush();
    resume();
    answers(probed(), "{\"outcome\":\"landed\"}");
    assertEquals(ToolOutcome.OK, hand.entries(EntryData.ToolResult.class).get(0).outcome());
  }

  @Test
  void aStopDoesNotWaitForTheNextTryOfAProbe() {
    runs(probing());
    inDoubt();
    Called probe = probed();
    Future<Void> stopped = hand.kernel().stop("enough");
    answers(probe, "not yet");
    hand.pass(Duration.ofSeconds(1));
    hand.flush();
    assertTrue(stopped.succeeded(), "a probe holds it up");
    assertEquals(0, hand.called.size());
    assertEquals(ProcessState.STOPPED, hand.state());
    Future<Void> started = hand.start();
    hand.flush();
    assertTrue(started.succeeded());
    answers(probed(), "{\"outcome\":\"landed\"}");
    assertEquals(ToolOutcome.OK, hand.entries(EntryData.ToolResult.class).get(0).outcome());
  }
}
