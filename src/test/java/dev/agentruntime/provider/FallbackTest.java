package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A chain of models at two providers. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 20, unit = TimeUnit.SECONDS)
final class FallbackTest {

  private final Dialect.Anthropic anthropic = new Dialect.Anthropic();
  private Vertx vertx;
  private FakeOpenAi first;
  private FakeProvider second;
  private Models models;
  private Duration timeout = Duration.ofSeconds(10);

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    this.first = now(FakeOpenAi.start(vertx));
    this.second = new FakeProvider(vertx);
    second.listen().toCompletionStage().toCompletableFuture().join();
    VertxTimers timers = new VertxTimers(vertx);
    Map<String, String> urls =
        Map.of("openai", first.baseUrl(), "anthropic", second.url() + anthropic.basePath());
    this.models = new Models(
        vertx,
        timers,
        Ids.random(timers),
        provider -> new ModelEndpoint(urls.get(provider), null, timeout, 2),
        reference -> null);
  }

  private static <T> T now(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  private ChatClient chain() {
    return models.create("openai:fake-1", List.of(anthropic.model()), null);
  }

  private Future<ChatReply> ask(ChatClient model) {
    Promise<ChatReply> promise = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(
            go -> model.chat(Samples.request("{}"), new CancelSignal()).onComplete(promise));
    return promise.future();
  }

  @Test
  void theFirstAnswersWhenItCan() {
    first.answer(FakeOpenAi.text("one"));
    ChatReply reply = now(ask(chain()));
    assertEquals("one", reply.message().text());
    assertEquals("openai:fake-1", reply.model());
    assertEquals(0, second.seen().size());
  }

  @ParameterizedTest
  @CsvSource({"500, 2", "529, 2", "402, 1"})
  void theNextAnswersWhenItCannotBeHad(int status, int requests) {
    first.answer(FakeOpenAi.error(status, "no"));
    second.answer(anthropic.says("two"));
    ChatReply reply = now(ask(chain()));
    assertEquals("two", reply.message().text());
    assertEquals(anthropic.model(), reply.model());
    assertEquals(requests, first.seen().size());
  }

  @Test
  void theNextAnswersWhenItIsHungOrWritesNonsense() {
    timeout = Duration.ofMillis(500);
    first.answer(FakeProvider.silence(), FakeProvider.status(200, "[]"));
    second.answer(anthropic.says("two"));
    ChatClient hung = models.create("openai:fake-1", List.of(), null);
    timeout = Duration.ofSeconds(10);
    ChatClient well = models.create(anthropic.model(), List.of(), null);
    FallbackChat chain = new FallbackChat(List.of(hung, well));
    assertEquals("two", now(ask(chain)).message().text());
    assertEquals(2, first.seen().size());
  }

  @Test
  void theNextAnswersWhileItIsTooMuchForTheFirst() {
    first.answer(FakeOpenAi.error(429, "rate", "retry-after", "60"));
    second.answer(anthropic.says("two"));
    ChatClient chain = chain();
    for (int i = 0; i < 3; i++) {
      assertEquals("two", now(ask(chain)).message().text());
    }
    assertEquals(1, first.seen().size(), "it is asked once, and left alone");
  }

  @ParameterizedTest
  @CsvSource({
    "400, MODEL_REFUSED",
    "401, MODEL_UNAUTHORIZED",
    "404, MODEL_NOT_FOUND",
    "422, MODEL_REFUSED"
  })
  void aMistakeIsNotHidden(int status, ErrorCode expected) {
    first.answer(FakeOpenAi.error(status, "no"));
    second.answer(anthropic.says("two"));
    assertEquals(expected, failure(ask(chain())).code());
    assertEquals(0, second.seen().size());
  }

  @Test
  void whenNoneCanBeHadTheLastSaysWhy() {
    first.answer(FakeOpenAi.error(500, "no"));
    second.answer(FakeProvider.status(503, anthropic.error(503, "overloaded_error")));
    Failure failure = failure(ask(chain()));
    assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code());
    assertTrue(failure.message().startsWith(anthropic.model()), failure.message());
  }

  @Test
  void theLastMayBeAPlay() {
    first.answer(FakeOpenAi.error(500, "no"));
    ChatReply reply = now(ask(models.create(
        "openai:fake-1",
        List.of("script:p.yaml"),
        Json.parse("{\"rules\":[{\"say\":\"as rehearsed\"}]}"))));
    assertEquals("as rehearsed", reply.message().text());
    assertEquals("", reply.model());
  }

  @Test
  void oneThatDoesNotExistIsNamed() {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> models.create("openai:a", List.of("opnai:b"), null));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().startsWith("model \"opnai:b\", expected=openai:,"));
  }

  @Test
  void theGatesShowHowTheyStand() {
    first.answer(FakeOpenAi.error(429, "rate", "retry-after", "60"));
    second.answer(anthropic.says("two"));
    assertEquals("two", now(ask(chain())).message().text());
    List<?> gates = (List<?>) Objects.requireNonNull(now(models.status()).value());
    Map<?, ?> limited = (Map<?, ?>) gates.get(1);
    assertEquals("openai:fake-1", limited.get("model"));
    assertEquals("limited", limited.get("state"));
    assertEquals(0L, limited.get("waiting"));
    assertEquals("open", ((Map<?, ?>) gates.get(0)).get("state"));
  }

  private static Failure failure(Future<ChatReply> reply) {
    return Failure.of(Objects.requireNonNull(
        assertThrows(CompletionException.class, () -> now(reply)).getCause()));
  }
}
