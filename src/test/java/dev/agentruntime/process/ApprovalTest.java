package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.PAY;
import static dev.agentruntime.process.ApprovalWorld.TOOLS;
import static dev.agentruntime.process.ApprovalWorld.approvals;
import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decide;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.no;
import static dev.agentruntime.process.ApprovalWorld.only;
import static dev.agentruntime.process.ApprovalWorld.refused;
import static dev.agentruntime.process.ApprovalWorld.waiting;
import static dev.agentruntime.process.ApprovalWorld.wantsToPay;
import static dev.agentruntime.process.ApprovalWorld.word;
import static dev.agentruntime.process.ApprovalWorld.yes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.oversight.ApprovalWord;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that wait for a person: what is asked, who decides, and what becomes of it. */
class ApprovalTest {

  private static final String PERSON_ONLY = "{\"approval\":{\"tools\":[\"charge\"]}}";

  private static EntryData.ToolResult lastResult(HandProcess hand) {
    List<EntryData.ToolResult> all = hand.entries(EntryData.ToolResult.class);
    return all.get(all.size() - 1);
  }

  private static void charged(HandProcess hand, String arguments) {
    assertEquals(1, hand.called.size());
    HandProcess.Called call = hand.called.remove(0);
    assertEquals("charge", call.tool());
    assertEquals(Json.parse(arguments).value(), call.call().arguments().value());
    call.promise().complete(Tool.Reply.ok("charged"));
    hand.flush();
    hand.say("done");
    assertEquals(ProcessState.RUNNING, hand.state());
    assertEquals(0, hand.image().runs().size());
  }

  private static void notCalled(HandProcess hand, String why) {
    assertTrue(hand.called.isEmpty());
    EntryData.ToolResult result = lastResult(hand);
    assertEquals(EntryData.ToolOutcome.DENIED, result.outcome());
    assertTrue(result.text().contains(why), result.text());
    assertEquals(List.of(), hand.entries(EntryData.ToolCall.class));
    hand.say("a pity");
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void nothingHappensBeforeSomebodyApproves() {
    HandProcess hand = waiting(TOOLS);
    assertEquals(ProcessState.AWAITING, hand.state());
    assertTrue(hand.called.isEmpty());
    ApprovalRequest request = only(hand).request();
    assertEquals("charge", request.tool());
    assertEquals(Json.parse(PAY), request.arguments());
    assertEquals(List.of("tool"), request.reasons());
    Map<String, ?> answer = decided(hand, yes(hand));
    assertEquals("approved", answer.get("status"));
    assertEquals("alice", answer.get("decided_by"));
    charged(hand, PAY);
    assertEquals(List.of(), approvals(hand).waiting());
    assertEquals(1, approvals(hand).ended().size());
  }

  @Test
  void aToolNobodyNamedWaitsForNobody() {
    HandProcess hand = HandProcess.running(config(TOOLS));
    HandProcess.Called call = hand.inCall("put");
    call.promise().complete(Tool.Reply.ok("put"));
    hand.flush();
    hand.say("done");
    assertEquals(List.of(), hand.entries(ApprovalRequest.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"approval\":{\"irreversible\":true,\"tainted\":false}}",
        "{\"approval\":{\"tools\":[\"ch*\"],\"tainted\":false}}",
        "{\"approval\":{}}",
        "{\"taint\":\"ask\"}",
        "{\"tools\":{\"charge\":{\"approval\":true}}}"
      })
  void eachWayToSayItMakesTheCallWait(String keys) {
    HandProcess hand = waiting(keys);
    assertTrue(hand.called.isEmpty());
  }

  @Test
  void aDenialIsAResultAndSaysWhoAndWhy() {
    HandProcess hand = waiting(TOOLS);
    assertEquals("denied", decided(hand, no(hand)).get("status"));
    notCalled(hand, "Denied by alice: because");
  }

  @Test
  void nobodyInTimeIsADenialOfItsOwnKind() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord late = yes(hand);
    hand.pass(Duration.ofSeconds(299));
    hand.flush();
    assertEquals(1, approvals(hand).waiting().size());
    hand.pass(Duration.ofSeconds(1));
    hand.flush();
    assertEquals(
        ApprovalOutcome.EXPIRED, hand.entries(ApprovalDecision.class).get(0).outcome());
    assertEquals("APPROVAL_EXPIRED", refused(hand, late));
    notCalled(hand, "expired");
  }

  @Test
  void allowedOnTimeoutOnlyWhatIsNeitherIrreversibleNorTainted() {
    String keys = "{\"approval\":{\"tools\":[\"*\"],\"tainted\":false,\"on_timeout\":\"allow\"}}";
    HandProcess hand = waiting(keys);
    hand.pass(Duration.ofMinutes(5));
    hand.flush();
    notCalled(hand, "expired");
    HandProcess tainted = HandProcess.running(config(keys));
    Future<?> offered = tainted.offer("put");
    tainted.flush();
    tainted.want("put", "{}");
    tainted.pass(Duration.ofMinutes(5));
    tainted.flush();
    assertTrue(offered.succeeded());
    notCalled(tainted, "expired");
    HandProcess trusted = HandProcess.running(config(keys));
    Future<?> fired = trusted.kernel().offer(trusted.event("put", null).vouched());
    trusted.flush();
    trusted.want("put", "{}");
    assertEquals(1, approvals(trusted).waiting().size());
    trusted.pass(Duration.ofMinutes(5));
    trusted.flush();
    assertTrue(fired.succeeded());
    assertEquals(1, trusted.called.size());
  }

  @Test
  void theSameWordTwiceHasOneEffectAndOneAnswer() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord word = yes(hand);
    Map<String, ?> first = decided(hand, word);
    Map<String, ?> second = decided(hand, word);
    assertEquals(first, second);
    assertEquals(1, hand.entries(ApprovalDecision.class).size());
    assertEquals("APPROVAL_DECIDED", refused(hand, word(word.id(), false, null)));
    assertEquals("APPROVAL_DECIDED", refused(hand, word(word.id(), true, "{\"amount\":1}")));
    charged(hand, PAY);
    assertEquals("approved", decided(hand, word).get("status"));
    assertEquals(1, hand.entries(EntryData.ToolCall.class).size());
  }

  @Test
  void approvalForOtherArgumentsAnotherRequestOrAnOlderEpochIsRefused() {
    HandProcess hand = waiting(TOOLS);
    ApprovalRequest request = only(hand).request();
    assertEquals("APPROVAL_NOT_FOUND", refused(hand, word(request.id() + "0", true, null)));
    assertEquals(
        "APPROVAL_STALE",
        refused(
            hand, new ApprovalWord(request.id(), true, null, "", "alice", "0".repeat(64), null)));
    assertEquals(
        "APPROVAL_STALE",
        refused(hand, new ApprovalWord(request.id(), true, null, "", "alice", null, 0L)));
    assertEquals(List.of(), hand.entries(ApprovalDecision.class));
    decided(
        hand,
        new ApprovalWord(
            request.id(), true, null, "", "alice", request.digests().arguments(), 1L));
    charged(hand, PAY);
  }

  @Test
  void editedArgumentsAreGivenToTheToolAndTheModelIsTold() {
    HandProcess hand = waiting(TOOLS);
    String less = "{\"to\":\"bob\",\"amount\":1}";
    Map<String, ?> answer = decided(hand, word(only(hand).request().id(), true, less));
    assertEquals(Map.of("amount", 1L, "to", "bob"), answer.get("edited_arguments"));
    hand.restart(false);
    hand.flush();
    EntryData.ToolCall announced = hand.entries(EntryData.ToolCall.class).get(0);
    assertEquals(
        Json.parse(less).value(), Json.parse(announced.request().arguments()).value());
    Future<Void> again = hand.resolve(EntryData.Resolution.RETRY);
    hand.flush();
    assertTrue(again.succeeded());
    charged(hand, less);
    assertTrue(lastResult(hand).text().contains("{\"amount\":1,\"to\":\"bob\"}"));
  }

  @Test
  void editedArgumentsMustBeSuchAsTheToolTakes() {
    HandProcess hand = waiting(TOOLS);
    String id = only(hand).request().id();
    assertEquals("INVALID_REQUEST", refused(hand, word(id, true, "[1]")));
    assertEquals("INVALID_REQUEST", refused(hand, word(id, false, "{}")));
    assertEquals(1, approvals(hand).waiting().size());
    // The same arguments in another order are no change.
    assertFalse(decided(hand, word(id, true, "{\"to\":\"bob\",\"amount\":5}"))
        .containsKey("edited_arguments"));
    charged(hand, PAY);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRestartKeepsTheRequestAndAsksNobodyTwice(boolean clean) {
    HandProcess hand = waiting("{\"approval\":{\"tools\":[\"charge\"],\"timeout\":3600}}");
    String id = only(hand).request().id();
    // More often than a run may be cut off while it is at work.
    for (int i = 0; i < 7; i++) {
      hand.restart(clean);
      hand.flush();
      assertEquals(ProcessState.AWAITING, hand.state());
      assertEquals(id, only(hand).request().id());
    }
    assertEquals(1, hand.entries(ApprovalRequest.class).size());
    decided(hand, yes(hand));
    charged(hand, PAY);
  }

  @Test
  void aDecisionSurvivesACrash() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord word = no(hand);
    decided(hand, word);
    hand.restart(false);
    hand.flush();
    assertEquals("denied", decided(hand, word).get("status"));
    notCalled(hand, "Denied by alice");
  }

  @Test
  void whatExpiredWhileTheNodeWasDownExpiresWhenItIsBack() {
    HandProcess hand = waiting("{\"approval\":{\"tools\":[\"charge\"],\"timeout\":30}}");
    ApprovalWord late = yes(hand);
    // A restart takes a minute.
    hand.restart(false);
    assertEquals("APPROVAL_EXPIRED", refused(hand, late));
    hand.pass(Duration.ofMillis(1));
    hand.flush();
    assertEquals(1, hand.entries(ApprovalDecision.class).size());
    notCalled(hand, "expired");
  }

  @Test
  void aSuspendedProcessKeepsItsRequestAndGoesOnWhenResumed() {
    HandProcess hand = waiting(TOOLS);
    Future<Void> suspended = hand.kernel().suspend("for now");
    hand.flush();
    assertTrue(suspended.succeeded());
    decided(hand, yes(hand));
    assertTrue(hand.called.isEmpty());
    hand.restart(false);
    hand.flush();
    assertTrue(hand.called.isEmpty());
    Future<Void> resumed = hand.kernel().resume("go on");
    hand.flush();
    assertTrue(resumed.succeeded());
    charged(hand, PAY);
  }

  @Test
  void anotherPolicyMakesTheRequestLapseAndAsksAnew() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord old = yes(hand);
    hand.deploy(config("{\"approval\":{\"tools\":[\"charge\"],\"timeout\":60}}"));
    hand.flush();
    assertEquals(
        ApprovalOutcome.LAPSED, hand.entries(ApprovalDecision.class).get(0).outcome());
    assertNotEquals(old.id(), only(hand).request().id());
    assertEquals("APPROVAL_STALE", refused(hand, old));
    decided(hand, yes(hand));
    charged(hand, PAY);
  }

  @Test
  void aDecisionDoesNotHoldUnderAnotherPolicy() {
    HandProcess hand = waiting(TOOLS);
    Future<Void> suspended = hand.kernel().suspend("for now");
    hand.flush();
    assertTrue(suspended.succeeded());
    decided(hand, yes(hand));
    hand.deploy(config("{\"approval\":{\"tools\":[\"c*\"],\"tainted\":false}}"));
    Future<Void> resumed = hand.kernel().resume("go on");
    hand.flush();
    assertTrue(resumed.succeeded());
    assertTrue(hand.called.isEmpty());
    assertEquals(2, hand.entries(ApprovalRequest.class).size());
    decided(hand, yes(hand));
    charged(hand, PAY);
  }

  @Test
  void withoutThePolicyTheCallIsMadeAndTheRequestLapses() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord old = yes(hand);
    hand.deploy(HandProcess.config(ProcessConfig.Run.DEFAULT));
    hand.flush();
    charged(hand, PAY);
    assertEquals("APPROVAL_STALE", refused(hand, old));
  }

  @Test
  void aRunThatIsCancelledTakesItsRequestAlong() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord late = yes(hand);
    String event = hand.onlyRun().events().get(0).id();
    Future<Void> cancelled =
        hand.kernel().note(new EntryData.TriggerSettled(List.of(event), "cancelled", "not needed"));
    hand.kernel().invoker().pump();
    hand.flush();
    assertTrue(cancelled.succeeded());
    assertEquals(0, hand.image().runs().size());
    assertEquals(
        ApprovalOutcome.CANCELLED, hand.entries(ApprovalDecision.class).get(0).outcome());
    assertEquals("APPROVAL_DECIDED", refused(hand, late));
    assertEquals(
        "cancelled",
        hand.answer(hand.kernel().oversee(all -> all.approvals().show(late.id())))
            .get("status"));
  }

  @Test
  void beyondMaxPendingCallsAreDenied() {
    HandProcess hand = HandProcess.running(config(
        HandProcess.config(HandProcess.run(2, Duration.ZERO, Duration.ZERO)),
        "{\"approval\":{\"tools\":[\"charge\"],\"max_pending\":1}}"));
    wantsToPay(hand);
    wantsToPay(hand);
    assertEquals(1, approvals(hand).waiting().size());
    assertTrue(lastResult(hand).text().contains("1 requests wait"));
    assertEquals(EntryData.ToolOutcome.DENIED, lastResult(hand).outcome());
  }

  @Test
  void oneAfterTheOtherWhenThePolicySaysSo() {
    HandProcess hand = HandProcess.running(config(
        HandProcess.config(HandProcess.run(2, Duration.ZERO, Duration.ZERO)),
        "{\"approval\":{\"tools\":[\"charge\"],\"sequential\":true}}"));
    wantsToPay(hand);
    wantsToPay(hand);
    String second = approvals(hand).waiting().get(1).request().id();
    assertEquals("APPROVAL_STALE", refused(hand, word(second, true, null)));
    decided(hand, word(approvals(hand).waiting().get(0).request().id(), false, null));
    assertEquals("denied", decided(hand, word(second, false, null)).get("status"));
  }

  @Test
  void anAgentThatAsksAgainAndAgainIsNotHeardForAWhile() {
    HandProcess hand = HandProcess.running(
        config("{\"approval\":{\"tools\":[\"charge\"],\"max_retries_after_deny\":1}}"));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    for (int i = 0; i < 2; i++) {
      hand.want("charge", PAY);
      decided(hand, no(hand));
    }
    hand.want("charge", PAY);
    assertEquals(2, hand.entries(ApprovalRequest.class).size());
    assertTrue(lastResult(hand).text().contains("too often"));
    hand.restart(false);
    hand.flush();
    hand.pass(Duration.ofSeconds(601));
    hand.flush();
    hand.want("charge", PAY);
    assertEquals(3, hand.entries(ApprovalRequest.class).size());
  }

  @Test
  void whoDecidesSeesNoSecretsAndAsMuchAsThePolicySays() {
    HandProcess hand = HandProcess.running(
        config("{\"approval\":{\"tools\":[\"charge\"],\"context_messages\":2}}"));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.call("I pay now", "charge", "{\"amount\":5,\"auth\":{\"api_key\":\"k-1\"}}");
    Map<String, ?> list =
        hand.answer(hand.kernel().oversee(all -> all.approvals().list()));
    Map<?, ?> one =
        (Map<?, ?>) Objects.requireNonNull((List<?>) list.get("approvals")).get(0);
    assertEquals(Map.of("amount", 5L, "auth", Map.of("api_key", "[masked]")), one.get("arguments"));
    assertEquals(true, one.get("masked"));
    assertEquals(true, one.get("tainted"));
    assertEquals(
        List.of(
            Map.of("role", "trigger", "text", "\"pay\""),
            Map.of("role", "assistant", "text", "I pay now")),
        one.get("context"));
    HandProcess blind =
        waiting("{\"approval\":{\"tools\":[\"charge\"],\"include_arguments\":false}}");
    Map<String, ?> shown = blind.answer(
        blind.kernel().oversee(all -> all.approvals().show(only(blind).request().id())));
    assertFalse(shown.containsKey("arguments"));
    assertNotEquals(only(blind).request().digests().arguments(), shown.get("arguments_digest"));
  }

  @Test
  void waitingIsNotRunning() {
    HandProcess hand = HandProcess.running(config(
        HandProcess.config(HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(5))), PERSON_ONLY));
    wantsToPay(hand);
    hand.pass(Duration.ofSeconds(60));
    hand.flush();
    decided(hand, yes(hand));
    charged(hand, PAY);
    assertTrue(hand.entries(EntryData.InvocationResult.class).get(0).durationMs() < 5_000);
  }

  @Test
  void aFailedAppendLosesNeitherRequestNorDecision() {
    HandProcess hand = waiting(TOOLS);
    ApprovalWord word = yes(hand);
    hand.disk.failAt(0, 1_000);
    Future<Json> answer = decide(hand, word);
    assertTrue(answer.failed());
    assertTrue(hand.called.isEmpty());
    hand.mend();
    hand.flush();
    assertEquals(1, approvals(hand).waiting().size());
    decided(hand, word);
    charged(hand, PAY);
  }
}
