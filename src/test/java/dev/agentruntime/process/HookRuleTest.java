package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.hook.HookBlocked;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What comes of a hook's word in a process, and what a crash makes of it. */
final class HookRuleTest extends HookWorld {

  @Test
  void aBlockedPromptEndsTheRunVisiblyAndIsNoFailure() {
    blocks(HookEvent.USER_PROMPT_SUBMIT);
    start();
    for (int i = 1; i <= 5; i++) {
      offer();
      assertEquals(List.of(), hand.asked, "no model is asked");
      List<EntryData.InvocationResult> results = hand.entries(EntryData.InvocationResult.class);
      assertEquals(i, results.size());
      assertEquals(Outcome.FAILED, results.get(i - 1).outcome());
      Failure why = results.get(i - 1).failure();
      assertNotNull(why);
      assertEquals(ErrorCode.HOOK_BLOCKED, why.code());
      assertEquals("Blocked by a hook: not today", why.message());
    }
    assertEquals(5, hand.image().deadLetters().size());
    assertEquals(ProcessState.RUNNING, hand.state());
    assertEquals(0, hand.image().consecutiveFailures());
    assertEquals(0, hand.entries(EntryData.ErrorNoted.class).size(), "nothing is tried again");
    assertEquals(true, hand.answer(hand.past().replay()).get("equal"));
    assertEquals(5, called.size(), "replay asks nobody");
  }

  @Test
  void aBlockedCallIsNotMadeAndTheModelIsToldWhy() {
    blocks(HookEvent.PERMISSION_REQUEST);
    on(HookEvent.PERMISSION_DENIED, call -> assertEquals("charge", call.data().get("tool")));
    start();
    offer();
    hand.want("charge", "{\"amount\":1}");
    assertEquals(List.of(), hand.called);
    EntryData.ToolResult result = hand.entries(EntryData.ToolResult.class).get(0);
    assertEquals(ToolOutcome.DENIED, result.outcome());
    assertEquals("Blocked by a hook: not today", result.text());
    assertEquals(0, hand.entries(EntryData.ToolCall.class).size());
    assertEquals(List.of("permission_request", "permission_denied"), called);
    assertTrue(hand.asked.get(0).request().messages().toString().contains("not today"));
    called.clear();
    hand.restart(false);
    hand.flush();
    hand.say("well then");
    assertEquals(List.of(), called, "what is in the journal is decided");
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
  }

  @Test
  void leaveIsGivenOnceAndAskedAgainOnlyWhenACrashTookItBeforeTheCall() {
    held = true;
    on(HookEvent.PERMISSION_REQUEST, call -> {});
    start();
    offer();
    hand.want("charge", "{}");
    assertEquals(List.of(), hand.called, "nobody has said anything yet");
    assertEquals(ProcessState.RUNNING, hand.state(), "being asked is not waiting for a person");
    // The hook speaks, and the node ends before the call is announced.
    pending.remove().run();
    hand.restart(false);
    hand.flush();
    assertEquals(0, hand.entries(EntryData.ToolCall.class).size());
    letHooksGo();
    assertEquals(List.of("permission_request", "permission_request"), called);
    assertEquals(1, hand.called.size());
    // Announced: it is in doubt over a crash, and nobody wants to make it again.
    hand.restart(false);
    hand.flush();
    letHooksGo();
    assertTrue(hand.onlyRun().isInDoubt());
    assertEquals(2, called.size());
  }

  @Test
  void otherArgumentsAreAskedAboutAnew() {
    on(HookEvent.PERMISSION_REQUEST, call -> {
      if (String.valueOf(call.data().get("arguments")).contains("9")) {
        throw new HookBlocked("too much");
      }
    });
    start();
    offer();
    hand.want("charge", "{\"amount\":1}");
    hand.called.remove(0).promise().complete(Tool.Reply.ok("done"));
    hand.flush();
    hand.want("charge", "{\"amount\":9}");
    assertEquals(List.of(), hand.called);
    assertEquals("Blocked by a hook: too much", BudgetWorld.last(hand).text());
  }

  @Test
  void aHookThatHangsHoldsUpARunForItsTimeOnly() {
    held = true;
    on(HookEvent.PERMISSION_REQUEST, call -> {
      throw new HookBlocked("too late");
    });
    start();
    offer();
    hand.want("charge", "{}");
    hand.pass(Duration.ofSeconds(4));
    hand.flush();
    assertEquals(List.of(), hand.called);
    hand.pass(Duration.ofSeconds(2));
    hand.flush();
    assertEquals(1, hand.called.size(), "a broken hook is passed over");
    letHooksGo();
    assertEquals(1, hand.called.size());
  }

  /** All work was ended and goes on, in less time than it took to tell the process. */
  @Test
  void whoWaitsForAHookThatWasEndedAsksAnew() {
    held = true;
    on(HookEvent.PERMISSION_REQUEST, call -> {});
    start();
    offer();
    hand.want("charge", "{}");
    Future<Void> halted = hooks.halt();
    hooks.goOn();
    hand.flush();
    letHooksGo();
    assertTrue(halted.succeeded());
    // That of before was not called any more.
    assertEquals(List.of("permission_request"), called);
    assertEquals(1, hand.called.size());
  }

  @Test
  void aProcessStopsAlthoughAHookHangs() {
    held = true;
    on(HookEvent.USER_PROMPT_SUBMIT, call -> {});
    start();
    offer();
    Future<Void> stopped = hand.kernel().stop("enough");
    hand.flush();
    hand.pass(Duration.ofSeconds(6));
    hand.flush();
    assertTrue(stopped.succeeded());
    assertEquals(ProcessState.STOPPED, hand.state());
    assertEquals(List.of(), hand.asked);
  }

  @Test
  void anotherProcessIsNotAskedWhenAHookBlocksIt() {
    blocks(HookEvent.SUBAGENT_START);
    on(HookEvent.PERMISSION_REQUEST, call -> {});
    start();
    offer();
    hand.want("ask_process", "{\"process\":\"other\",\"content\":1}");
    assertEquals(List.of("permission_request", "subagent_start"), called);
    assertEquals(ToolOutcome.DENIED, BudgetWorld.last(hand).outcome());
    hand.want("charge", "{}");
    assertEquals(1, hand.called.size(), "that is no other process");
  }

  private Future<Void> deploy(ProcessConfig next) {
    Manifest manifest = ManifestReader.of(next);
    return hand.kernel()
        .deployed(() -> new DeployEntry.ProcessDeployed(
            manifest.resolved(), manifest.digest(), 2, "code", null));
  }

  @Test
  void anotherManifestIsRefusedWithTheReason() {
    start();
    blocks(HookEvent.CONFIG_CHANGE);
    ProcessConfig next = HandProcess.config(HandProcess.run(2, Duration.ZERO, Duration.ZERO));
    Future<Void> deployed = deploy(next);
    hand.flush();
    assertTrue(deployed.failed());
    RuntimeFault why = (RuntimeFault) deployed.cause();
    assertEquals(ErrorCode.HOOK_BLOCKED, why.code());
    assertTrue(why.failure().message().contains("not today"), () -> "" + why);
    assertEquals(1, hand.entries(DeployEntry.ProcessDeployed.class).size());
    hooks.clear();
    Future<Void> again = deploy(next);
    hand.flush();
    assertTrue(again.succeeded());
    assertEquals(2, hand.entries(DeployEntry.ProcessDeployed.class).size());
  }

  @Test
  void theOthersAreToldInOrderWhenItIsDurable() {
    for (HookEvent event : HookEvent.values()) {
      on(event, call -> {});
    }
    start();
    offer();
    hand.say("done");
    Future<Void> stopped = hand.kernel().stop("enough");
    hand.flush();
    assertTrue(stopped.succeeded());
    assertEquals(
        List.of(
            "config_change",
            "session_start",
            "user_prompt_submit",
            "task_created",
            "task_completed",
            "session_end"),
        called);
  }

  @Test
  void aSummaryIsToldBeforeAndAfter() {
    on(HookEvent.PRE_COMPACT, call -> {
      throw new HookBlocked("nobody can");
    });
    on(HookEvent.POST_COMPACT, call -> assertEquals("in short", call.data().get("summary")));
    start(SummaryTest.summarised());
    for (int i = 1; i <= 3; i++) {
      offer();
      hand.say("a" + i);
    }
    offer();
    assertEquals(List.of("pre_compact"), called);
    hand.say("in short");
    assertEquals(List.of("pre_compact", "post_compact"), called);
    hand.say("a4");
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
  }

  @Test
  void aChangedFileIsToldAsATaskToo() {
    on(HookEvent.FILE_CHANGED, call -> assertEquals("files", call.data().get("trigger")));
    on(HookEvent.TASK_CREATED, call -> {});
    start();
    Future<?> taken = hand.kernel()
        .offer(new TriggerEvent(
            "f1",
            "files",
            "file_watch",
            hand.timers.now(),
            Json.of(Map.of("path", "a.csv")),
            Json.EMPTY,
            null,
            false));
    assertEquals(List.of(), called, "it is not durable yet");
    hand.flush();
    assertTrue(taken.succeeded());
    assertEquals(List.of("task_created", "file_changed"), called);
    assertEquals(0, hooks.registered().toString().split("\"broken\":1", -1).length - 1);
  }

  @Test
  void withoutHooksNothingIsDifferent() {
    start();
    offer();
    hand.want("charge", "{}");
    assertEquals(1, hand.called.size());
    assertFalse(hooks.hears(HookEvent.PERMISSION_REQUEST, HandProcess.ID.name()));
  }

  @Test
  void afterAnyCrashABlockedCallWasNotMadeAndADecidedOneIsNotAskedAbout() {
    on(HookEvent.PERMISSION_REQUEST, call -> {
      if ("charge".equals(call.data().get("tool"))) {
        throw new HookBlocked("not today");
      }
    });
    start();
    offer();
    List<EntryData> all = wholeRun();
    assertEquals(2, all.stream().filter(EntryData.ToolResult.class::isInstance).count());
    int first = 0;
    while (!(all.get(first) instanceof EntryData.InvocationStart)) {
      first++;
    }
    for (int size = first; size <= all.size(); size++) {
      afterCrash(all.subList(0, size));
    }
  }

  private List<EntryData> wholeRun() {
    live(hand);
    return hand.entries();
  }

  /** The model wants what is blocked, then what is not, then is done. */
  private static void live(HandProcess hand) {
    for (int i = 0; i < 20; i++) {
      hand.flush();
      if (!hand.called.isEmpty()) {
        HandProcess.Called call = hand.called.remove(0);
        assertEquals("put", call.tool());
        call.promise().complete(Tool.Reply.ok("did it"));
      } else if (!hand.asked.isEmpty()) {
        int turn = hand.asked.get(0).request().turn();
        if (turn == 3) {
          hand.say("done");
        } else {
          hand.want(turn == 1 ? "charge" : "put", "{}");
        }
      } else if (hand.image().runs().isEmpty() && hand.image().queue().isEmpty()) {
        return;
      }
    }
    throw new AssertionError("it never ends: " + hand.state());
  }

  private void afterCrash(List<EntryData> durable) {
    HookRuleTest other = new HookRuleTest();
    other.on(HookEvent.PERMISSION_REQUEST, call -> {
      other.called.add(String.valueOf(call.data().get("tool")));
      if ("charge".equals(call.data().get("tool"))) {
        throw new HookBlocked("not today");
      }
    });
    other.hand.around = deps -> deps.seenBy(other.watch, other.hooks);
    other.hand.open();
    for (EntryData entry : durable) {
      Future<Void> written = other.hand.kernel().note(entry);
      assertFalse(written.failed());
    }
    other.hand.born += 1_000;
    while (other.hand.drain()) {
      // Durable, and nothing else has happened.
    }
    other.called.clear();
    other.hand.restart(false);
    live(other.hand);
    List<EntryData.ToolResult> results = other.hand.entries(EntryData.ToolResult.class);
    assertEquals(
        List.of(ToolOutcome.DENIED, ToolOutcome.OK),
        results.stream().map(EntryData.ToolResult::outcome).toList(),
        () -> "after " + durable.size());
    for (EntryData entry : durable) {
      String decided = decided(entry);
      assertFalse(
          decided != null && other.called.contains(decided),
          () -> "after " + durable.size() + ": " + other.called);
    }
    assertEquals(true, other.hand.answer(other.hand.past().replay()).get("equal"));
  }

  private static @Nullable String decided(EntryData entry) {
    return entry instanceof EntryData.ToolResult result ? result.tool() : null;
  }

  @Test
  void aPromptIsToldWhatWokeTheRun() {
    List<Map<String, ?>> all = new ArrayList<>();
    on(HookEvent.USER_PROMPT_SUBMIT, call -> all.add(call.data()));
    start();
    offer();
    assertEquals("go", all.get(0).get("payload"));
    assertEquals("hook", all.get(0).get("trigger"));
    assertEquals("webhook", all.get(0).get("type"));
    assertEquals(true, all.get(0).get("tainted"));
  }
}
