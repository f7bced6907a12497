package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.governance.Grant;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.tool.Tool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An agent that gives a part of its own budget to another: never more than it has, never to whom it
 * may not, and once, wherever it is cut off.
 */
final class GrantToolTest {

  private static final String BUDGET =
      "max_tool_calls_per_day: 10, max_tokens_per_day: 1000, max_cost_per_day: 9";
  private static final String MAY = BUDGET + ", grant_to: [\"child*\"]";
  private static final String FOUR = "{\"process\":\"child\",\"tool_calls\":4}";
  private static final Duration LONG = Duration.ofMinutes(5);

  private static ProcessConfig config(String name, String budget, String more) {
    return new ManifestReader(any -> null)
        .readYaml(
            "name: " + name + "\nmodel: echo\nbudget: {" + budget + "}\n" + more, "t", null, false)
        .config();
  }

  private static BusWorld world(String parent, String child) {
    BusWorld world = new BusWorld(1);
    world.side(config("parent", parent, ""));
    world.side(config("child", child, ""));
    return world;
  }

  private static void grants(BusWorld world, String arguments) {
    SimWorld.later(
        world.of("parent").tell("grant_budget", Json.parse(arguments)).mapEmpty());
  }

  private static long left(BusWorld.Side side) {
    Long left = side.image()
        .governance()
        .budget()
        .left(
            BudgetLimit.TOOL_CALLS_DAY,
            null,
            side.timers.now(),
            side.image().config().governance().budget());
    return left == null ? -1 : left;
  }

  private static EntryData.ToolResult result(BusWorld.Side side) {
    return side.entries(EntryData.ToolResult.class).get(0);
  }

  /** One wound by hand beside a process that is only known to be there. */
  private static HandProcess hand(String more) {
    HandProcess hand = new HandProcess();
    hand.bus.declare(new ProcessName("child"), List.of());
    hand.open();
    hand.deploy(config("hand", MAY, more));
    SimWorld.later(hand.start());
    hand.flush();
    return hand;
  }

  private static EntryData.ToolResult last(HandProcess hand) {
    List<EntryData.ToolResult> all = hand.entries(EntryData.ToolResult.class);
    return all.get(all.size() - 1);
  }

  private static long used(HandProcess hand) {
    return BudgetWorld.used(hand, BudgetLimit.TOOL_CALLS_DAY);
  }

  // --- What it does

  @Test
  void isGoneAtOnceAndArrivesWhenTheRunHasEndedWell() {
    BusWorld world = world(MAY, "max_tool_calls_per_day: 1");
    grants(world, FOUR);
    while (world.of("parent").entries(EntryData.ToolResult.class).isEmpty()) {
      assertTrue(world.step());
    }
    assertEquals(5, left(world.of("parent")), "the call itself counts too");
    assertEquals(1, left(world.of("child")));
    world.deliverAll(LONG);

    assertEquals(5, left(world.of("parent")));
    assertEquals(5, left(world.of("child")));
    Grant grant = Grant.of(result(world.of("parent")).emissions().get(0));
    assertEquals("2026-03-02T00:00:00Z", grant == null ? "" : grant.day());
  }

  @Test
  void whatTheReceiverRefusesComesBack() {
    BusWorld world = world(MAY, "max_runs_per_day: 1");
    grants(world, FOUR);
    world.deliverAll(LONG);

    assertEquals(9, left(world.of("parent")));
    assertEquals(0, world.of("parent").image().outbox().size());
  }

  @Test
  void aRunThatEndsBadlyGivesNothingUntilItGoesOn() {
    HandProcess hand = hand("trigger_delivery: {max_retries: 0}\n");
    BudgetWorld.offer(hand, "x");
    hand.want("grant_budget", FOUR);
    hand.breakModel();
    assertEquals(1, hand.image().deadLetters().size());
    assertEquals(5, used(hand), "counted too much, never too little");
    assertEquals(0, hand.image().outbox().size());
    SimWorld.later(
        hand.kernel().deadLetters(HandProcess.again(List.of(), false)).mapEmpty());
    hand.flush();
    hand.say("done");
    assertEquals(5, used(hand), "and once");
    assertEquals(1, hand.image().outbox().size());
  }

  // --- What it does not do

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {"process":"child"}|at least one of [tool_calls, runs, cost, tokens, money]
      {"tool_calls":1}|argument "process"
      {"process":"child","tool_calls":0}|tool_calls, expected=a number above 0
      {"process":"child","tool_calls":-4}|tool_calls, expected=a number above 0
      {"process":"child","tool_calls":1.5}|argument "tool_calls"
      {"process":"child","tool_calls":"4"}|argument "tool_calls"
      {"process":"child","tool_calls":99999999999999999999}|tool_calls, expected=a number above 0
      {"process":"child","cost":1e400}|cost, expected=a number above 0
      {"process":"child","luck":1}|argument "luck"
      {"process":"child","tool_calls":10}|tool_calls, expected=at most what is left today, 9
      {"process":"child","cost":8.5}|cost, expected=at most what is left today, 8
      {"process":"child","tokens":1001}|tokens, expected=at most what is left today, 998
      {"process":"child","runs":1}|no max_runs_per_day
      {"process":"parent","tool_calls":1}|expected=one that the manifest lets it grant to
      {"process":"other","tool_calls":1}|expected=one that the manifest lets it grant to
      {"process":"children","tool_calls":1}|expected=one of this node
      {"process":"no name","tool_calls":1}|process
      """)
  void isRefusedInWords(String arguments, String why) {
    BusWorld world = world(MAY, "max_tool_calls_per_day: 1");
    grants(world, arguments);
    world.deliverAll(LONG);
    EntryData.ToolResult result = result(world.of("parent"));

    assertEquals(ToolOutcome.ERROR, result.outcome());
    assertTrue(result.text().contains(why), result.text());
    assertEquals(List.of(), result.emissions());
    assertEquals(1, left(world.of("child")));
    assertTrue(left(world.of("parent")) >= 9);
  }

  @Test
  void neverGivesToItself() {
    BusWorld world = world(BUDGET + ", grant_to: [\"*\"]", "max_tool_calls_per_day: 1");
    grants(world, "{\"process\":\"parent\",\"tool_calls\":1}");
    world.deliverAll(LONG);

    assertTrue(result(world.of("parent")).text().contains("expected=another process"));
    assertEquals(9, left(world.of("parent")));
  }

  @ParameterizedTest
  @ValueSource(strings = {BUDGET, MAY + ", enabled: false"})
  void isThereOnlyWhereTheManifestSaysSo(String budget) {
    BusWorld world = world(budget, "max_tool_calls_per_day: 1");
    grants(world, FOUR);
    world.deliverAll(LONG);

    assertTrue(result(world.of("parent")).text().contains("there is no tool \"grant_budget\""));
  }

  @Test
  void noOtherToolGives() {
    HandProcess hand = new HandProcess();
    hand.around = deps -> {
      deps.tools().replace("test", List.of(HandTool.of("sly", Policy.OWN_STATE, hand.called)));
      return deps;
    };
    hand.open();
    hand.deploy(config("hand", MAY, ""));
    SimWorld.later(hand.start());
    hand.flush();
    BudgetWorld.offer(hand, "x");
    hand.want("sly", "{}");
    Grant grant = new Grant(
        new ProcessName("child"),
        "2026-03-02",
        hand.timers.now(),
        Map.of(BudgetLimit.TOOL_CALLS_DAY, 4L));
    hand.called
        .remove(0)
        .promise()
        .complete(new Tool.Reply("given", false, List.of(), List.of(grant.emission())));
    hand.flush();

    assertEquals(
        "not said: a tool says events and messages, actual=grant", last(hand).text());
    assertEquals(1, used(hand));
  }

  @Test
  void whatIsDeclaredNowHoldsForARunThatBeganBefore() {
    HandProcess hand = hand("");
    BudgetWorld.offer(hand, "x");
    hand.deploy(config("hand", BUDGET, ""));
    hand.want("grant_budget", FOUR);

    assertTrue(last(hand).text().contains("expected=one that the manifest lets it grant to, []"));
    assertEquals(1, used(hand));
  }

  @Test
  void parallelRunsDoNotGiveMoreThanThereIs() {
    HandProcess hand = hand("config: {concurrency: 3}\n");
    for (int i = 0; i < 3; i++) {
      BudgetWorld.offer(hand, "x" + i);
    }
    for (int i = 0; i < 3; i++) {
      hand.want("grant_budget", FOUR);
    }
    List<ToolOutcome> outcomes = hand.entries(EntryData.ToolResult.class).stream()
        .map(EntryData.ToolResult::outcome)
        .toList();
    assertEquals(List.of(ToolOutcome.OK, ToolOutcome.OK, ToolOutcome.DENIED), outcomes);
    assertEquals(10, used(hand), "each part and each call");
  }

  // --- Who has a say

  @Test
  void aTaintedRunAsksFirst() {
    HandProcess hand = hand("taint: ask\n");
    BudgetWorld.offer(hand, "from outside");
    hand.want("grant_budget", FOUR);
    ApprovalRequest request = hand.entries(ApprovalRequest.class).get(0);
    assertEquals(List.of("tainted"), request.reasons());
    assertEquals(0, used(hand));
    ApprovalWorld.decided(
        hand, ApprovalWorld.word(request.id(), true, "{\"process\":\"child\",\"tool_calls\":2}"));

    assertEquals(ToolOutcome.OK, last(hand).outcome());
    assertEquals(3, used(hand), "what was approved");
  }

  @Test
  void aTaintedRunMayNotWhereNobodyIsAsked() {
    HandProcess hand = hand("taint: deny\n");
    BudgetWorld.offer(hand, "from outside");
    hand.want("grant_budget", FOUR);

    assertEquals(ToolOutcome.DENIED, last(hand).outcome());
    assertEquals(0, used(hand));
  }

  @Test
  void aPolicyByNameAsksToo() {
    HandProcess hand = hand("approval: {tools: [\"grant_*\"], tainted: false}\n");
    SimWorld.later(hand.kernel().offer(hand.event("go", null).vouched()).mapEmpty());
    hand.flush();
    hand.want("grant_budget", FOUR);

    assertEquals(List.of("tool"), hand.entries(ApprovalRequest.class).get(0).reasons());
  }

  // --- Kills

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void aKillAtAnyStepCountsItOnce(boolean taken, boolean power) {
    int steps = 0;
    boolean more = true;
    while (more) {
      BusWorld world = world(MAY, taken ? "max_tool_calls_per_day: 1" : "max_runs_per_day: 3");
      grants(world, FOUR);
      for (int i = 0; i < steps && more; i++) {
        more = world.step();
      }
      world.of("child").crash(power);
      world.of("parent").crash(power);
      world.deliverAll(LONG);
      BusWorld.Side parent = world.of("parent");
      boolean said = parent.entries(EntryData.InvocationResult.class).stream()
          .anyMatch(end -> end.outcome() == Outcome.COMPLETED);
      assertEquals(!said ? 10 : taken ? 5 : 9, left(parent), "parent at " + steps);
      if (taken) {
        assertEquals(said ? 5 : 1, left(world.of("child")), "child at " + steps);
      }
      Map<String, Object> before = parent.image().governance().toValues();
      parent.crash(false);
      world.settle();
      assertEquals(before, parent.image().governance().toValues());
      steps++;
    }
    assertFalse(steps < 8, "only " + steps + " steps");
  }

  @Test
  void aReplayComesToTheSame() {
    HandProcess hand = hand("");
    BudgetWorld.offer(hand, "x");
    hand.want("grant_budget", FOUR);
    hand.say("done");
    assertEquals(true, hand.answer(hand.past().replay()).get("equal"));
    Map<String, Object> before = hand.image().governance().toValues();
    hand.restart(true);
    assertEquals(before, hand.image().governance().toValues());
  }
}
