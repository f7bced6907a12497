package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.provider.FakeProvider.Answer;
import dev.agentruntime.provider.FakeProvider.Call;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for every provider but the first, whose test is wider; over real wire formats. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 20, unit = TimeUnit.SECONDS)
abstract class ProviderContract {

  private static final SecretRef KEY = new SecretRef(SecretRef.Kind.ENV, "TEST_KEY");
  private static final String SECRET = "sk-very-secret";

  final Dialect dialect;
  Vertx vertx;
  FakeProvider fake;

  ProviderContract(Dialect dialect) {
    this.dialect = dialect;
  }

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    this.fake = new FakeProvider(vertx);
    fake.listen().toCompletionStage().toCompletableFuture().join();
  }

  ChatClient model(int attempts, Duration timeout, Quota quota) {
    String name = dialect.model().substring(dialect.model().indexOf(':') + 1);
    Price price = new Price(new BigDecimal("2"), new BigDecimal("10"), new BigDecimal("0.5"));
    VertxTimers timers = new VertxTimers(vertx);
    return new Models(
            vertx,
            timers,
            Ids.random(timers),
            provider -> new ModelEndpoint(
                fake.url() + dialect.basePath(),
                KEY,
                timeout,
                attempts,
                0,
                quota,
                Map.of(name, price)),
            reference -> SECRET)
        .create(dialect.model(), null);
  }

  ChatClient once() {
    return model(1, Duration.ofSeconds(10), Quota.DEFAULT);
  }

  ChatReply ask(ChatClient model, ChatRequest request) {
    return result(asked(model, request, new CancelSignal()));
  }

  ChatReply ask(ChatRequest request) {
    return ask(once(), request);
  }

  private Future<ChatReply> asked(ChatClient model, ChatRequest request, CancelSignal cancel) {
    Promise<ChatReply> promise = Promise.promise();
    vertx.getOrCreateContext().runOnContext(go -> model.chat(request, cancel).onComplete(promise));
    return promise.future();
  }

  private static <T> T result(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  Failure failure(ChatClient model) {
    return failure(asked(model, Samples.request("{}"), new CancelSignal()));
  }

  private static Failure failure(Future<ChatReply> reply) {
    try {
      throw new AssertionError("answered: " + result(reply));
    } catch (CompletionException failed) {
      return Failure.of(Objects.requireNonNull(failed.getCause()));
    }
  }

  private void until(java.util.function.BooleanSupplier condition) {
    Promise<Void> promise = Promise.promise();
    vertx.setPeriodic(5, id -> {
      if (condition.getAsBoolean()) {
        vertx.cancelTimer(id);
        promise.tryComplete();
      }
    });
    result(promise.future());
  }

  @Test
  void aReplyInWordsArrivesWholeWithItsCost() {
    fake.answer(dialect.says("Grüße aus dem Strom, 🙂 und weiter."));
    ChatReply reply = ask(Samples.request("{}"));
    assertEquals("Grüße aus dem Strom, 🙂 und weiter.", reply.message().text());
    assertEquals(dialect.model(), reply.model());
    assertEquals(11, reply.usage().input());
    assertEquals(7, reply.usage().output());
    long cached = reply.usage().cached();
    assertEquals(
        (11 - cached) * 2_000 + cached * 500 + 7 * 10_000, reply.usage().cost());
    FakeProvider.Seen seen = fake.seen().get(0);
    assertEquals(dialect.keyValue(SECRET), seen.headers().get(dialect.keyHeader()));
    assertTrue(seen.body().encode().contains("Be brief."), seen.body().encode());
    assertTrue(seen.body().encode().contains("the event"), seen.body().encode());
  }

  @Test
  void toolCallsArriveInOrderWithTheirArguments() {
    fake.answer(dialect.wants(
        new Call("call00001", "context_set", "{\"key\":\"a\",\"value\":{\"b\":[1,2]}}"),
        new Call("call00002", "context_get", "{\"key\":\"a\"}")));
    ChatReply reply = ask(Samples.request("{}"));
    assertEquals(
        List.of("context_set", "context_get"),
        reply.message().calls().stream().map(Message.ToolRequest::tool).toList());
    assertEquals(
        List.of("call00001", "call00002"),
        reply.message().calls().stream().map(Message.ToolRequest::callId).toList());
    assertEquals(
        List.of(
            Json.parse("{\"key\":\"a\",\"value\":{\"b\":[1,2]}}").value(),
            Json.parse("{\"key\":\"a\"}").value()),
        reply.message().calls().stream()
            .map(call -> Json.parse(call.arguments()).value())
            .toList());
    assertEquals("", reply.message().text());
  }

  /** The exchange of a later turn, as it is sent. */
  JsonObject sent() {
    ToolDefinition tool = new ToolDefinition(
        "pay",
        "Pays.",
        Json.parse("{\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\","
            + "\"description\":\"whom\"},\"any\":true,\"list\":{\"type\":\"array\",\"items\":"
            + "{\"$ref\":\"#/$defs/n\"}},\"one\":{\"enum\":[\"a\",\"b\"]},"
            + "\"may\":{\"type\":[\"integer\",\"null\"]}},"
            + "\"required\":[\"to\"],\"$defs\":{\"n\":{\"type\":\"number\"}}}"),
        ToolDefinition.Policy.IRREVERSIBLE);
    ChatRequest plain = Samples.request(
        "{}",
        new Message.Assistant(
            "Twice.",
            List.of(
                new Message.ToolRequest("", "pay", "{\"to\":\"A\"}"),
                new Message.ToolRequest("x:" + "y".repeat(60), "p/y", "not json")),
            null),
        new Message.ToolText("", "pay", "paid", false),
        new Message.ToolText("", "p/y", "unknown tool", true));
    fake.answer(dialect.says("ok"));
    ChatReply reply = ask(new ChatRequest(
        plain.messages(), List.of(tool), plain.turn(), plain.invocation(), plain.event()));
    assertEquals("ok", reply.message().text());
    return fake.seen().get(0).body();
  }

  @ParameterizedTest
  @CsvSource({
    "400, MODEL_REFUSED",
    "401, MODEL_UNAUTHORIZED",
    "402, MODEL_QUOTA_EXHAUSTED",
    "403, MODEL_UNAUTHORIZED",
    "404, MODEL_NOT_FOUND",
  })
  void whatWaitingDoesNotHelpIsNotTriedAgain(int status, ErrorCode expected) {
    fake.answer(error(status, "no"));
    Failure failure = failure(model(4, Duration.ofSeconds(10), Quota.DEFAULT));
    assertEquals(expected, failure.code());
    assertTrue(failure.message().contains("HTTP " + status), failure.message());
    assertTrue(failure.message().startsWith(dialect.model()), failure.message());
    assertEquals(1, fake.seen().size());
  }

  @ParameterizedTest
  @CsvSource({"408, MODEL_TIMEOUT", "500, MODEL_UNAVAILABLE", "529, MODEL_UNAVAILABLE"})
  void whatMayPassIsTriedAgain(int status, ErrorCode expected) {
    fake.answer(error(status, "no"));
    assertEquals(
        expected, failure(model(2, Duration.ofSeconds(10), Quota.DEFAULT)).code());
    assertEquals(2, fake.seen().size());
  }

  @Test
  void whatIsTooMuchWaitsAsLongAsTheProviderSays() {
    fake.answer(error(429, "much", "retry-after", "1"), dialect.says("now"));
    long before = System.nanoTime();
    assertEquals("now", ask(Samples.request("{}")).message().text());
    assertTrue(System.nanoTime() - before >= 1_000_000_000L);
    assertEquals(2, fake.seen().size());
  }

  @Test
  void aLongerWaitThanAllowedIsHandedOn() {
    fake.answer(error(429, "much", "retry-after", "90"));
    Failure failure =
        failure(model(4, Duration.ofSeconds(10), new Quota(1, 0, Duration.ofSeconds(5))));
    assertEquals(ErrorCode.MODEL_RATE_LIMITED, failure.code());
    long wait = failure.retryAfter() == null ? 0 : failure.retryAfter().toSeconds();
    assertTrue(wait >= 85 && wait <= 99, "" + wait);
    assertEquals(1, fake.seen().size());
  }

  private Answer error(int status, String word, String... headers) {
    return FakeProvider.status(status, dialect.error(status, word), headers);
  }

  @Test
  void aSecretIsNeverInAMessage() {
    fake.answer(FakeProvider.status(401, "Incorrect API key provided: " + SECRET));
    Failure failure = failure(once());
    assertFalse(failure.message().contains(SECRET), failure.message());
  }

  @Test
  void aBrokenStreamIsNoReply() {
    List<String> whole = dialect.calls(new Call("call00001", "pay", "{\"amount\":1}"));
    for (int pieces = 0; pieces < whole.size() - 1; pieces++) {
      fake.answer(FakeProvider.broken(dialect.type(), whole.subList(0, pieces)));
      assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure(once()).code(), "after " + pieces);
      fake.answer(FakeProvider.stream(dialect.type(), whole.subList(0, pieces)));
      assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure(once()).code(), "ended at " + pieces);
      fake = another();
    }
  }

  private FakeProvider another() {
    FakeProvider next = new FakeProvider(vertx);
    next.listen().toCompletionStage().toCompletableFuture().join();
    return next;
  }

  @Test
  void whatIsNoEventIsMalformed() {
    fake.answer(FakeProvider.stream(
        dialect.type(), List.of(dialect.text("x").get(0).replaceFirst("\\{", "{nonsense "))));
    assertEquals(ErrorCode.MODEL_MALFORMED, failure(once()).code());
  }

  @Test
  void aPageInsteadOfAStreamIsMalformed() {
    fake.answer(FakeProvider.stream("text/html; charset=utf-8", List.of("<html>Sign in</html>")));
    Failure failure = failure(once());
    assertEquals(ErrorCode.MODEL_MALFORMED, failure.code());
    assertTrue(failure.message().contains("expected=" + dialect.type()), failure.message());
  }

  @Test
  void silenceTimesOut() {
    fake.answer(FakeProvider.silence());
    assertEquals(
        ErrorCode.MODEL_TIMEOUT,
        failure(model(1, Duration.ofMillis(200), Quota.DEFAULT)).code());
    until(() -> fake.open() == 0);
  }

  @Test
  void aDripTimesOutToo() {
    fake.answer(FakeProvider.drip(dialect.type(), dialect.drop(), 20));
    assertEquals(
        ErrorCode.MODEL_TIMEOUT,
        failure(model(1, Duration.ofMillis(300), Quota.DEFAULT)).code());
    until(() -> fake.open() == 0);
  }

  @Test
  void cancellingEndsTheRequest() {
    fake.answer(FakeProvider.drip(dialect.type(), dialect.drop(), 10));
    CancelSignal cancel = new CancelSignal();
    Future<ChatReply> reply = asked(once(), Samples.request("{}"), cancel);
    until(() -> fake.open() == 1);
    vertx.runOnContext(go -> cancel.cancel());
    assertEquals(ErrorCode.CANCELLED, failure(reply).code());
    until(() -> fake.open() == 0);
  }

  @Test
  void whoListensHearsTheReplyWhileItIsWritten() {
    fake.answer(
        error(500, "no"),
        dialect.says("One, two, three, four, five."),
        dialect.wants(new Call("call00001", "pay", "{\"to\":\"A\"}")));
    List<ReplyListener.Piece> heard = new CopyOnWriteArrayList<>();
    ChatClient patient = model(2, Duration.ofSeconds(10), Quota.DEFAULT);
    ChatReply said = ask(patient, Samples.request("{}").heardBy(listener(heard)));
    assertEquals("One, two, three, four, five.", said.message().text());
    assertTrue(heard.get(0) instanceof ReplyListener.Again, "" + heard);
    List<ReplyListener.Piece> words = heard.subList(1, heard.size());
    assertTrue(words.size() > 1, "" + heard);
    assertEquals(
        "One, two, three, four, five.",
        words.stream()
            .map(piece -> ((ReplyListener.Text) piece).text())
            .collect(Collectors.joining()));
    heard.clear();
    ChatReply wanted = ask(patient, Samples.request("{}").heardBy(listener(heard)));
    assertEquals(1, wanted.message().calls().size());
    List<String> arguments = new ArrayList<>();
    for (ReplyListener.Piece piece : heard) {
      ReplyListener.Call call = (ReplyListener.Call) piece;
      assertEquals(0, call.index());
      assertEquals("pay", call.tool());
      arguments.add(call.arguments());
    }
    assertEquals("{\"to\":\"A\"}", String.join("", arguments));
  }

  private static ReplyListener listener(List<ReplyListener.Piece> heard) {
    return new ReplyListener() {
      @Override
      public boolean listening() {
        return true;
      }

      @Override
      public void hear(Piece piece) {
        heard.add(piece);
      }
    };
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() {
    ChatClient model = once();
    result(fake.close());
    Failure failure = failure(model);
    assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code());
    assertTrue(failure.message().startsWith(dialect.model()), failure.message());
  }
}
