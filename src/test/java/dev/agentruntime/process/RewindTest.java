package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Back to where it stood: what goes, what stays, and when it is refused. */
class RewindTest {

  /** Two runs: the first stores k=1, says one; the second charges, stores k=2 and l, says two. */
  private static HandProcess twoRuns() {
    HandProcess process = HandProcess.running();
    run(process, "first", "1", "one");
    Future<Accepted> second = process.offer("second", "key");
    process.flush();
    process.want("charge", "{}");
    process.called.remove(0).promise().complete(Tool.Reply.ok("charged"));
    process.flush();
    process.want("context_set", "{\"key\":\"k\",\"value\":2}");
    process.want("context_set", "{\"key\":\"l\",\"value\":\"new\"}");
    process.say("two");
    assertTrue(second.succeeded());
    return process;
  }

  private static void run(HandProcess process, String payload, String value, String reply) {
    Future<Accepted> offered = process.offer(payload);
    process.flush();
    process.want("context_set", "{\"key\":\"k\",\"value\":" + value + "}");
    process.say(reply);
    assertTrue(offered.succeeded());
  }

  private static long afterFirst(HandProcess process) {
    return process.sequence(EntryData.InvocationResult.class, 1);
  }

  private static String state(HandProcess process) {
    return process.image().context().toJson().toString();
  }

  private static List<String> replies(HandProcess process) {
    return process.image().conversation().messages().stream()
        .filter(Message.Assistant.class::isInstance)
        .map(message -> ((Message.Assistant) message).text())
        .toList();
  }

  private static RuntimeFault refused(Future<Json> command) {
    assertTrue(command.failed(), "it was not refused");
    return (RuntimeFault) command.cause();
  }

  @Test
  void aPlanSaysWhatWouldGoAndChangesNothing() {
    HandProcess process = twoRuns();
    String before = ImageDigest.of(process.image());
    long position = process.image().sequence();
    Map<String, ?> plan =
        process.answer(process.past().rewind(afterFirst(process), RewindMode.BOTH, false));
    assertEquals(before, ImageDigest.of(process.image()));
    assertEquals(position, process.entries().size());
    assertEquals(false, plan.get("applied"));
    assertEquals(1L, plan.get("invocation_count"));
    assertEquals(4L, plan.get("turns"));
    assertEquals(position, plan.get("position"));
    assertEquals(
        List.of(
            Json.parse("{\"key\":\"k\",\"now\":2,\"then\":1}").object(),
            Json.parse("{\"key\":\"l\",\"now\":\"new\",\"then\":null}").object()),
        plan.get("context"));
    String talk = String.valueOf(plan.get("conversation"));
    assertTrue(talk.startsWith("{messages=4, messages_then=2, going=["), talk);
    assertTrue(talk.contains("text=two") && !talk.contains("text=one"), talk);
    assertTrue(String.valueOf(plan.get("effects_that_stay")).contains("tool=charge"));
  }

  @ParameterizedTest
  @EnumSource(RewindMode.class)
  void whatWasNamedGoesBackAndNothingElse(RewindMode mode) {
    HandProcess process = twoRuns();
    int entries = process.entries().size();
    Map<String, ?> done = process.answer(process.past().rewind(afterFirst(process), mode, true));
    assertEquals(true, done.get("applied"));
    assertEquals(entries + 1L, done.get("entry"));
    assertEquals(entries + 1, process.entries().size(), "something was deleted");
    assertEquals(
        mode == RewindMode.CONVERSATION ? "{\"k\":2,\"l\":\"new\"}" : "{\"k\":1}", state(process));
    assertEquals(
        mode == RewindMode.CONTEXT ? List.of("one", "two") : List.of("one"), replies(process));
    assertEquals(2, process.image().settled(), "counters do not go back");
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
    Future<Accepted> again = process.offer("second", "key");
    process.flush();
    assertTrue(again.result().duplicate(), "what was seen stays seen");
  }

  @Test
  void theNextRunSeesWhatWasRestoredAndVersionsGoOnRising() {
    HandProcess process = twoRuns();
    assertEquals(2, process.image().context().version("k"));
    Map<String, ?> done =
        process.answer(process.past().rewind(afterFirst(process), RewindMode.BOTH, true));
    assertEquals(3, process.image().context().version("k"), done::toString);
    Future<Accepted> third = process.offer("third");
    process.flush();
    String asked = process.asked.get(0).request().messages().toString();
    assertTrue(asked.contains("one") && !asked.contains("two"), asked);
    assertTrue(asked.contains("{\"k\":1}"), asked);
    assertTrue(third.succeeded());
  }

  @Test
  void aRewindCanItselfBeTakenBack() {
    HandProcess process = twoRuns();
    long before = process.image().sequence();
    Map<String, ?> back =
        process.answer(process.past().rewind(afterFirst(process), RewindMode.BOTH, true));
    Map<String, ?> forth = process.answer(process.past().rewind(before, RewindMode.BOTH, true));
    assertEquals("{\"k\":2,\"l\":\"new\"}", state(process), back + " " + forth);
    assertEquals(List.of("one", "two"), replies(process));
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 1_000})
  void anEntryThatIsNotThereIsRefused(long to) {
    HandProcess process = twoRuns();
    RuntimeFault fault = refused(process.past().rewind(to, RewindMode.BOTH, true));
    assertEquals(ErrorCode.NOT_FOUND, fault.code());
    assertEquals(
        "entry of hand, expected=1.." + process.image().sequence() + ", actual=" + to,
        fault.failure().message());
  }

  @Test
  void aRunThatWaitsForSomebodyIsNamed() {
    HandProcess process = twoRuns();
    HandProcess.Called call = process.inCall("charge");
    process.restart(false);
    process.flush();
    Future<Json> rewind = process.past().rewind(1, RewindMode.BOTH, true);
    process.flush();
    RuntimeFault fault = refused(rewind);
    assertEquals(ErrorCode.RUN_OPEN, fault.code());
    assertTrue(
        fault.failure().message().contains(process.onlyRun().id().value()), fault::getMessage);
    assertEquals(0, process.entries(OperatorEntry.Rewound.class).size());
    Map<String, ?> plan = process.answer(process.past().rewind(1, RewindMode.BOTH, false));
    assertEquals(List.of(process.onlyRun().id().value()), plan.get("open_runs"));
    call.promise().tryComplete(Tool.Reply.ok(""));
  }

  @Test
  void aRunThatGoesOnIsWaitedForAndTheNextDoesNotBegin() {
    HandProcess process = twoRuns();
    Future<Accepted> third = process.offer("third");
    Future<Accepted> fourth = process.offer("fourth");
    process.flush();
    Future<Json> rewind = process.past().rewind(afterFirst(process), RewindMode.BOTH, true);
    process.flush();
    assertFalse(rewind.isComplete());
    process.say("three");
    assertTrue(rewind.succeeded(), () -> String.valueOf(rewind.cause()));
    assertEquals(List.of("one"), replies(process));
    assertEquals(1, process.asked.size(), "the fourth runs after the rewind");
    process.say("four");
    assertEquals(List.of("one", "four"), replies(process));
    assertTrue(third.succeeded() && fourth.succeeded());
  }

  @Test
  void aRunThatDoesNotEndIsNotWaitedForForEver() {
    HandProcess process = twoRuns();
    Future<Accepted> third = process.offer("third");
    Future<Accepted> fourth = process.offer("fourth");
    process.flush();
    Future<Json> rewind = process.past().rewind(afterFirst(process), RewindMode.BOTH, true);
    process.flush();
    process.pass(Duration.ofSeconds(10));
    process.flush();
    assertEquals(ErrorCode.RUN_OPEN, refused(rewind).code());
    process.say("three");
    process.say("four");
    assertEquals(List.of("one", "two", "three", "four"), replies(process));
    assertTrue(third.succeeded() && fourth.succeeded());
  }

  @Test
  void aStoppedProcessGoesBackToo() {
    HandProcess process = twoRuns();
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    assertTrue(stopped.succeeded());
    assertEquals(
        true,
        process
            .answer(process.past().rewind(afterFirst(process), RewindMode.BOTH, true))
            .get("applied"));
    assertEquals("{\"k\":1}", state(process));
  }

  /** Power goes before the order, after it was written and not synced, and after the sync. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aCrashLeavesAllOfItOrNothing(int step) {
    HandProcess process = twoRuns();
    String before = ImageDigest.of(process.image());
    Future<Json> rewind = null;
    if (step > 0) {
      rewind = process.past().rewind(afterFirst(process), RewindMode.BOTH, true);
      Runnable idle = process.tasks.remove();
      idle.run();
      assertFalse(rewind.isComplete(), "answered before it is durable");
      assertEquals("{\"k\":1}", state(process));
    }
    if (step > 1) {
      process.flush();
      assertTrue(rewind != null && rewind.succeeded());
    }
    process.restart(false);
    process.flush();
    assertEquals(step > 1 ? "{\"k\":1}" : "{\"k\":2,\"l\":\"new\"}", state(process));
    assertEquals(step > 1 ? 1 : 0, process.entries(OperatorEntry.Rewound.class).size());
    if (step < 2) {
      assertEquals(before, ImageDigest.of(process.image()));
      assertTrue(rewind == null || !rewind.succeeded(), "acknowledged, and lost");
    }
    assertEquals(true, process.answer(process.past().replay()).get("equal"));
  }

  @Test
  void whileTheJournalIsClosedItIsRefusedAndRunsBeginAgainAfterwards() {
    HandProcess process = twoRuns();
    process.disk.failAt(1, 1_000);
    Future<Json> rewind = process.past().rewind(afterFirst(process), RewindMode.BOTH, true);
    process.flush();
    assertEquals(ErrorCode.JOURNAL_CLOSED, refused(rewind).code());
    assertEquals(
        ErrorCode.JOURNAL_CLOSED,
        refused(process.past().rewind(1, RewindMode.BOTH, false)).code());
    process.mend();
    process.flush();
    assertEquals("{\"k\":2,\"l\":\"new\"}", state(process));
    Future<Accepted> third = process.offer("third");
    process.flush();
    process.say("three");
    assertTrue(third.succeeded());
    assertEquals(List.of("one", "two", "three"), replies(process));
  }
}
