package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ProcessConfig.Restarts;
import dev.agentruntime.config.ProcessConfig.Restarts.Policy;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry.ProcessRemoved;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.InvocationResult;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.TriggerSettled;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * F44: a process is taken away while it works, waits, or rests: what it had accepted is settled,
 * and nothing of it acts, waits or is written afterwards.
 */
final class RemovalTest {

  private static final String GONE = "removed by test";

  @CanIgnoreReturnValue
  private static <T> Future<T> done(HandProcess hand, Future<T> future) {
    hand.flush();
    assertTrue(future.succeeded(), () -> String.valueOf(future.cause()));
    return future;
  }

  private static RuntimeFault refused(HandProcess hand, Future<?> future) {
    hand.flush();
    return assertInstanceOf(RuntimeFault.class, future.cause());
  }

  /** Stops it, at the end of the time that steps in flight may take. */
  private static void stopped(HandProcess hand) {
    Future<Void> stopped = hand.kernel().stop(GONE);
    hand.flush();
    hand.pass(ProcessConfig.Run.DEFAULT.drainTimeout());
    done(hand, stopped);
  }

  /** Takes it away as the runtime does; a month later nothing more has been written. */
  private static void removed(HandProcess hand) {
    if (hand.state() != ProcessState.FAILED && hand.state() != ProcessState.STOPPED) {
      stopped(hand);
    }
    done(hand, hand.kernel().cancelAll(GONE));
    assertTrue(hand.image().queue().isEmpty() && hand.image().runs().isEmpty());
    assertEquals(List.of(), hand.kernel().deliveries().handOver());
    done(hand, hand.kernel().remove(GONE));
    nothingFollows(hand);
  }

  private static void nothingFollows(HandProcess hand) {
    List<EntryData> then = hand.entries();
    assertInstanceOf(ProcessRemoved.class, then.get(then.size() - 1));
    for (int day = 0; day < 30; day++) {
      hand.pass(Duration.ofDays(1));
      hand.flush();
    }
    assertEquals(then, hand.entries());
    assertEquals("stop", hand.heard.get(hand.heard.size() - 1), "its trigger listens");
  }

  private static InvocationResult result(HandProcess hand) {
    List<InvocationResult> all = hand.entries(InvocationResult.class);
    assertEquals(1, all.size(), all::toString);
    return all.get(0);
  }

  private static void assertCancelled(HandProcess hand) {
    assertEquals(Outcome.CANCELLED, result(hand).outcome());
    assertTrue(String.valueOf(result(hand).failure()).contains(GONE), result(hand)::toString);
  }

  @Test
  void whileAModelIsAsked() {
    HandProcess hand = HandProcess.running();
    done(hand, hand.offer("work"));
    removed(hand);
    assertCancelled(hand);
    assertTrue(hand.asked.get(0).promise().future().failed(), "it is asked on");
  }

  @Test
  void whileAToolIsCalledTheStepMayEnd() {
    HandProcess hand = HandProcess.running();
    HandProcess.Called call = hand.inCall("charge");
    Future<Void> stopping = hand.kernel().stop(GONE);
    hand.flush();
    assertFalse(stopping.isComplete());
    call.promise().complete(Tool.Reply.ok("paid"));
    done(hand, stopping);
    done(hand, hand.kernel().cancelAll(GONE));
    done(hand, hand.kernel().remove(GONE));
    nothingFollows(hand);
    assertCancelled(hand);
    assertEquals("paid", hand.entries(EntryData.ToolResult.class).get(0).text());
  }

  @Test
  void aCallWhoseEndNobodyKnowsIsNamed() {
    HandProcess hand = HandProcess.running();
    HandProcess.Called call = hand.inCall("charge");
    removed(hand);
    assertCancelled(hand);
    assertTrue(String.valueOf(result(hand).failure()).contains("charge"), result(hand)::toString);
    List<EntryData> then = hand.entries();
    call.promise().complete(Tool.Reply.ok("too late"));
    hand.flush();
    assertEquals(then, hand.entries());
  }

  @Test
  void whileAPersonIsAsked() {
    HandProcess hand = ApprovalWorld.waiting(ApprovalWorld.TOOLS);
    var yes = ApprovalWorld.yes(hand);
    removed(hand);
    assertCancelled(hand);
    Future<?> late = ApprovalWorld.decide(hand, yes);
    assertTrue(late.failed(), "a decision on what is gone");
    nothingFollows(hand);
    assertTrue(hand.called.isEmpty(), "it was called");
  }

  @Test
  void whileAnotherProcessIsAsked() {
    HandProcess hand = HandProcess.running();
    done(hand, hand.offer("ask them"));
    hand.want("ask_process", "{\"process\":\"other\",\"content\":\"how many?\"}");
    hand.flush();
    assertEquals(ProcessState.AWAITING, hand.state());
    removed(hand);
    assertCancelled(hand);
  }

  @Test
  void whileARunRests() {
    HandProcess hand =
        HandProcess.running(ApprovalWorld.config("{\"trigger_delivery\":{\"max_retries\":3}}"));
    done(hand, hand.offer("work"));
    hand.breakModel();
    assertEquals(1, hand.image().runs().size());
    assertTrue(hand.asked.isEmpty());
    removed(hand);
    assertCancelled(hand);
    assertTrue(hand.asked.isEmpty(), "it was tried again");
  }

  @Test
  void whileItsBudgetIsUsedUpForTheDay() {
    HandProcess hand =
        HandProcess.running(ApprovalWorld.config("{\"budget\":{\"max_runs_per_day\":1}}"));
    done(hand, hand.offer("first"));
    hand.say("done");
    done(hand, hand.offer("second"));
    assertEquals(ProcessState.SUSPENDED, hand.state());
    removed(hand);
    assertEquals(1, hand.entries(TriggerSettled.class).size());
    assertTrue(hand.asked.isEmpty());
  }

  @Test
  void whileItWouldComeBackByItself() {
    HandProcess hand = new HandProcess();
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
        new Restarts(Policy.ALWAYS, 3, Duration.ofHours(1), Duration.ofSeconds(1), Duration.ZERO),
        usual.tools()));
    done(hand, hand.start());
    for (int i = 0; i < 3; i++) {
      done(hand, hand.offer("work"));
      hand.breakModel();
    }
    assertEquals(ProcessState.FAILED, hand.state());
    removed(hand);
    assertEquals(ProcessState.FAILED, hand.state());
  }

  @Test
  void oneThatWasStartedMeanwhileStays() {
    HandProcess hand = HandProcess.running();
    stopped(hand);
    done(hand, hand.kernel().cancelAll(GONE));
    done(hand, hand.start());
    done(hand, hand.offer("work"));
    RuntimeFault fault = refused(hand, hand.kernel().remove(GONE));
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, fault.code());
    assertTrue(fault.failure().message().contains("started"), fault::getMessage);
    hand.say("done");
    assertEquals(Outcome.COMPLETED, result(hand).outcome());
    assertTrue(hand.entries(ProcessRemoved.class).isEmpty());
    removed(hand);
  }

  @Test
  void oneThatIsGoneTakesNothing() {
    HandProcess hand = HandProcess.running();
    removed(hand);
    assertEquals(ErrorCode.PROCESS_NOT_FOUND, refused(hand, hand.start()).code());
    assertEquals(ErrorCode.PROCESS_NOT_FOUND, refused(hand, hand.offer("work")).code());
    nothingFollows(hand);
  }

  @Test
  void aLongQueueIsSettledInParts() {
    HandProcess hand =
        HandProcess.running(ApprovalWorld.config("{\"config\":{\"trigger_inbox_max\":5000}}"));
    done(hand, hand.kernel().suspend("test"));
    for (int i = 0; i < 2_500; i++) {
      Future<?> unused = hand.offer("work");
    }
    removed(hand);
    List<TriggerSettled> settled = hand.entries(TriggerSettled.class);
    assertEquals(3, settled.size());
    assertEquals(
        2_500, settled.stream().mapToInt(part -> part.eventIds().size()).sum());
  }

  @Test
  void aRemovalThatTheJournalDidNotTakeCanBeMadeAgain() {
    HandProcess hand = HandProcess.running();
    stopped(hand);
    hand.disk.failAt(1, 1);
    Future<Void> failed = hand.kernel().remove(GONE);
    assertTrue(refused(hand, failed) != null);
    hand.mend();
    hand.flush();
    done(hand, hand.start());
    removed(hand);
  }

  /** The power goes after each step of a removal; what is back is stopped, and can be removed. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aCrashInBetweenLeavesWhatCanBeRemovedAgain(int steps) {
    HandProcess hand = HandProcess.running();
    done(hand, hand.offer("first"));
    done(hand, hand.offer("second"));
    if (steps > 0) {
      stopped(hand);
    }
    if (steps > 1) {
      done(hand, hand.kernel().cancelAll(GONE));
    }
    if (steps > 2) {
      assertEquals(List.of(), hand.kernel().deliveries().handOver());
      // Not synced: whether it is there afterwards is chance.
      Future<Void> unused = hand.kernel().remove(GONE);
    }
    hand.restart(false);
    hand.flush();
    assertEquals(steps == 0 ? ProcessState.RUNNING : ProcessState.STOPPED, hand.state());
    if (!hand.image().removed()) {
      removed(hand);
    }
    assertEquals(1, hand.entries(ProcessRemoved.class).size());
    Set<String> accepted = new HashSet<>();
    hand.entries(EntryData.TriggerAccepted.class)
        .forEach(entry -> accepted.add(entry.event().id()));
    Set<String> settled = new HashSet<>();
    hand.entries(TriggerSettled.class).forEach(part -> settled.addAll(part.eventIds()));
    hand.entries(EntryData.InvocationStart.class).forEach(run -> settled.addAll(run.eventIds()));
    assertEquals(accepted, settled);
    assertEquals(1, hand.entries(InvocationResult.class).size());
  }
}
