package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.PAY;
import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decide;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.no;
import static dev.agentruntime.process.ApprovalWorld.only;
import static dev.agentruntime.process.ApprovalWorld.refused;
import static dev.agentruntime.process.ApprovalWorld.word;
import static dev.agentruntime.process.ApprovalWorld.yes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The node ends while a call is out, and what is allowed changes before it is back. */
class MadeAgainTest {

  private static final String NOTHING = "{}";
  private static final String ASKS = "{\"approval\":{\"tools\":[\"put\",\"charge\",\"look\"]}}";
  private static final String ONE_CALL = "{\"budget\":{\"max_tool_calls_per_run\":1}}";

  /** A call that is out under one policy. */
  private static HandProcess out(String policy, String tool, boolean trusted) {
    HandProcess hand = HandProcess.running(config(policy));
    TriggerEvent event = hand.event("go", null);
    Future<Accepted> offered = hand.kernel().offer(trusted ? event.vouched() : event);
    hand.flush();
    assertTrue(offered.succeeded());
    hand.want(tool, PAY);
    return hand;
  }

  /** The JVM ends, and another policy is there before anything goes on. */
  private static void comesBack(HandProcess hand, String policy) {
    hand.reboot(false);
    hand.kernel().restored(null);
    hand.deploy(config(policy));
    assertTrue(hand.called.isEmpty());
    assertFalse(hand.kernel().recover(false, null).failed());
    hand.flush();
  }

  private static EntryData.ToolResult result(HandProcess hand) {
    List<EntryData.ToolResult> all = hand.entries(EntryData.ToolResult.class);
    assertEquals(1, all.size());
    return all.get(0);
  }

  private static void ends(HandProcess hand) {
    hand.called.remove(0).promise().complete(Tool.Reply.ok("did it"));
    hand.flush();
    hand.say("done");
    assertTrue(hand.image().runs().isEmpty());
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | false",
        "{\"taint\":\"ask\"} | true",
        "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false}} | false",
        "{\"budget\":{\"max_tool_calls_per_run\":1}} | false"
      })
  void whatIsAllowedAsBeforeIsMadeAgainAtOnce(String policy, boolean trusted) {
    HandProcess hand = out(policy, "put", trusted);
    String key = hand.called.get(0).call().effectKey();
    comesBack(hand, policy);
    assertEquals(List.of(), hand.entries(ApprovalRequest.class));
    assertEquals(key, hand.called.get(0).call().effectKey());
    ends(hand);
    assertEquals(1, hand.entries(EntryData.ToolCall.class).size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"taint\":\"ask\"}", ASKS})
  void whatNeedsAPersonNowIsAskedAboutBeforeItIsMadeAgain(String policy) {
    HandProcess hand = out(NOTHING, "put", false);
    String key = hand.called.get(0).call().effectKey();
    comesBack(hand, policy);
    assertTrue(hand.called.isEmpty(), "made again without asking");
    assertEquals(ProcessState.AWAITING, hand.state());
    hand.restart(false);
    hand.flush();
    assertTrue(hand.called.isEmpty(), "made again without an answer");
    Object unused = decided(hand, yes(hand));
    assertEquals(1, hand.called.size());
    assertEquals(key, hand.called.get(0).call().effectKey());
    assertEquals(PAY, hand.called.get(0).call().arguments().toString());
    ends(hand);
    assertEquals(1, hand.entries(ApprovalRequest.class).size());
  }

  @ParameterizedTest
  @CsvSource({"put,true", "put,false", "look,false"})
  void whatNobodyAllowsIsNotMadeAgain(String tool, boolean landed) {
    HandProcess hand = out(NOTHING, tool, false);
    comesBack(hand, ASKS);
    Object unused = decided(hand, no(hand));
    assertTrue(hand.called.isEmpty());
    if (tool.equals("put")) {
      // It may have acted: that is another question than whether it may act again.
      assertEquals(ProcessState.AWAITING, hand.state());
      assertEquals(List.of(), hand.entries(EntryData.ToolResult.class));
      SimWorld.later(hand.resolve(landed ? Resolution.LANDED : Resolution.RETRY));
      hand.flush();
      assertEquals(landed ? ToolOutcome.OK : ToolOutcome.UNKNOWN, result(hand).outcome());
    } else {
      assertEquals(ToolOutcome.DENIED, result(hand).outcome());
    }
    assertTrue(hand.called.isEmpty());
    hand.say("done");
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void whatATaintedRunMayNotCallNowIsInDoubt() {
    HandProcess hand = out(NOTHING, "put", false);
    comesBack(hand, "{\"taint\":\"deny\"}");
    hand.restart(false);
    hand.flush();
    assertTrue(hand.called.isEmpty());
    assertEquals(ProcessState.AWAITING, hand.state());
    SimWorld.later(hand.resolve(Resolution.DID_NOT_HAPPEN));
    hand.flush();
    assertEquals(ToolOutcome.ERROR, result(hand).outcome());
    hand.say("done");
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "charge"})
  void whatWaitsForAWordIsNotBlamedForTheEndsOfTheJvm(String tool) {
    HandProcess hand = out(NOTHING, tool, false);
    comesBack(hand, "{\"taint\":\"deny\"}");
    for (int i = 0; i < 5; i++) {
      hand.restart(false);
      hand.flush();
      assertEquals(ProcessState.AWAITING, hand.state(), "after " + (i + 1));
    }
    assertEquals(1, hand.image().runs().size(), "given up while it waited for a word");
    SimWorld.later(hand.resolve(Resolution.LANDED));
    hand.flush();
    assertEquals(ToolOutcome.OK, result(hand).outcome());
    hand.say("done");
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void whatIsMadeAgainAfterAWaitAndEndsTheJvmIsGivenUp() {
    HandProcess hand = out(NOTHING, "put", false);
    comesBack(hand, "{\"taint\":\"deny\"}");
    assertEquals(ProcessState.AWAITING, hand.state());
    comesBack(hand, NOTHING);
    int crashes = 0;
    while (!hand.called.isEmpty() && crashes < 9) {
      hand.restart(false);
      hand.flush();
      crashes++;
    }
    // Of the five that are the most, one was before it waited, and the end of the wait is none.
    assertEquals(4, crashes);
    assertTrue(hand.image().runs().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anApprovalHoldsForTheSameCallUnderTheSamePolicy(boolean edits) {
    HandProcess hand = out(ASKS, "put", false);
    String given = edits ? "{\"amount\":1}" : PAY;
    Object unused = decided(hand, word(only(hand).request().id(), true, edits ? given : null));
    comesBack(hand, ASKS);
    assertEquals(given, hand.called.get(0).call().arguments().toString());
    ends(hand);
    assertEquals(1, hand.entries(ApprovalRequest.class).size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anApprovalUnderAnotherPolicyIsAskedForAnewAboutWhatWasBegun(boolean edits) {
    HandProcess hand = out(ASKS, "put", false);
    String given = edits ? "{\"amount\":1}" : PAY;
    String first = only(hand).request().id();
    Object unused = decided(hand, word(first, true, edits ? given : null));
    comesBack(hand, "{\"approval\":{\"tools\":[\"put\"],\"timeout\":60}}");
    assertTrue(hand.called.isEmpty());
    ApprovalRequest anew = only(hand).request();
    assertEquals(first + ".2", anew.id());
    assertEquals(Json.parse(given), anew.arguments());
    // Under its key, the other side knows it with those arguments.
    assertEquals("INVALID_REQUEST", refused(hand, word(anew.id(), true, "{\"amount\":2}")));
    assertTrue(decide(hand, word(anew.id(), true, null)).succeeded());
    assertEquals(given, hand.called.get(0).call().arguments().toString());
    ends(hand);
  }

  @Test
  void anOperatorsWordIsNotLeaveWhereAnApprovalIsNeeded() {
    HandProcess hand = out(NOTHING, "charge", false);
    comesBack(hand, ASKS);
    assertEquals(ProcessState.AWAITING, hand.state());
    SimWorld.later(hand.resolve(Resolution.RETRY));
    hand.flush();
    assertTrue(hand.called.isEmpty());
    hand.restart(false);
    hand.flush();
    Object unused = decided(hand, yes(hand));
    assertEquals(1, hand.called.size());
    ends(hand);
  }

  @Test
  void aBudgetThatIsLowerThanWhatWasUsedLetsNothingBeMadeAgain() {
    String tools = "\"tool_costs\":{\"put\":{\"cost_weight\":5}}";
    HandProcess hand = out("{\"budget\":{\"max_cost_per_run\":10," + tools + "}}", "put", false);
    comesBack(hand, "{\"budget\":{\"max_cost_per_run\":4," + tools + "}}");
    assertTrue(hand.called.isEmpty());
    assertEquals(ProcessState.AWAITING, hand.state());
    SimWorld.later(hand.resolve(Resolution.RETRY));
    hand.flush();
    assertTrue(hand.called.isEmpty());
    assertEquals(ToolOutcome.UNKNOWN, result(hand).outcome());
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "charge"})
  void aCallIsChargedOnceAndForEachWordOfAnOperator(String tool) {
    String limits = "{\"budget\":{\"max_tool_calls_per_run\":1,\"max_tool_calls_per_day\":4}}";
    HandProcess hand = out(limits, tool, false);
    for (int i = 0; i < 3; i++) {
      comesBack(hand, limits);
      if (tool.equals("charge")) {
        SimWorld.later(hand.resolve(Resolution.RETRY));
        hand.flush();
      }
      assertEquals(1, hand.called.size());
    }
    assertEquals(tool.equals("charge") ? 4 : 1, BudgetWorld.used(hand, BudgetLimit.TOOL_CALLS_DAY));
    ends(hand);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"max_irreversible_per_run\":1',true",
    "'\"max_tool_calls_per_run\":1',true",
    "'\"max_tool_calls_per_day\":2',true",
    "'\"max_tool_calls_per_day\":1',false"
  })
  void aWordOfAnOperatorIsNotBoundByTheRunButByTheDay(String limit, boolean made) {
    String budget = "{\"budget\":{" + limit + "}}";
    HandProcess hand = out(budget, "charge", false);
    comesBack(hand, budget);
    SimWorld.later(hand.resolve(Resolution.RETRY));
    hand.flush();
    assertEquals(made ? 1 : 0, hand.called.size());
    if (!made) {
      assertEquals(ToolOutcome.UNKNOWN, result(hand).outcome());
    }
  }

  @Test
  void aBudgetThatCameMeanwhileIsCharged() {
    HandProcess hand = out(NOTHING, "put", false);
    comesBack(hand, "{\"budget\":{\"max_tool_calls_per_day\":9}}");
    assertEquals(1, hand.called.size());
    comesBack(hand, "{\"budget\":{\"max_tool_calls_per_day\":9}}");
    assertEquals(1, BudgetWorld.used(hand, BudgetLimit.TOOL_CALLS_DAY));
    assertNotNull(hand.entries(EntryData.ToolCall.class).get(1).reserve());
    ends(hand);
  }

  @Test
  void aPolicyThatComesBetweenTwoTriesHoldsForTheNext() {
    HandProcess hand = out(NOTHING, "put", false);
    Called first = hand.called.remove(0);
    hand.deploy(config(ASKS));
    first.promise().fail(new IllegalStateException("connection lost"));
    hand.flush();
    hand.pass(Duration.ofSeconds(1));
    hand.flush();
    assertTrue(hand.called.isEmpty());
    Object unused = decided(hand, yes(hand));
    assertEquals(first.call().effectKey(), hand.called.get(0).call().effectKey());
    ends(hand);
  }

  @Test
  void aBudgetOfOneCallLetsThatCallBeTriedAgain() {
    HandProcess hand = out(ONE_CALL, "put", false);
    hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
    hand.flush();
    hand.pass(Duration.ofSeconds(1));
    hand.flush();
    assertEquals(1, hand.called.size());
    ends(hand);
  }
}
