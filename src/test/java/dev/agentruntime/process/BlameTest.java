package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.PAY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of several runs are counted when the JVM ends: those that were at work. */
class BlameTest {

  private static final String DENY = "{\"taint\":\"deny\"}";

  private static ProcessConfig two(String keys) {
    return ApprovalWorld.config(
        HandProcess.config(HandProcess.run(2, Duration.ZERO, Duration.ZERO)), keys);
  }

  /** A run begins that wants a tool. */
  private static InvocationId begins(HandProcess hand, boolean trusted, String tool) {
    Future<Accepted> offered =
        trusted ? hand.kernel().offer(hand.event("go", null).vouched()) : hand.offer("go");
    hand.flush();
    assertTrue(offered.succeeded());
    hand.want(tool, PAY);
    List<InvocationId> all = List.copyOf(hand.image().runs().keySet());
    return all.get(all.size() - 1);
  }

  private static OpenRun run(HandProcess hand, InvocationId id) {
    return Objects.requireNonNull(hand.image().runs().get(id), "it was given up");
  }

  private static List<EntryData.ErrorNoted> said(HandProcess hand) {
    return hand.entries(EntryData.ErrorNoted.class);
  }

  private static void fails(HandProcess hand, int times) {
    for (int i = 0; i < times; i++) {
      hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
      hand.flush();
      hand.pass(Duration.ofSeconds(2));
      hand.flush();
    }
  }

  /** One waits for a word on a call that may be made again, the other ends the JVM each time. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsParkedIsNotBlamedForWhatAnotherRunDoes(boolean atOnce) {
    HandProcess hand = HandProcess.running(two("{}"));
    InvocationId parked = begins(hand, false, "put");
    InvocationId culprit = begins(hand, true, "put");
    hand.reboot(false);
    hand.kernel().restored(null);
    hand.deploy(two(DENY));
    assertFalse(hand.kernel().recover(false, null).failed());
    hand.flush();
    int crashes = 1;
    while (hand.image().runs().containsKey(culprit)) {
      assertTrue(crashes < 9);
      assertEquals(1, hand.called.size(), "the culprit is at work");
      assertEquals(ProcessState.RUNNING, hand.state());
      assertEquals(crashes, run(hand, culprit).crashes());
      // One end before it was parked.
      assertEquals(1, run(hand, parked).crashes());
      hand.restart(false);
      if (atOnce) {
        while (hand.called.isEmpty() && hand.image().runs().containsKey(culprit)) {
          assertTrue(hand.drain(), "nothing goes on");
        }
      } else {
        hand.flush();
      }
      crashes++;
    }
    hand.flush();
    assertEquals(5, crashes);
    EntryData.InvocationResult result = BudgetWorld.outcome(hand);
    assertEquals(culprit, result.invocation());
    assertEquals(ErrorCode.POISON, Objects.requireNonNull(result.failure()).code());
    assertEquals(ProcessState.AWAITING, hand.state());
    assertEquals(1, said(hand).size(), "why it waits is said once");
    assertEquals(parked, said(hand).get(0).invocation());
    assertTrue(
        said(hand).get(0).message().contains("taint: deny"), said(hand).get(0).message());
    SimWorld.later(hand.resolve(Resolution.LANDED));
    hand.flush();
    hand.say("done");
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
    assertEquals(true, hand.answer(hand.past().replay()).get("equal"));
  }

  @Test
  void whatWaitsAfterItsTriesIsCountedOnceItTriesAgain() {
    HandProcess hand = HandProcess.running(two("{}"));
    InvocationId tried = begins(hand, true, "put");
    fails(hand, 4);
    assertEquals(ProcessState.AWAITING, hand.state());
    assertEquals(
        "put may have acted, and waits for a word on that: no answer after 4 calls: connection"
            + " lost",
        said(hand).get(0).message());
    InvocationId culprit = begins(hand, true, "put");
    assertEquals(ProcessState.RUNNING, hand.state());
    hand.restart(false);
    assertEquals(0, run(hand, tried).crashes());
    assertEquals(1, run(hand, culprit).crashes());
    hand.flush();
    assertEquals(2, hand.called.size());
    for (int i = 1; i < 5; i++) {
      assertEquals(i - 1, run(hand, tried).crashes());
      hand.restart(false);
      hand.flush();
    }
    assertEquals(4, run(hand, tried).crashes(), "to make it again is no progress");
    assertEquals(1, hand.image().runs().size());
    hand.restart(false);
    hand.flush();
    assertEquals(0, hand.image().runs().size());
    assertEquals(2, hand.image().deadLetters().size());
  }

  /** Journals of before do not say why it waits. */
  @Test
  void whoWaitedByAnOlderJournalIsNotBlamed() {
    HandProcess hand = HandProcess.running(two("{}"));
    InvocationId parked = begins(hand, false, "put");
    hand.reboot(false);
    hand.kernel().restored(null);
    hand.deploy(two(DENY));
    assertFalse(hand.kernel().recover(false, null).failed());
    hand.flush();
    for (int i = 0; i < 6; i++) {
      assertEquals(ProcessState.AWAITING, hand.state());
      hand.restart(false);
      hand.flush();
    }
    assertEquals(1, run(hand, parked).crashes(), "one end before it was parked");
    List<EntryData> older = hand.entries().stream()
        .filter(entry -> !(entry instanceof EntryData.ErrorNoted))
        .toList();
    HandProcess now = CutJournal.after(older);
    now.flush();
    assertEquals(1, run(now, parked).crashes(), "one end before it was parked");
    assertEquals(ProcessState.AWAITING, now.state());
  }

  @Test
  void whatAnOperatorWantsMadeAgainIsAtWork() {
    HandProcess hand = HandProcess.running(two("{}"));
    InvocationId tried = begins(hand, true, "put");
    fails(hand, 4);
    SimWorld.later(hand.resolve(Resolution.RETRY));
    hand.flush();
    Called again = hand.called.get(0);
    hand.restart(false);
    assertEquals(1, run(hand, tried).crashes());
    hand.flush();
    assertEquals(again.call().effectKey(), hand.called.get(0).call().effectKey());
    hand.called.remove(0).promise().complete(Tool.Reply.ok("did it"));
    hand.flush();
    hand.say("done");
    assertEquals(Outcome.COMPLETED, BudgetWorld.outcome(hand).outcome());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoWaitsForAReserveIsNotBlamedForWhoHoldsIt(boolean bounded) {
    String budget = bounded
        ? "{\"budget\":{\"max_tokens_per_day\":150}}"
        : "{\"budget\":{\"max_tokens_per_day\":250}}";
    HandProcess hand = HandProcess.running(two(budget));
    hand.most = new Message.Usage(60, 40);
    assertNotNull(hand.offer("a"));
    assertNotNull(hand.offer("b"));
    hand.flush();
    assertEquals(bounded ? 1 : 2, hand.asked.size());
    List<InvocationId> all = List.copyOf(hand.image().runs().keySet());
    hand.restart(false);
    assertEquals(1, run(hand, all.get(0)).crashes());
    assertEquals(bounded ? 0 : 1, run(hand, all.get(1)).crashes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "ask"})
  void whoHasNotBegunAgainIsNotBlamedForANodeThatDoesNotComeUp(String at) {
    HandProcess hand = HandProcess.running(two("{}"));
    if (at.equals("put")) {
      InvocationId unused = begins(hand, true, "put");
    } else {
      assertFalse(hand.offer("go").failed());
    }
    hand.flush();
    for (int i = 0; i < 7; i++) {
      hand.restart(false);
      hand.flush();
      assertEquals(1, hand.onlyRun().crashes(), "after " + i);
      List<EntryData> all = hand.entries();
      int last = all.size();
      while (!(all.get(last - 1) instanceof EntryData.Restart)) {
        last--;
      }
      // The node ends once more before anything else is durable.
      hand = CutJournal.after(all.subList(0, last));
    }
    hand.flush();
    assertEquals(1, hand.onlyRun().crashes());
    hand.restart(false);
    assertEquals(2, hand.onlyRun().crashes(), "it had begun again");
  }
}
