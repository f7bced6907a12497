package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.llm.Spending;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever counts is told of answers that may be paid for and are lost, and of no others. */
@ExtendWith(VertxExtension.class)
class LostAnswersTest {

  private static final SecretRef KEY = new SecretRef(SecretRef.Kind.ENV, "TEST_KEY");

  private Vertx vertx;
  private FakeOpenAi fake;

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    this.fake =
        FakeOpenAi.start(vertx).toCompletionStage().toCompletableFuture().join();
  }

  private Models models() {
    VertxTimers timers = new VertxTimers(vertx);
    return new Models(
        vertx,
        timers,
        Ids.random(timers),
        provider -> new ModelEndpoint(fake.baseUrl(), KEY, Duration.ofSeconds(30), 3),
        reference -> "sk-very-secret");
  }

  /** What it was told, in order; {@code lost}, or {@code again} when an answer was lost before. */
  private static final class Counter implements Spending {
    private final List<String> told = new ArrayList<>();
    private final RuntimeFault refusal = new RuntimeFault(ErrorCode.BUDGET_EXCEEDED, "no more");
    private boolean refuses;
    private boolean open;

    @Override
    public void lost() {
      told.add("lost");
      open = true;
    }

    @Override
    public Future<Void> again() {
      if (open) {
        told.add("again");
        open = false;
      }
      return refuses && !told.isEmpty() ? Future.failedFuture(refusal) : Future.succeededFuture();
    }
  }

  private Future<ChatReply> ask(ChatClient model, Counter counter) {
    Promise<ChatReply> promise = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(go -> model
            .chat(Samples.request("{}").countedBy(counter), new CancelSignal())
            .onComplete(promise));
    return promise.future();
  }

  private static FakeProvider.Answer answer(String how) {
    return switch (how) {
      case "cut" -> FakeOpenAi.cutInCall();
      case "early" -> FakeOpenAi.endEarly("The answer is");
      case "gone" -> (vertx, request) -> request.connection().close();
      case "refused" -> FakeOpenAi.error(500, "server_error");
      default -> FakeOpenAi.error(429, "rate", "retry-after", "0");
    };
  }

  @ParameterizedTest
  @CsvSource({"cut, true", "early, true", "gone, true", "refused, false", "limited, false"})
  void onlyWhatMayBePaidForIsTold(String how, boolean paid, VertxTestContext test) {
    fake.answer(answer(how), FakeOpenAi.text("now"));
    Counter counter = new Counter();
    ask(models().create("openai:fake-1", null), counter)
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals("now", reply.message().text());
          assertEquals(paid ? List.of("lost", "again") : List.of(), counter.told);
          test.completeNow();
        })));
  }

  @Test
  void nobodyIsAskedAgainWhereThatIsNotAllowed(VertxTestContext test) {
    fake.answer(FakeOpenAi.endEarly("The answer is"), FakeOpenAi.text("now"));
    Counter counter = new Counter();
    counter.refuses = true;
    ask(models().create("openai:fake-1", null), counter)
        .onComplete(test.failing(cause -> test.verify(() -> {
          assertSame(counter.refusal, cause);
          assertEquals(1, fake.seen().size());
          test.completeNow();
        })));
  }

  @Test
  void theLastAttemptIsToldToo(VertxTestContext test) {
    fake.answer(FakeOpenAi.endEarly("a"), FakeOpenAi.endEarly("b"), FakeOpenAi.endEarly("c"));
    Counter counter = new Counter();
    ask(models().create("openai:fake-1", null), counter)
        .onComplete(test.failing(cause -> test.verify(() -> {
          assertEquals(List.of("lost", "again", "lost", "again", "lost"), counter.told);
          test.completeNow();
        })));
  }
}
