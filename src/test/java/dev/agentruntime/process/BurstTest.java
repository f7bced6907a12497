package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig.Batch;
import dev.agentruntime.config.TriggerConfig.OnBusy;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that come while others wait or run: gathered, merged, skipped, replaced, put in order. */
final class BurstTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private static HandProcess with(Rules rules, int concurrency) {
    return HandProcess.running(HandProcess.config(
        HandProcess.run(concurrency, Duration.ZERO, Duration.ZERO),
        DeliveryTest.delivery(1, 3),
        rules));
  }

  private static Rules batch(int max) {
    return new Rules("", OnBusy.QUEUE, Duration.ZERO, new Batch(max, SECOND));
  }

  private static Rules debounce(Batch batch) {
    return new Rules("", OnBusy.QUEUE, SECOND, batch);
  }

  private static Rules busy(OnBusy rule) {
    return new Rules("", rule, Duration.ZERO, Batch.NONE);
  }

  @CanIgnoreReturnValue
  private static String offer(HandProcess process, String payload) {
    Future<Accepted> answer = process.offer(payload);
    process.flush();
    return SimWorld.now(answer).eventId();
  }

  private static void pass(HandProcess process, long ms) {
    process.pass(Duration.ofMillis(ms));
    process.flush();
  }

  private static List<String> begun(HandProcess process, int run) {
    return process.entries(EntryData.InvocationStart.class).get(run).eventIds();
  }

  private static List<String> settled(HandProcess process) {
    return process.entries(EntryData.TriggerSettled.class).stream()
        .map(gone -> gone.eventIds() + " " + gone.outcome() + " " + gone.reason())
        .toList();
  }

  // --- batch

  @Test
  void aBurstBecomesOneRunThatListsWhatItMerged() {
    HandProcess process = with(batch(10), 1);
    String first = offer(process, "a");
    pass(process, 600);
    String second = offer(process, "b");
    pass(process, 300);
    assertTrue(process.asked.isEmpty(), "it does not wait for its window");
    pass(process, 100);

    assertEquals(List.of(first, second), begun(process, 0));
    Map<String, @Nullable Object> payload =
        process.asked.get(0).request().event().payload().object();
    assertTrue(payload.get("batch") instanceof List<?> list
        && list.size() == 2
        && list.get(1) instanceof Map<?, ?> last
        && second.equals(last.get("event_id"))
        && "b".equals(last.get("payload")));
    process.say("both done");
    assertTrue(process.image().queue().isEmpty());
    DeliveryTest.assertReplays(process);
  }

  @Test
  void aFullBatchWaitsNoLongerAndTheRestIsTheNext() {
    HandProcess process = with(batch(3), 1);
    for (int i = 0; i < 7; i++) {
      String ignored = offer(process, "e" + i);
    }
    assertEquals(3, begun(process, 0).size());
    process.say("done");
    assertEquals(3, begun(process, 1).size());
    process.say("done");
    assertTrue(process.asked.isEmpty());
    pass(process, 1_000);

    assertEquals(1, begun(process, 2).size());
    assertEquals(
        Json.of("e6"), process.asked.get(0).request().event().payload(), "one alone is itself");
  }

  @Test
  void waitsForItsWindowOverARestart() {
    HandProcess process = with(batch(3), 1);
    String only = offer(process, "a");
    process.restart(false);
    process.flush();

    assertEquals(List.of(only), begun(process, 0), "a minute went by meanwhile");
    process.say("done");
    String later = offer(process, "b");
    pass(process, 999);
    assertTrue(process.asked.isEmpty());
    pass(process, 1);
    assertEquals(List.of(later), begun(process, 1));
  }

  @Test
  void aBatchIsTriedAgainAndGivenUpAsAWhole() {
    HandProcess process = with(batch(2), 1);
    String first = offer(process, "a");
    String second = offer(process, "b");
    process.breakModel();
    pass(process, 2_000);
    process.breakModel();
    assertEquals(1, process.image().deadLetters().size());
    SimWorld.later(
        process.kernel().deadLetters(HandProcess.again(List.of(), true)).mapEmpty());
    process.flush();

    assertEquals(List.of(first, second), begun(process, 2));
    DeliveryTest.assertReplays(process);
  }

  // --- debounce

  @Test
  void onlyTheNewestRunsOnceItIsQuiet() {
    HandProcess process = with(debounce(Batch.NONE), 1);
    String first = offer(process, "a");
    pass(process, 900);
    String second = offer(process, "b");
    pass(process, 900);
    String third = offer(process, "c");
    assertEquals(1, process.image().queue().size(), "what is merged keeps no room");
    pass(process, 999);
    assertTrue(process.asked.isEmpty());
    pass(process, 1);

    assertEquals(List.of(third), begun(process, 0));
    assertEquals(
        List.of(
            "[" + first + "] merged debounced by " + second,
            "[" + second + "] merged debounced by " + third),
        settled(process));
    DeliveryTest.assertReplays(process);
  }

  @Test
  void aBurstWithoutEndRunsAllTheSame() {
    HandProcess process = with(debounce(Batch.NONE), 1);
    String newest = "";
    for (int i = 0; i < 20; i++) {
      newest = offer(process, "e" + i);
      pass(process, 500);
    }

    assertEquals(List.of(newest), begun(process, 0));
  }

  @Test
  void withABatchAllOfTheBurstRun() {
    HandProcess process = with(debounce(new Batch(10, Duration.ofMillis(10))), 1);
    String first = offer(process, "a");
    pass(process, 900);
    String second = offer(process, "b");
    pass(process, 1_000);

    assertEquals(List.of(first, second), begun(process, 0));
    assertTrue(settled(process).isEmpty());
  }

  // --- on_busy

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void skipsWhileAnotherWaitsOrRuns(boolean suspended) {
    HandProcess process = with(busy(OnBusy.SKIP), 1);
    if (suspended) {
      SimWorld.later(process.kernel().suspend("test"));
    }
    String ignored = offer(process, "first");
    Future<Accepted> second = process.offer("second");
    process.flush();

    assertEquals(TriggerSink.Outcome.SKIPPED, second.result().outcome());
    assertTrue(second.result().ignored());
    assertEquals(1, process.kernel().skipped());
    assertEquals(1, process.entries(EntryData.TriggerAccepted.class).size());
    SimWorld.later(suspended ? process.kernel().resume("test") : Future.succeededFuture());
    process.flush();
    process.say("done");
    Future<Accepted> third = process.offer("third");
    process.flush();
    assertEquals(TriggerSink.Outcome.ACCEPTED, third.result().outcome());
  }

  @Test
  void saysThatItSkipsOnlyWhenTheFirstIsDurable() {
    HandProcess process = with(busy(OnBusy.SKIP), 1);
    Future<Accepted> first = process.offer("first");
    Future<Accepted> second = process.offer("second");
    assertFalse(second.isComplete());
    process.flush();

    assertTrue(first.succeeded() && second.succeeded());
  }

  @Test
  void theNewestTakesThePlaceOfAllBefore() {
    HandProcess process = with(busy(OnBusy.CANCEL_RUNNING), 1);
    String first = offer(process, "first");
    String second = offer(process, "second");
    String third = offer(process, "third");

    process.asked.removeIf(asked -> asked.promise().future().isComplete());
    assertEquals(List.of(third), asked(process), "the model is still asked for the others");
    List<EntryData.InvocationResult> results = process.entries(EntryData.InvocationResult.class);
    assertEquals(
        List.of(Outcome.CANCELLED, Outcome.CANCELLED),
        results.stream().map(EntryData.InvocationResult::outcome).toList());
    assertEquals(
        List.of(
            "[" + first + "] cancelled replaced by " + second,
            "[" + second + "] cancelled replaced by " + third),
        settled(process));
    assertEquals(0, process.image().deadLetters().size());
    process.say("done");
    assertTrue(process.image().queue().isEmpty());
    DeliveryTest.assertReplays(process);
  }

  @Test
  void aCallThatMustNotBeMadeTwiceIsWaitedForBeforeItsRunIsCancelled() {
    HandProcess process = with(busy(OnBusy.CANCEL_RUNNING), 1);
    HandProcess.Called call = process.inCall("charge");
    String second = offer(process, "second");
    assertTrue(process.asked.isEmpty(), "the next one runs beside it");
    assertFalse(call.cancel().isCancelled());
    call.promise().complete(Tool.Reply.ok("charged"));
    process.flush();

    assertEquals(
        ToolOutcome.OK, process.entries(EntryData.ToolResult.class).get(0).outcome());
    assertEquals(
        Outcome.CANCELLED,
        process.entries(EntryData.InvocationResult.class).get(0).outcome());
    assertEquals(second, process.asked.get(0).request().event().id());
    DeliveryTest.assertReplays(process);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCancelledRunInDoubtIsParkedUntilSomebodySaysWhatHappened(boolean crash) {
    HandProcess process = with(busy(OnBusy.CANCEL_RUNNING), 1);
    HandProcess.Called call = process.inCall("charge");
    String second = offer(process, "second");
    if (crash) {
      process.restart(false);
    } else {
      call.promise().fail(new IllegalStateException("lost"));
    }
    process.flush();
    assertEquals(ProcessState.AWAITING, process.state());
    SimWorld.later(process.resolve(Resolution.LANDED));
    process.flush();

    assertEquals(1, process.entries(EntryData.ToolResult.class).size());
    assertEquals(
        Outcome.CANCELLED,
        process.entries(EntryData.InvocationResult.class).get(0).outcome());
    assertEquals(second, process.asked.get(0).request().event().id());
    DeliveryTest.assertReplays(process);
  }

  @Test
  void aRestingRunIsCancelledAtOnce() {
    HandProcess process = with(busy(OnBusy.CANCEL_RUNNING), 1);
    String ignored = offer(process, "first");
    process.breakModel();
    String second = offer(process, "second");

    assertEquals(
        Outcome.CANCELLED,
        process.entries(EntryData.InvocationResult.class).get(0).outcome());
    assertEquals(second, process.asked.get(0).request().event().id());
    assertEquals(1, process.image().runs().size());
  }

  @Test
  void aRepeatableCallIsGivenUp() {
    HandProcess process = with(busy(OnBusy.CANCEL_RUNNING), 1);
    HandProcess.Called call = process.inCall("look");
    String second = offer(process, "second");
    assertTrue(call.cancel().isCancelled());
    call.promise().fail(new IllegalStateException("given up"));
    process.flush();

    assertEquals(
        ToolOutcome.UNKNOWN, process.entries(EntryData.ToolResult.class).get(0).outcome());
    assertEquals(second, process.asked.get(0).request().event().id());
  }

  // --- Routing

  private static void offer(HandProcess process, String id, Routing routing) {
    Future<Accepted> answer = process
        .kernel()
        .offer(new TriggerEvent(
            id,
            "topic",
            "message",
            process.timers.now(),
            Json.of(id),
            Json.EMPTY,
            null,
            false,
            routing));
    process.flush();
    assertTrue(answer.succeeded());
  }

  private static Routing keyed(String key) {
    return new Routing(0, null, key, 0, null);
  }

  private static List<Object> asked(HandProcess process) {
    return process.asked.stream()
        .<Object>map(asked -> asked.request().event().id())
        .toList();
  }

  @Test
  void highPriorityGoesFirst() {
    HandProcess process = with(Rules.NONE, 1);
    offer(process, "running", Routing.NONE);
    offer(process, "plain", Routing.NONE);
    offer(process, "low", new Routing(-5, null, null, 0, null));
    offer(process, "high", new Routing(5, null, null, 0, null));
    offer(process, "high too", new Routing(5, null, null, 0, null));
    for (String next : List.of("running", "high", "high too", "plain", "low")) {
      assertEquals(List.of(next), asked(process));
      process.say("done");
    }
  }

  @Test
  void ofAKeyOneRunsAtATimeInOrder() {
    HandProcess process = with(Rules.NONE, 3);
    offer(process, "a1", keyed("a"));
    offer(process, "a2", keyed("a"));
    offer(process, "b1", keyed("b"));
    offer(process, "a3", keyed("a"));
    assertEquals(List.of("a1", "b1"), asked(process));
    process.breakModel();
    assertEquals(List.of("b1"), asked(process), "passed by while it rests");
    pass(process, 2_000);
    assertEquals(List.of("b1", "a1"), asked(process));
    process.restart(false);
    process.flush();
    assertEquals(2, process.asked.size());
    process.asked.remove(asked(process).indexOf("b1"));
    process.say("done");

    assertEquals(List.of("a2"), asked(process));
    DeliveryTest.assertReplays(process);
  }

  @Test
  void aKeyThatIsDeliveredAgainWaitsForTheOneThatRuns() {
    HandProcess process = with(Rules.NONE, 3);
    offer(process, "a1", keyed("a"));
    process.breakModel();
    pass(process, 2_000);
    process.breakModel();
    offer(process, "a2", keyed("a"));
    SimWorld.later(
        process.kernel().deadLetters(HandProcess.again(List.of(), false)).mapEmpty());
    process.flush();
    assertEquals(List.of("a2"), asked(process));
    process.say("done");

    assertEquals(List.of("a1"), asked(process));
  }

  @Test
  void expiresUnlessItsRunHasBegun() {
    HandProcess process = with(Rules.NONE, 1);
    Routing brief = new Routing(0, process.timers.now().plusSeconds(5), null, 0, null);
    offer(process, "runs", brief);
    offer(process, "waits", brief);
    offer(process, "lasts", Routing.NONE);
    pass(process, 5_000);
    process.say("done");

    assertEquals(List.of("lasts"), asked(process));
    assertEquals(List.of("[waits] expired its time to live was over"), settled(process));
  }

  @Test
  void aManifestThatChangesPutsWhatWaitsInLineAnew() {
    HandProcess process = with(batch(10), 1);
    String first = offer(process, "a");
    String second = offer(process, "b");
    ProcessConfig plain =
        HandProcess.config(ProcessConfig.Run.DEFAULT, ProcessConfig.Delivery.DEFAULT, Rules.NONE);
    process.deploy(plain);
    offer(process, "c");

    assertEquals(List.of(first), begun(process, 0));
    process.say("done");
    assertEquals(List.of(second), begun(process, 1));
    DeliveryTest.assertReplays(process);
  }
}
