package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The one door to a model, on a clock wound by hand. */
final class ProviderGateTest {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final ManualTimers timers = new ManualTimers(Instant.EPOCH);
  private final List<Asked> asked = new ArrayList<>();
  private final ChatClient provider = new ChatClient() {
    @Override
    public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
      Asked call = new Asked(request.turn(), Promise.promise());
      asked.add(call);
      cancel.onCancel(() -> call.promise.tryFail(new RuntimeFault(ErrorCode.CANCELLED, "gone")));
      return call.promise.future();
    }

    @Override
    public boolean insideJvm() {
      return false;
    }
  };
  private ProviderGate gate = gate(2, 0);
  private int turns;

  private record Asked(int turn, Promise<ChatReply> promise) {
    void say(long tokens) {
      promise.complete(new ChatReply(Samples.says("yes"), new Message.Usage(tokens, 0)));
    }

    void fail(ErrorCode code, @Nullable Duration retryAfter) {
      promise.fail(new RuntimeFault(code, "no", retryAfter));
    }
  }

  private ProviderGate gate(int concurrency, long tokens) {
    return new ProviderGate(
        "fake:one",
        new Quota(concurrency, tokens, PATIENCE),
        timers,
        Ids.seeded(timers, new Random(7)));
  }

  private Future<ChatReply> ask(Duration patience, CancelSignal cancel) {
    ChatClient.ChatRequest plain = Samples.request("{}");
    ChatClient.ChatRequest numbered = new ChatClient.ChatRequest(
        plain.messages(), List.of(), ++turns, plain.invocation(), plain.event());
    return new GatedChat(provider, gate, Runnable::run, () -> Runnable::run, patience)
        .chat(numbered, cancel);
  }

  private Future<ChatReply> ask() {
    return ask(PATIENCE, new CancelSignal());
  }

  private List<Integer> turnsAsked() {
    return asked.stream().map(Asked::turn).toList();
  }

  private static Failure failure(Future<ChatReply> reply) {
    return Failure.of(Objects.requireNonNull(reply.cause()));
  }

  private Object shown(String key) {
    return Objects.requireNonNull(gate.view().get(key), key);
  }

  @Test
  void soManyAskAtOnceAndTheOthersInTheOrderOfTheirArrival() {
    List<Future<ChatReply>> replies = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      replies.add(ask());
    }
    assertEquals(List.of(1, 2), turnsAsked());
    assertEquals(4, shown("waiting"));
    asked.get(1).say(1);
    asked.get(0).say(1);
    asked.get(3).say(1);
    assertEquals(List.of(1, 2, 3, 4, 5), turnsAsked());
    assertTrue(replies.get(3).succeeded() && !replies.get(2).isComplete());
    asked.get(2).say(1);
    asked.get(4).say(1);
    asked.get(5).say(1);
    assertTrue(replies.stream().allMatch(Future::succeeded));
    assertEquals(0, shown("in_flight"));
    assertEquals(0, timers.pending(), "a timer is left");
  }

  @Test
  void whatTheProviderAsksForIsLearnedOnceForAll() {
    gate = gate(10, 0);
    List<Future<ChatReply>> replies = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      replies.add(ask());
    }
    for (int i = 0; i < 5; i++) {
      asked.get(i).fail(ErrorCode.MODEL_RATE_LIMITED, Duration.ofSeconds(20));
    }
    Future<ChatReply> late = ask();
    assertEquals("limited", shown("state"));
    timers.advance(Duration.ofMillis(19_999));
    assertEquals(5, asked.size(), "somebody asked before the time");
    timers.advance(Duration.ofMillis(2_002));
    assertEquals(List.of(1, 2, 3, 4, 5, 1), turnsAsked(), "one probes, the oldest");
    assertEquals("probing", shown("state"));
    asked.get(5).say(1);
    assertEquals("open", shown("state"));
    assertEquals(List.of(2, 3), turnsAsked().subList(6, 8), "then two");
    asked.get(6).say(1);
    asked.get(7).say(1);
    assertEquals(List.of(4, 5, 6), turnsAsked().subList(8, 11));
    asked.subList(8, 11).forEach(call -> call.say(1));
    assertTrue(replies.stream().allMatch(Future::succeeded) && late.succeeded());
    assertEquals(5L, shown("limited"));
  }

  @Test
  void withoutAWordThePauseDoubles() {
    Future<ChatReply> reply = ask();
    long[] pauses = {1, 2, 4, 8, 16, 32, 60, 60};
    for (int i = 0; i < pauses.length; i++) {
      asked.get(i).fail(ErrorCode.MODEL_RATE_LIMITED, null);
      timers.advance(Duration.ofSeconds(pauses[i]).minusMillis(1));
      assertEquals(i + 1, asked.size(), "too early after " + i);
      timers.advance(Duration.ofSeconds(pauses[i]).dividedBy(10).plusMillis(3));
      assertEquals(i + 2, asked.size(), "not at all after " + i);
    }
    asked.get(pauses.length).say(1);
    assertTrue(reply.succeeded(), "being sent away is no attempt");
  }

  @Test
  void whoCannotWaitThatLongIsToldAtOnceAndWhen() {
    Future<ChatReply> first = ask();
    Future<ChatReply> second = ask(Duration.ofSeconds(30), new CancelSignal());
    Future<ChatReply> third = ask(Duration.ofSeconds(30), new CancelSignal());
    asked.get(0).fail(ErrorCode.MODEL_RATE_LIMITED, Duration.ofMinutes(20));
    assertEquals(ErrorCode.MODEL_RATE_LIMITED, failure(first).code());
    assertNotNull(failure(first).retryAfter());
    assertTrue(
        failure(third).message().contains("takes no more"), failure(third).message());
    assertTrue(!second.isComplete(), "it is asking");
    asked.get(1).say(1);
    assertTrue(second.succeeded());
    Duration told = Objects.requireNonNull(failure(ask()).retryAfter());
    assertTrue(told.compareTo(Duration.ofMinutes(20)) >= 0, "" + told);
  }

  @Test
  void whoWaitsForItsTurnTooLongIsTold() {
    gate = gate(1, 0);
    Future<ChatReply> first = ask();
    Future<ChatReply> second = ask(Duration.ofSeconds(5), new CancelSignal());
    timers.advance(Duration.ofSeconds(5));
    assertEquals(ErrorCode.MODEL_RATE_LIMITED, failure(second).code());
    assertTrue(
        failure(second).message().contains("queue_timeout"), failure(second).message());
    asked.get(0).say(1);
    assertTrue(first.succeeded());
    assertTrue(ask(Duration.ZERO, new CancelSignal()).cause() == null, "it need not wait");
    assertEquals(
        ErrorCode.MODEL_RATE_LIMITED,
        failure(ask(Duration.ZERO, new CancelSignal())).code());
  }

  @Test
  void aProviderThatFailsAgainAndAgainIsLeftAloneAndProbed() {
    for (int i = 0; i < ProviderGate.FAILURES_MAX; i++) {
      Future<ChatReply> reply = ask();
      asked.get(i).fail(ErrorCode.MODEL_UNAVAILABLE, null);
      assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure(reply).code());
    }
    assertEquals("unavailable", shown("state"));
    Future<ChatReply> one = ask();
    Future<ChatReply> two = ask();
    assertEquals(5, asked.size());
    timers.advance(Duration.ofMillis(1_200));
    assertEquals(6, asked.size(), "one probes");
    asked.get(5).fail(ErrorCode.MODEL_TIMEOUT, null);
    assertEquals(ErrorCode.MODEL_TIMEOUT, failure(one).code());
    timers.advance(Duration.ofMillis(1_900));
    assertEquals(6, asked.size(), "longer now");
    timers.advance(Duration.ofMillis(400));
    asked.get(6).say(1);
    assertTrue(two.succeeded());
    assertEquals("open", shown("state"));
  }

  @Test
  void aFailureThatNamesATimeIsHeeded() {
    Future<ChatReply> reply = ask();
    asked.get(0).fail(ErrorCode.MODEL_UNAVAILABLE, Duration.ofSeconds(30));
    assertEquals("unavailable", shown("state"));
    timers.advance(Duration.ofMillis(29_999));
    assertEquals(1, asked.size());
    timers.advance(Duration.ofMillis(3_010));
    asked.get(1).say(1);
    assertTrue(reply.succeeded());
  }

  @Test
  void aRefusedQuestionSaysThatTheProviderIsThere() {
    for (int i = 0; i < 3 * ProviderGate.FAILURES_MAX; i++) {
      Future<ChatReply> reply = ask();
      asked.get(i).fail(i % 3 == 2 ? ErrorCode.MODEL_REFUSED : ErrorCode.MODEL_UNAVAILABLE, null);
      assertTrue(reply.failed());
    }
    assertEquals("open", shown("state"));
  }

  @Test
  void soManyTokensGoInAMinute() {
    gate = gate(100, 10_000);
    List<Future<ChatReply>> replies = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      replies.add(ask());
    }
    assertEquals(19, asked.size(), "each is taken for 500, and what it asks");
    asked.get(0).say(2_000);
    for (int i = 1; i < 19; i++) {
      asked.get(i).say(500);
    }
    assertEquals(19, asked.size(), "one has used more, so none is let in");
    timers.advance(Duration.ofSeconds(59));
    assertEquals(19, asked.size());
    timers.advance(Duration.ofSeconds(2));
    assertTrue(asked.size() > 25, "" + asked.size());
    asked
        .subList(19, asked.size())
        .forEach(call -> call.promise.tryComplete(
            new ChatReply(Samples.says("yes"), new Message.Usage(500, 0))));
    timers.advance(Duration.ofSeconds(61));
    asked.forEach(call ->
        call.promise.tryComplete(new ChatReply(Samples.says("yes"), new Message.Usage(500, 0))));
    assertTrue(replies.stream().allMatch(Future::succeeded));
  }

  @Test
  void whatAloneIsTooMuchGoesWhenNothingElseDoes() {
    gate = gate(100, 100);
    Future<ChatReply> first = ask();
    Future<ChatReply> second = ask();
    assertEquals(1, asked.size());
    asked.get(0).say(90);
    timers.advance(Duration.ofSeconds(61));
    assertEquals(2, asked.size());
    asked.get(1).say(90);
    assertTrue(first.succeeded() && second.succeeded());
  }

  @Test
  void whoGivesUpMakesRoom() {
    gate = gate(1, 0);
    CancelSignal waiting = new CancelSignal();
    CancelSignal asking = new CancelSignal();
    Future<ChatReply> first = ask(PATIENCE, asking);
    Future<ChatReply> second = ask(PATIENCE, waiting);
    Future<ChatReply> third = ask();
    waiting.cancel();
    assertEquals(ErrorCode.CANCELLED, failure(second).code());
    assertEquals(1, shown("waiting"));
    asking.cancel();
    assertEquals(ErrorCode.CANCELLED, failure(first).code());
    assertEquals(List.of(1, 3), turnsAsked());
    asked.get(1).say(1);
    assertTrue(third.succeeded());
    assertEquals(0, timers.pending());
  }

  @Test
  void aProberThatGivesUpIsFollowedByTheNext() {
    CancelSignal cancel = new CancelSignal();
    Future<ChatReply> first = ask(PATIENCE, cancel);
    asked.get(0).fail(ErrorCode.MODEL_RATE_LIMITED, Duration.ofSeconds(1));
    Future<ChatReply> second = ask();
    timers.advance(Duration.ofSeconds(2));
    assertEquals(List.of(1, 1), turnsAsked());
    cancel.cancel();
    assertTrue(first.failed());
    assertEquals(List.of(1, 1, 2), turnsAsked());
    asked.get(2).say(1);
    assertTrue(second.succeeded());
  }
}
