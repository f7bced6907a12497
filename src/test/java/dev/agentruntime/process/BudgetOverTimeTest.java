package dev.agentruntime.process;

import static dev.agentruntime.process.BudgetWorld.acts;
import static dev.agentruntime.process.BudgetWorld.assertHeld;
import static dev.agentruntime.process.BudgetWorld.config;
import static dev.agentruntime.process.BudgetWorld.notes;
import static dev.agentruntime.process.BudgetWorld.offer;
import static dev.agentruntime.process.BudgetWorld.used;
import static dev.agentruntime.process.BudgetWorld.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.policy.MissionConfig.OnComplete;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A budget that is changed, or whose day ends, while something is under way. */
final class BudgetOverTimeTest {

  @Test
  void whoWaitsForAReserveGoesOnUnderTheBudgetDeclaredMeanwhile() {
    HandProcess process = HandProcess.running(config("{max_tokens_per_day: 100}", 2));
    process.most = new Message.Usage(60, 20);
    process.usage = new Message.Usage(5, 5);
    offer(process, "a");
    offer(process, "b");
    assertEquals(1, process.asked.size(), "a is asked, b waits for what a has reserved");
    process.deploy(config("{max_tokens_per_day: 110}", 2));
    process.say("done a");
    assertEquals(1, process.asked.size(), "b goes on");
    process.say("done b");
    assertEquals(0, process.image().runs().size());
  }

  @Test
  void whatIsReservedIsStillToComeBackAfterADeploy() {
    HandProcess process = HandProcess.running(config("{max_tokens_per_day: 100}", 2));
    process.most = new Message.Usage(40, 0);
    process.usage = new Message.Usage(20, 0);
    offer(process, "a");
    offer(process, "b");
    process.most = new Message.Usage(60, 0);
    process.want("look", "{}");
    process.called.remove(0).promise().complete(Tool.Reply.ok("x"));
    process.flush();
    process.deploy(config("{max_tokens_per_day: 101}", 2));
    assertEquals(ProcessState.RUNNING, process.state(), "what b reserved may come back");
    process.say("done b");
    assertEquals(1, process.asked.size(), "a goes on");
  }

  @Test
  void aDayThatIsOverHoldsNobody() {
    HandProcess process = with("{max_tool_calls_per_day: 1}");
    process.pass(Duration.ofHours(15));
    offer(process, "x");
    acts(process, "put");
    process.want("put", "{}");
    process.pass(Duration.ofHours(2));
    process.say("done");
    assertEquals(0, used(process, BudgetLimit.TOOL_CALLS_DAY));
    assertEquals(
        ProcessState.RUNNING, process.state(), () -> "" + process.image().reason());
  }

  @Test
  void aBudgetThatWasAwayForgetsTheRunsThatEndedMeanwhile() {
    HandProcess process = with("{max_tool_calls_per_run: 1}");
    for (int i = 0; i < 3; i++) {
      offer(process, "x" + i);
      acts(process, "put");
      process.deploy(HandProcess.config(HandProcess.run(1, Duration.ZERO, Duration.ZERO)));
      process.say("done");
      process.deploy(config("{max_tool_calls_per_run: 1}", 1));
    }
    List<String> open = new ArrayList<>();
    process.image().governance().budget().runs().forEach(open::add);
    assertEquals(List.of(), open);
  }

  private static HandProcess withMuse(String budget) {
    HandProcess process = new HandProcess();
    Tool muses = HandTool.of("muse", Policy.OWN_STATE, process.called);
    process.around = deps -> {
      deps.tools().replace("test", List.of(muses));
      return deps;
    };
    process.open();
    process.deploy(config(budget, 2));
    SimWorld.later(process.start());
    process.flush();
    return process;
  }

  /** A tool of the process itself has no entry before its result. */
  @Test
  void aCallThatEndsWhileThereIsNoBudgetHoldsNothingOfTheNextOne() {
    HandProcess process = withMuse("{max_tool_calls_per_day: 2}");
    offer(process, "a");
    process.want("muse", "{}");
    process.deploy(HandProcess.config(HandProcess.run(2, Duration.ZERO, Duration.ZERO)));
    process.called.remove(0).promise().complete(Tool.Reply.ok("mused"));
    process.flush();
    process.deploy(config("{max_tool_calls_per_day: 2}", 2));
    HandProcess.Asked first = process.asked.remove(0);
    offer(process, "b");
    acts(process, "put");
    acts(process, "put");

    assertEquals(2, used(process, BudgetLimit.TOOL_CALLS_DAY), "nobody else is calling");
    process.asked.add(first);
  }

  @Test
  void whatARunWantedYesterdayIsForgottenToday() {
    HandProcess process = with("{max_tool_calls_per_day: 1}");
    process.pass(Duration.ofHours(15));
    offer(process, "x");
    acts(process, "put");
    process.want("put", "{}");
    process.pass(Duration.ofHours(2));
    acts(process, "put");
    process.want("put", "{}");
    process.say("done");

    assertEquals(
        2, notes(process).stream().filter("exceeded tool_calls_day"::equals).count());
    assertHeld(process);
  }

  @Test
  void aJudgeThatAnswersOnAnotherDayTakesNothingFromIt() {
    ProcessConfig budget = new ManifestReader(name -> null)
        .readYaml(
            "name: hand\nmodel: echo\nbudget: {max_tokens_per_day: 100000}\n", "t", null, false)
        .config();
    HandProcess process = HandProcess.running(HealthWatchTest.governed(
        HandProcess.run(1, Duration.ZERO, Duration.ZERO),
        budget.governance().withMission(MissionWatchTest.mission(1, 0, OnComplete.CONTINUE))));
    Future<?> first = process.offer("go");
    process.flush();
    process.most = new Message.Usage(2_000, 500);
    process.say("one");
    HandProcess.Asked judge = process.asked.remove(0);
    process.pass(Duration.ofHours(17));
    process.usage = new Message.Usage(2_000, 0);
    Future<?> second = process.offer("more");
    process.flush();
    process.say("two");
    assertTrue(first.succeeded() && second.succeeded());
    assertEquals(2_000, used(process, BudgetLimit.TOKENS_DAY));
    judge
        .promise()
        .complete(new ChatReply(
            new Message.Assistant(MissionWatchTest.verdict(false, "0.9"), List.of()),
            new Message.Usage(3, 2)));
    process.flush();
    assertEquals(4_500, used(process, BudgetLimit.TOKENS_DAY), "with the reserve of the next one");
  }

  /** What is made again on an operator's word counts of the day beside what has no entry yet. */
  @Test
  void whatIsMadeAgainLeavesOthersTheirPartOfTheDay() {
    String budget = "{max_tool_calls_per_day: 2}";
    HandProcess process = withMuse(budget);
    offer(process, "a");
    process.want("charge", "{}");
    InvocationId inDoubt = process.onlyRun().id();
    process.restart(false);
    process.flush();
    process.called.clear();
    offer(process, "b");
    process.want("muse", "{}");
    assertEquals(1, process.called.size());
    assertEquals(1, used(process, BudgetLimit.TOOL_CALLS_DAY), "the call that is in doubt");
    SimWorld.later(process
        .kernel()
        .resolve(
            inDoubt,
            new EntryData.EffectResolved(
                inDoubt, inDoubt.effectKey(1), EntryData.Resolution.RETRY, null, "test")));
    process.flush();
    assertEquals(1, process.called.size(), "nothing is left for it");
    process.called.remove(0).promise().complete(Tool.Reply.ok("mused"));
    process.flush();
    assertEquals(2, used(process, BudgetLimit.TOOL_CALLS_DAY));
  }
}
