package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.hook.HookBlocked;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hooks are asked about a call that was begun and is to be made again. */
final class HookAgainTest extends HookWorld {

  private final List<Object> again = new ArrayList<>();
  private boolean closed;

  /** Lets every call pass until {@link #closed}. */
  private void guards(HookEvent event) {
    on(event, call -> {
      again.add(Boolean.TRUE.equals(call.data().get("again")));
      if (closed) {
        throw new HookBlocked("not today");
      }
    });
  }

  private void out(String tool) {
    guards(HookEvent.PERMISSION_REQUEST);
    start();
    offer();
    hand.want(tool, "{}");
    assertEquals(1, hand.called.size());
    assertEquals(List.of(false), again);
  }

  private void crash() {
    hand.restart(false);
    hand.flush();
  }

  private void fails() {
    hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
    hand.flush();
    hand.pass(Duration.ofSeconds(2));
    hand.flush();
  }

  private void retry() {
    SimWorld.later(hand.resolve(Resolution.RETRY));
    hand.flush();
  }

  private void ends() {
    hand.called.remove(0).promise().complete(Tool.Reply.ok("did it"));
    hand.flush();
    hand.say("done");
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
    assertEquals(ProcessState.RUNNING, hand.state());
    assertEquals(true, hand.answer(hand.past().replay()).get("equal"));
  }

  @Test
  void afterACrashItIsAskedAgainAndMadeUnderTheSameKey() {
    out("put");
    String key = hand.called.get(0).call().effectKey();
    crash();
    assertEquals(List.of(false, true), again);
    assertEquals(key, hand.called.get(0).call().effectKey());
    ends();
    assertEquals(2, again.size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAHookBlocksNowStaysInDoubt(boolean crashes) {
    out("put");
    closed = true;
    if (crashes) {
      crash();
    } else {
      fails();
    }
    assertTrue(hand.called.isEmpty(), "made again though a hook blocks it");
    assertEquals(List.of(), hand.entries(EntryData.ToolResult.class), "it may have acted");
    assertEquals(ProcessState.AWAITING, hand.state());
    closed = false;
    retry();
    assertEquals(List.of(false, true, true), again);
    ends();
  }

  @Test
  void aReadThatAHookBlocksNowIsDenied() {
    out("look");
    closed = true;
    crash();
    assertTrue(hand.called.isEmpty());
    assertEquals(ToolOutcome.DENIED, BudgetWorld.last(hand).outcome());
    assertEquals(
        "No answer came. Blocked by a hook: not today", BudgetWorld.last(hand).text());
  }

  @Test
  void eachTryAndEachWordOfAnOperatorIsAskedAbout() {
    out("put");
    for (int i = 0; i < 4; i++) {
      fails();
    }
    assertEquals(ProcessState.AWAITING, hand.state());
    assertEquals(List.of(false, true, true, true), again);
    retry();
    assertEquals(5, again.size());
    for (int i = 0; i < 4; i++) {
      fails();
    }
    assertEquals(8, again.size());
    closed = true;
    retry();
    assertEquals(9, again.size());
    assertEquals(ToolOutcome.UNKNOWN, BudgetWorld.last(hand).outcome());
    assertTrue(BudgetWorld.last(hand).text().contains("not today"));
  }

  @Test
  void anOperatorsRetryIsNotLeaveWhereAHookBlocks() {
    out("charge");
    crash();
    assertEquals(List.of(false), again, "nobody wants to make it again");
    closed = true;
    retry();
    assertTrue(hand.called.isEmpty());
    assertEquals(List.of(false, true), again);
    assertEquals(ToolOutcome.UNKNOWN, BudgetWorld.last(hand).outcome());
    hand.say("well then");
    assertEquals(ProcessState.RUNNING, hand.state());
  }

  @Test
  void whileAHookThinksNothingIsMadeAndTheNodeMayEnd() {
    out("put");
    held = true;
    for (int i = 0; i < 2; i++) {
      crash();
      assertTrue(hand.called.isEmpty());
    }
    pending.clear();
    crash();
    letHooksGo();
    assertEquals(1, hand.called.size());
    ends();
  }

  @Test
  void aProcessThatWasSuspendedMeanwhileWaits() {
    out("put");
    held = true;
    crash();
    Future<Void> suspended = hand.kernel().suspend("enough");
    letHooksGo();
    assertTrue(suspended.succeeded());
    assertTrue(hand.called.isEmpty(), "made while it was suspended");
    Future<Void> resumed = hand.kernel().resume("go on");
    hand.flush();
    assertTrue(resumed.succeeded());
    ends();
  }

  private void replied(String key) {
    Emission reply = new Emission(
        Emission.Kind.REPLY,
        key,
        Json.parse("{\"outcome\":\"completed\",\"text\":\"three\"}"),
        Emission.Options.NONE);
    Future<Void> heard = hand.bus.deliver(
        new Due(new NodeId("n"), HandProcess.ID.name(), "", null),
        new Arrival(key + "/reply", reply, "other", hand.timers.now(), 2));
    // Before anything else is durable.
    for (Runnable task = hand.tasks.poll(); task != null; task = hand.tasks.poll()) {
      task.run();
    }
    hand.flush();
    assertTrue(heard.succeeded());
  }

  @Test
  void aReplyThatComesBeforeTheProcessGoesOnIsTaken() {
    start();
    offer();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":1}");
    String key = hand.onlyRun().id().effectKey(1);
    hand.restart(false);
    Future<Void> suspended = hand.kernel().suspend("enough");
    hand.flush();
    assertTrue(suspended.succeeded());
    replied(key);
    assertEquals(List.of(), hand.asked, "it goes on while it is suspended");
    Future<Void> resumed = hand.kernel().resume("go on");
    hand.flush();
    assertTrue(resumed.succeeded());
    assertFalse(hand.asked.isEmpty(), "it waits for a reply that it has");
    hand.say("three");
    assertEquals("three", BudgetWorld.last(hand).text());
    assertEquals(1, hand.entries(EntryData.ToolResult.class).size());
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
  }

  @Test
  void aReplyIsTakenWhileSomebodyIsAskedWhetherToAskAgain() {
    start();
    offer();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":1}");
    String key = hand.onlyRun().id().effectKey(1);
    hand.reboot(false);
    hand.kernel().restored(null);
    hand.deploy(ApprovalWorld.config("{\"approval\":{\"tools\":[\"ask_process\"]}}"));
    assertFalse(hand.kernel().recover(false, null).failed());
    hand.flush();
    assertEquals(1, ApprovalWorld.approvals(hand).waiting().size());
    replied(key);
    assertFalse(hand.asked.isEmpty(), "it waits for leave to ask what has its answer");
    assertEquals(List.of(), ApprovalWorld.approvals(hand).waiting());
    hand.say("three");
    assertEquals("three", BudgetWorld.last(hand).text());
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
  }

  /** One thing that happens: a sync, or a task of the process. */
  private boolean step() {
    if (hand.drain()) {
      return true;
    }
    Runnable task = hand.tasks.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  @Test
  void aReplyIsTakenAtWhateverInstantItComesWhileItIsAskedAgain() {
    boolean more = true;
    for (int steps = 0; more; steps++) {
      HookAgainTest world = new HookAgainTest();
      more = world.repliedAfter(steps);
      assertTrue(steps < 99);
    }
  }

  /** Whether something happened until then. */
  private boolean repliedAfter(int steps) {
    guards(HookEvent.SUBAGENT_START);
    start();
    offer();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":1}");
    String key = hand.onlyRun().id().effectKey(1);
    closed = true;
    crash();
    closed = false;
    SimWorld.later(hand.resolve(Resolution.RETRY));
    boolean more = true;
    for (int i = 0; i < steps; i++) {
      more = step();
    }
    replied(key);
    assertFalse(hand.asked.isEmpty(), "it waits for a reply that it has, after " + steps);
    hand.say("three");
    assertEquals("three", BudgetWorld.last(hand).text());
    assertEquals(1, hand.entries(EntryData.ToolResult.class).size());
    return more;
  }

  @Test
  void aQuestionThatMayNotBeAskedAgainStillGetsItsReply() {
    guards(HookEvent.SUBAGENT_START);
    start();
    offer();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":1}");
    String key = hand.onlyRun().id().effectKey(1);
    closed = true;
    crash();
    assertEquals(List.of(false, true), again);
    assertEquals(ProcessState.AWAITING, hand.state());
    replied(key);
    assertFalse(hand.asked.isEmpty(), "it waits for a word on what has its answer");
    hand.say("three");
    assertEquals("three", BudgetWorld.last(hand).text());
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
  }
}
