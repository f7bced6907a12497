package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.fold.DeadLetters;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attempts, dead letters and poison: what becomes of a run that does not end well. */
final class DeliveryTest {

  static ProcessConfig.Delivery delivery(int retries, int crashes) {
    return new ProcessConfig.Delivery(
        retries,
        Duration.ofSeconds(2),
        Duration.ofSeconds(10),
        3,
        200,
        crashes,
        Duration.ofHours(24),
        16);
  }

  private static HandProcess retrying(int retries) {
    return HandProcess.running(
        HandProcess.config(ProcessConfig.Run.DEFAULT, delivery(retries, 3), Rules.NONE));
  }

  private static void offer(HandProcess process, String payload) {
    assertFalse(process.offer(payload).failed());
    process.flush();
  }

  private static List<Outcome> outcomes(HandProcess process) {
    return process.entries(EntryData.InvocationResult.class).stream()
        .map(EntryData.InvocationResult::outcome)
        .toList();
  }

  /** The live image is what a replay of its journal comes to. */
  static void assertReplays(HandProcess process) {
    process.flush();
    ProcessImage fresh = new ProcessImage(HandProcess.ID);
    assertTrue(process.journal().replay((entry, hash) -> fresh.apply(entry)).succeeded());
    assertEquals(ImageDigest.of(fresh), ImageDigest.of(process.image()));
  }

  private static String asks(HandProcess process) {
    return String.valueOf(process.asked.get(0).request().event().payload().value());
  }

  // --- Attempts

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void actsOnceWhereverAnAttemptFails(int turn) {
    HandProcess process = retrying(2);
    offer(process, "x");
    for (int i = 1; i <= 3; i++) {
      if (i == turn) {
        process.breakModel();
        assertTrue(process.asked.isEmpty(), "it does not rest");
        process.pass(Duration.ofSeconds(2));
        process.flush();
      }
      if (i < 3) {
        process.want(i == 1 ? "charge" : "put", "{}");
        process.called.remove(0).promise().complete(Tool.Reply.ok("done"));
        process.flush();
      }
    }
    process.say("all done");

    assertEquals(List.of(Outcome.COMPLETED), outcomes(process));
    assertEquals(2, process.entries(EntryData.ToolCall.class).size());
    assertTrue(process.called.isEmpty(), "a call was made again");
    List<EntryData.InvocationStart> starts = process.entries(EntryData.InvocationStart.class);
    assertEquals(
        List.of(1, 2), starts.stream().map(EntryData.InvocationStart::attempt).toList());
    assertEquals(starts.get(0).invocation(), starts.get(1).invocation());
    assertEquals(0, process.image().consecutiveFailures());
    assertReplays(process);
  }

  @Test
  void restsLongerEachTimeAndIsThenADeadLetter() {
    HandProcess process = retrying(3);
    offer(process, "x");
    Instant failedAt = process.timers.now();
    for (int i = 0; i < 4; i++) {
      process.breakModel();
      process.pass(Duration.ofSeconds(10));
      process.flush();
    }
    List<EntryData.ErrorNoted> errors = process.entries(EntryData.ErrorNoted.class);
    assertEquals(3, errors.size());
    int[] most = {2_000, 4_000, 8_000};
    for (int i = 0; i < 3; i++) {
      long rest = Duration.between(
              failedAt.plusSeconds(10L * i),
              Objects.requireNonNull(errors.get(i).retryAt()))
          .toMillis();
      assertTrue(rest <= most[i] && rest > most[i] * 3L / 4, "rests " + rest);
    }
    assertEquals(List.of(Outcome.FAILED), outcomes(process));
    assertEquals(1, process.image().consecutiveFailures(), "attempts are not failures in a row");
    assertTrue(process.image().queue().isEmpty());
    DeadLetters.DeadLetter letter =
        process.image().deadLetters().all().iterator().next();
    assertEquals("retries exhausted", letter.reason());
    assertReplays(process);
  }

  @Test
  void letsOthersPassWhileItRestsAndGoesBeforeThemAfterwards() {
    HandProcess process = retrying(1);
    offer(process, "first");
    offer(process, "second");
    offer(process, "third");
    process.breakModel();
    assertEquals("second", asks(process));
    assertEquals(1, process.image().open().active(), "it holds a slot while it rests");
    process.pass(Duration.ofSeconds(2));
    process.flush();
    process.say("done");

    assertEquals("first", asks(process));
    process.say("done");
    assertEquals("third", asks(process));
    assertReplays(process);
  }

  @Test
  void restsOverARestartAndAStop() {
    HandProcess process = retrying(1);
    offer(process, "x");
    process.breakModel();
    process.restart(false);
    process.flush();
    assertEquals(1, process.asked.size(), "it was due while the node was away");
    process.say("done");
    offer(process, "y");
    process.breakModel();
    SimWorld.later(process.kernel().stop("test"));
    process.flush();
    process.pass(Duration.ofSeconds(5));
    process.flush();
    assertTrue(process.asked.isEmpty());
    assertEquals(ProcessState.STOPPED, process.state());
    SimWorld.later(process.start());
    process.flush();

    assertEquals("y", asks(process));
    assertEquals(0, process.onlyRun().crashes());
  }

  @Test
  void aClockThatGoesBackHoldsNobody() {
    HandProcess process = retrying(1);
    offer(process, "x");
    process.breakModel();
    process.timers.jump(Duration.ofDays(-1));
    process.pass(Duration.ofSeconds(2));
    process.flush();

    assertEquals("x", asks(process));
  }

  @Test
  void doesNotRetryWhatEndsTheSameAgain() {
    ProcessConfig.Run run = HandProcess.run(1, Duration.ZERO, Duration.ofSeconds(10));
    HandProcess process = HandProcess.running(HandProcess.config(run, delivery(5, 3), Rules.NONE));
    offer(process, "x");
    process.pass(Duration.ofSeconds(11));
    process.flush();

    assertEquals(List.of(Outcome.FAILED), outcomes(process));
    assertEquals("failed", process.image().deadLetters().all().iterator().next().reason());
  }

  // --- Dead letters

  private static String deadLetter(HandProcess process) {
    offer(process, "dead");
    process.want("charge", "{}");
    process.called.remove(0).promise().complete(Tool.Reply.ok("charged"));
    process.flush();
    process.breakModel();
    return process.image().deadLetters().all().iterator().next().id();
  }

  @CanIgnoreReturnValue
  private static Json now(HandProcess process, Future<Json> command) {
    process.flush();
    return SimWorld.now(command);
  }

  @Test
  void deliveredAgainTheSameInvocationGoesOn() {
    HandProcess process = retrying(0);
    String id = deadLetter(process);
    assertTrue(process.image().queue().isEmpty());
    process.restart(false);
    Json answer = now(process, process.kernel().deadLetters(HandProcess.again(List.of(id), false)));

    assertEquals(Json.of(Map.of("redelivered", List.of(id), "left", 0)).object(), answer.object());
    assertEquals(1, process.image().queue().size());
    assertEquals(id, process.onlyRun().id().value());
    assertEquals(2, process.asked.get(0).request().turn(), "recorded steps are handed back");
    process.say("done");
    assertEquals(List.of(Outcome.FAILED, Outcome.COMPLETED), outcomes(process));
    assertEquals(1, process.entries(EntryData.ToolCall.class).size());
    assertEquals(1, process.image().heads().size(), "one invocation, one head");
    assertEquals(0, process.image().deadLetters().size());
    assertReplays(process);
  }

  @Test
  void freshBeginsANewInvocation() {
    HandProcess process = retrying(0);
    String id = deadLetter(process);
    now(process, process.kernel().deadLetters(HandProcess.again(List.of(), true)));

    assertEquals(1, process.asked.get(0).request().turn());
    assertNotEquals(id, process.onlyRun().id().value());
    process.want("charge", "{}");
    process.called.remove(0).promise().complete(Tool.Reply.ok("charged"));
    process.flush();
    process.say("done");
    assertEquals(2, process.entries(EntryData.ToolCall.class).size());
    assertReplays(process);
  }

  @Test
  void keepsTheNewestAndCountsTheOthers() {
    HandProcess process = HandProcess.running(HandProcess.config(
        new ProcessConfig.Run(
            1, Duration.ZERO, Duration.ZERO, 9, 50, 9, 1 << 20, Duration.ofSeconds(10), true),
        delivery(0, 3),
        Rules.NONE));
    for (int i = 0; i < 5; i++) {
      offer(process, "event " + i);
      process.breakModel();
    }

    assertEquals(3, process.image().deadLetters().size());
    assertEquals(2, process.image().deadLetters().dropped());
    now(
        process,
        process
            .kernel()
            .deadLetters(new OperatorEntry.DeadLetterHandled(
                List.of(), OperatorEntry.DeadLetterAction.CLEARED, false, "test")));
    assertEquals(0, process.image().deadLetters().size());
    assertReplays(process);
  }

  @Test
  void redeliversAsManyAsTheInboxTakes() {
    ProcessConfig.Run run = new ProcessConfig.Run(
        1, Duration.ZERO, Duration.ZERO, 100, 50, 2, 64L << 20, Duration.ofSeconds(10), true);
    HandProcess process = HandProcess.running(HandProcess.config(run, delivery(0, 3), Rules.NONE));
    for (int i = 0; i < 3; i++) {
      offer(process, "event " + i);
      process.breakModel();
    }
    Json answer = now(process, process.kernel().deadLetters(HandProcess.again(List.of(), false)));
    assertEquals(1L, answer.object().get("left"));
    Future<Json> full = process.kernel().deadLetters(HandProcess.again(List.of(), false));
    assertEquals(ErrorCode.INBOX_FULL, ((RuntimeFault) full.cause()).code());
    Future<Json> unknown = process.kernel().deadLetters(HandProcess.again(List.of("none"), false));
    assertEquals(ErrorCode.DEAD_LETTER_NOT_FOUND, ((RuntimeFault) unknown.cause()).code());

    assertEquals(1, process.asked.size(), "more runs than the concurrency");
    process.say("done");
    assertEquals(1, process.asked.size());
  }

  // --- Poison

  @Test
  void aRunThatEndsItsJvmAgainAndAgainIsADeadLetter() {
    HandProcess process = retrying(5);
    offer(process, "poison");
    offer(process, "good");
    for (int i = 0; i < 3; i++) {
      assertEquals("poison", asks(process));
      process.restart(false);
      process.flush();
    }

    assertEquals("good", asks(process), "it is held up by the poison");
    DeadLetters.DeadLetter letter =
        process.image().deadLetters().all().iterator().next();
    assertEquals("poison", letter.reason());
    assertTrue(letter instanceof DeadLetters.FailedRun failed
        && Objects.requireNonNull(failed.head().result().failure()).code() == ErrorCode.POISON);
    assertReplays(process);
  }

  @Test
  void aDeadLetterShowsTheEffectThatNobodyKnowsTheEndOf() {
    HandProcess process = retrying(5);
    String key = process.inCall("put").call().effectKey();
    for (int i = 0; i < 3; i++) {
      process.restart(false);
      process.flush();
    }

    Json page = now(process, process.kernel().deadLetters(10, null));
    assertTrue(
        page.toString().contains("\"in_doubt\":[{\"key\":\"" + key + "\",\"tool\":\"put\"}]")
            || page.toString()
                .contains("\"in_doubt\":[{\"tool\":\"put\",\"key\":\"" + key + "\"}]"),
        page::toString);
    assertReplays(process);
  }

  @Test
  void aStepBetweenTwoEndsOfTheJvmShowsThatItIsNoPoison() {
    HandProcess process = retrying(0);
    offer(process, "long");
    for (int i = 0; i < 10; i++) {
      process.want("context_set", "{\"key\":\"a\",\"value\":" + i + "}");
      process.restart(false);
      process.flush();
    }
    assertEquals(1, process.onlyRun().crashes());
    process.say("done");

    assertEquals(List.of(Outcome.COMPLETED), outcomes(process));
  }

  @Test
  void whoWaitsOrRestsOrIsStoppedCleanlyIsNoPoison() {
    HandProcess process = retrying(1);
    process.inCall("charge").promise().fail(new IllegalStateException("lost"));
    process.flush();
    for (int i = 0; i < 5; i++) {
      process.restart(false);
      process.flush();
    }
    assertEquals(ProcessState.AWAITING, process.state());
    assertEquals(0, process.onlyRun().crashes());
    SimWorld.later(process.resolve(Resolution.LANDED));
    process.flush();
    for (int i = 0; i < 5; i++) {
      process.restart(true);
      process.flush();
    }
    assertEquals(0, process.onlyRun().crashes());
    process.say("done");
    assertEquals(List.of(Outcome.COMPLETED), outcomes(process));
  }

  // --- What the model is shown

  @Test
  void cutsThePayloadAsTheManifestSays() {
    HandProcess process = retrying(0);
    offer(process, "y".repeat(1_000));
    List<Message> shown = process.asked.get(0).request().messages();
    String text = ((Message.UserText) shown.get(shown.size() - 1)).text();

    assertTrue(text.contains("[cut: 200 of 1002 characters shown]"), text);
    process.say("done");
    String kept = String.valueOf(process.image().conversation().messages().get(0));
    assertTrue(kept.contains("[cut: 200 of 1002 characters shown]"), kept);
  }
}
