package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The way to a provider and back, over the real wire format. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 10, timeUnit = TimeUnit.SECONDS)
final class OpenAiTest {

  private static final SecretRef KEY = new SecretRef(SecretRef.Kind.ENV, "TEST_KEY");

  private Vertx vertx;
  private FakeOpenAi fake;

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    this.fake =
        FakeOpenAi.start(vertx).toCompletionStage().toCompletableFuture().join();
  }

  private ChatClient model(int attempts, Duration timeout) {
    VertxTimers timers = new VertxTimers(vertx);
    return new Models(
            vertx,
            timers,
            Ids.random(timers),
            provider -> new ModelEndpoint(fake.baseUrl(), KEY, timeout, attempts),
            reference -> "sk-very-secret")
        .create("openai:fake-1", null);
  }

  private ChatClient once() {
    return model(1, Duration.ofSeconds(10));
  }

  private Future<ChatReply> ask(ChatClient model, ChatRequest request, CancelSignal cancel) {
    Promise<ChatReply> promise = Promise.promise();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(go -> model.chat(request, cancel).onComplete(promise));
    return promise.future();
  }

  private Future<ChatReply> ask(ChatClient model) {
    return ask(model, Samples.request("{}"), new CancelSignal());
  }

  private void fails(ChatClient model, VertxTestContext test, Consumer<Failure> check) {
    ask(model)
        .onComplete(test.failing(cause -> test.verify(() -> {
          check.accept(((RuntimeFault) cause).failure());
          test.completeNow();
        })));
  }

  @Test
  void aReplyInWordsArrivesWholeWithItsCost(VertxTestContext test) {
    fake.answer(FakeOpenAi.text("Grüße aus dem Strom, 🙂 und weiter."));
    ask(once())
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals("Grüße aus dem Strom, 🙂 und weiter.", reply.message().text());
          assertEquals(new Message.Usage(11, 7), reply.usage());
          FakeProvider.Seen seen = fake.seen().get(0);
          assertEquals("/v1/chat/completions", seen.path());
          assertEquals("Bearer sk-very-secret", seen.headers().get("authorization"));
          assertEquals("fake-1", seen.body().getString("model"));
          assertTrue(seen.body().getBoolean("stream"));
          test.completeNow();
        })));
  }

  @Test
  void toolCallsArriveInOrderWithTheirArguments(VertxTestContext test) {
    fake.answer(FakeOpenAi.calls(
        new FakeProvider.Call("call_1", "context_set", "{\"key\":\"a\",\"value\":1}"),
        new FakeProvider.Call("call_2", "context_get", "{\"key\":\"a\"}")));
    ask(once())
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals(
              List.of(
                  new Message.ToolRequest("call_1", "context_set", "{\"key\":\"a\",\"value\":1}"),
                  new Message.ToolRequest("call_2", "context_get", "{\"key\":\"a\"}")),
              reply.message().calls());
          assertEquals("", reply.message().text());
          test.completeNow();
        })));
  }

  @Test
  void theExchangeAndTheToolsAreSent(VertxTestContext test) {
    fake.answer(FakeOpenAi.text("ok"));
    ToolDefinition tool = new ToolDefinition(
        "pay",
        "Pays.",
        Json.parse("{\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\",\"pattern\":"
            + "\"^[A-Z]+$\"},\"any\":true},\"required\":[\"to\"]}"),
        ToolDefinition.Policy.IRREVERSIBLE);
    ChatRequest plain = Samples.request(
        "{}",
        new Message.Assistant(
            "Twice.",
            List.of(
                new Message.ToolRequest("same", "pay", "{\"to\":\"A\"}"),
                new Message.ToolRequest("same", "p/y", "not json"))),
        new Message.ToolText("same", "pay", "paid", false),
        new Message.ToolText("same", "p/y", "unknown tool", true));
    ChatRequest request = new ChatRequest(
        plain.messages(), List.of(tool), plain.turn(), plain.invocation(), plain.event());
    ask(once(), request, new CancelSignal())
        .onComplete(test.succeeding(r -> test.verify(() -> {
          JsonObject body = fake.seen().get(0).body();
          assertEquals(
              "[\"system\",\"user\",\"assistant\",\"tool\",\"tool\"]",
              Json.of(body.getJsonArray("messages").stream()
                      .map(message -> ((JsonObject) message).getString("role"))
                      .toList())
                  .toString());
          JsonObject assistant = body.getJsonArray("messages").getJsonObject(2);
          JsonObject second = assistant.getJsonArray("tool_calls").getJsonObject(1);
          assertEquals("same-2", second.getString("id"));
          assertEquals("p_y", second.getJsonObject("function").getString("name"));
          assertEquals("{}", second.getJsonObject("function").getString("arguments"));
          assertEquals(
              "same-2", body.getJsonArray("messages").getJsonObject(4).getString("tool_call_id"));
          assertEquals(
              "Error: unknown tool",
              body.getJsonArray("messages").getJsonObject(4).getString("content"));
          JsonObject parameters = body.getJsonArray("tools")
              .getJsonObject(0)
              .getJsonObject("function")
              .getJsonObject("parameters");
          assertEquals(
              "^[A-Z]+$",
              parameters.getJsonObject("properties").getJsonObject("to").getString("pattern"));
          assertEquals("to", parameters.getJsonArray("required").getString(0));
          test.completeNow();
        })));
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error, MODEL_REFUSED",
    "401, invalid_api_key, MODEL_UNAUTHORIZED",
    "403, forbidden, MODEL_UNAUTHORIZED",
    "404, model_not_found, MODEL_NOT_FOUND",
    "302, moved, MODEL_REFUSED",
    "429, insufficient_quota, MODEL_QUOTA_EXHAUSTED",
  })
  void whatWaitingDoesNotHelpIsNotTriedAgain(
      int status, String code, ErrorCode expected, VertxTestContext test) {
    fake.answer(FakeOpenAi.error(status, code));
    fails(model(4, Duration.ofSeconds(10)), test, failure -> {
      assertEquals(expected, failure.code());
      assertTrue(failure.message().contains("HTTP " + status), failure.message());
      assertEquals(1, fake.seen().size());
    });
  }

  @ParameterizedTest
  @CsvSource({
    "500, server_error, MODEL_UNAVAILABLE",
    "529, overloaded, MODEL_UNAVAILABLE",
    "408, timeout, MODEL_TIMEOUT",
  })
  void whatMayPassIsTriedAgain(int status, String code, ErrorCode expected, VertxTestContext test) {
    fake.answer(FakeOpenAi.error(status, code));
    fails(model(2, Duration.ofSeconds(10)), test, failure -> {
      assertEquals(expected, failure.code());
      assertEquals(2, fake.seen().size());
    });
  }

  @Test
  void aSecondTryAnswers(VertxTestContext test) {
    fake.answer(FakeOpenAi.error(429, "rate", "retry-after", "0"), FakeOpenAi.text("now"));
    ask(model(3, Duration.ofSeconds(10)))
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals("now", reply.message().text());
          assertEquals(2, fake.seen().size());
          test.completeNow();
        })));
  }

  @Test
  void aSecretIsNeverInAMessage(VertxTestContext test) {
    fake.answer(FakeProvider.status(401, "Incorrect API key provided: sk-very-secret."));
    fails(once(), test, failure -> {
      assertFalse(failure.message().contains("sk-very-secret"), failure.message());
      assertTrue(failure.message().contains("***"), failure.message());
    });
  }

  @Test
  void aCutToolCallIsNoReply(VertxTestContext test) {
    fake.answer(FakeOpenAi.cutInCall());
    fails(once(), test, failure -> assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code()));
  }

  @Test
  void aStreamThatEndsBeforeTheModelDoesIsNoReply(VertxTestContext test) {
    fake.answer(FakeOpenAi.endEarly("The answer is"));
    fails(once(), test, failure -> assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {\"id\": nonsense}\n\n",
        "data: <html>502</html>\n\ndata: [DONE]\n\n",
        "data: {\"choices\":\"no list\"}\n\n",
      })
  void whatIsNoChunkIsMalformed(String events, VertxTestContext test) {
    fake.answer(FakeOpenAi.raw(events));
    fails(once(), test, failure -> assertEquals(ErrorCode.MODEL_MALFORMED, failure.code()));
  }

  @Test
  void aPageInsteadOfAStreamIsMalformed(VertxTestContext test) {
    fake.answer(FakeProvider.status(200, "{\"choices\":[]}"));
    fails(once(), test, failure -> {
      assertEquals(ErrorCode.MODEL_MALFORMED, failure.code());
      assertTrue(failure.message().contains("text/event-stream"), failure.message());
    });
  }

  @Test
  void aKeyInAPageInsteadOfAStreamIsNotShown(VertxTestContext test) {
    String page = "x".repeat(200 - 9) + "sk-very-secret and more";
    fake.answer(FakeProvider.status(200, page));
    fails(once(), test, failure -> {
      assertTrue(failure.message().contains("***"), failure.message());
      assertFalse(failure.message().contains("sk-very"), failure.message());
    });
  }

  @Test
  void noChoicesAreAnEmptyReply(VertxTestContext test) {
    fake.answer(FakeOpenAi.raw("data: {\"choices\":[]}\n\ndata: [DONE]\n\n"));
    ask(once())
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals(Samples.says(""), reply.message());
          assertEquals(new Message.Usage(0, 0), reply.usage(), "what it cost is not known");
          test.completeNow();
        })));
  }

  @Test
  void negativeUsageCountsAsNothing(VertxTestContext test) {
    fake.answer(FakeOpenAi.raw(FakeOpenAi.chunk(new JsonObject().put("content", "x"), "stop")
        + FakeOpenAi.usage(-5, -7).toString()
        + "data: [DONE]\n\n"));
    ask(once())
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals(new Message.Usage(0, 0), reply.usage(), "what it cost is not known");
          test.completeNow();
        })));
  }

  @Test
  void surrogatesNulAndEscapesComeThrough(VertxTestContext test) {
    fake.answer(FakeOpenAi.raw("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\ud800b"
        + "\\u0000c\\u001b[31m\\u202e\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));
    ask(once())
        .compose(reply -> {
          test.verify(() ->
              assertEquals("a\ud800b\u0000c\u001b[31m\u202e", reply.message().text()));
          return ask(once(), Samples.request("{}", reply.message()), new CancelSignal());
        })
        .onComplete(test.succeedingThenComplete());
  }

  @Test
  void fiveMegabytesOfTextAndTwoHundredCallsArrive(VertxTestContext test) {
    String text = "0123456789".repeat(500_000);
    FakeProvider.Call[] calls = new FakeProvider.Call[200];
    for (int i = 0; i < calls.length; i++) {
      calls[i] = new FakeProvider.Call("same", "tool_" + i, "{\"n\":" + i + "}");
    }
    fake.answer(
        FakeOpenAi.raw(FakeOpenAi.chunk(new JsonObject().put("content", text), "stop") + ""),
        FakeOpenAi.calls(calls));
    ask(once())
        .compose(reply -> {
          test.verify(() -> assertEquals(text, reply.message().text()));
          return ask(once());
        })
        .onComplete(test.succeeding(reply -> test.verify(() -> {
          assertEquals(200, reply.message().calls().size());
          assertEquals("tool_199", reply.message().calls().get(199).tool());
          assertEquals("same", reply.message().calls().get(199).callId());
          test.completeNow();
        })));
  }

  @Test
  void silenceTimesOutAndTheConnectionIsGivenUp(VertxTestContext test) {
    fake.answer(FakeProvider.silence());
    fails(model(1, Duration.ofMillis(200)), test, failure -> {
      assertEquals(ErrorCode.MODEL_TIMEOUT, failure.code());
      assertTrue(failure.message().contains("within 200 ms"), failure.message());
    });
  }

  @Test
  void aDripTimesOutToo(VertxTestContext test) {
    fake.answer(FakeOpenAi.drip(20));
    fails(
        model(1, Duration.ofMillis(300)),
        test,
        failure -> assertEquals(ErrorCode.MODEL_TIMEOUT, failure.code()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancellingEndsTheRequest(boolean silent, VertxTestContext test) {
    fake.answer(silent ? FakeProvider.silence() : FakeOpenAi.drip(10));
    Context context = vertx.getOrCreateContext();
    CancelSignal cancel = new CancelSignal();
    AtomicBoolean onContext = new AtomicBoolean();
    Promise<ChatReply> promise = Promise.promise();
    context.runOnContext(go -> {
      Thread caller = Thread.currentThread();
      once()
          .chat(Samples.request("{}"), cancel)
          .onComplete(done -> onContext.set(Thread.currentThread() == caller))
          .onComplete(promise);
    });
    until(() -> fake.open() == 1)
        .compose(there -> {
          context.runOnContext(go -> cancel.cancel());
          return promise.future().transform(done -> {
            test.verify(() -> {
              assertEquals(ErrorCode.CANCELLED, ((RuntimeFault) done.cause()).code());
              assertTrue(onContext.get());
            });
            return until(() -> fake.open() == 0);
          });
        })
        .onComplete(test.succeedingThenComplete());
  }

  @Test
  void aRaisedSignalAsksNobody(VertxTestContext test) {
    fake.answer(FakeOpenAi.text("no"));
    CancelSignal cancel = new CancelSignal();
    cancel.cancel();
    ask(once(), Samples.request("{}"), cancel)
        .onComplete(test.failing(cause -> test.verify(() -> {
          assertEquals(ErrorCode.CANCELLED, ((RuntimeFault) cause).code());
          assertEquals(0, fake.seen().size());
          test.completeNow();
        })));
  }

  @Test
  void aServerThatIsNotThereIsUnavailable(VertxTestContext test) {
    ChatClient model = once();
    fake.close()
        .onComplete(test.succeeding(closed -> fails(
            model, test, failure -> assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code()))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://nowhere.invalid/v1", "https://HERE/v1"})
  void aNameThatDoesNotExistAndABrokenTlsAreUnavailable(String url, VertxTestContext test) {
    VertxTimers timers = new VertxTimers(vertx);
    String here = fake.baseUrl().replaceFirst("http://(.*)/v1", "$1");
    ModelEndpoint endpoint =
        new ModelEndpoint(url.replace("HERE", here), null, Duration.ofSeconds(9), 1);
    ChatClient model = new Models(
            vertx, timers, Ids.random(timers), provider -> endpoint, reference -> null)
        .create("openai:fake-1", null);
    fails(model, test, failure -> assertEquals(ErrorCode.MODEL_UNAVAILABLE, failure.code()));
  }

  @Test
  void aMissingKeyIsNamed(VertxTestContext test) {
    VertxTimers timers = new VertxTimers(vertx);
    ChatClient model = new Models(
            vertx,
            timers,
            Ids.random(timers),
            provider -> new ModelEndpoint(fake.baseUrl(), KEY, Duration.ofSeconds(1), 4),
            reference -> null)
        .create("openai:fake-1", null);
    fails(model, test, failure -> {
      assertEquals(ErrorCode.MODEL_UNAUTHORIZED, failure.code());
      assertTrue(failure.message().contains("${TEST_KEY}"), failure.message());
      assertEquals(0, fake.seen().size());
    });
  }

  @Test
  @Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
  void aThousandWaitingCallsHoldNoThread(VertxTestContext test) {
    fake.answer(FakeProvider.silence());
    ChatClient model = model(1, Duration.ofMinutes(1));
    CancelSignal cancel = new CancelSignal();
    Context context = vertx.getOrCreateContext();
    int[] threads = new int[1];
    List<Future<ChatReply>> calls = new ArrayList<>();
    ask(model(1, Duration.ofMillis(50))) // warms up event loops and classes
        .transform(warm -> until(() -> fake.open() == 0))
        .compose(warm -> {
          threads[0] = ManagementFactory.getThreadMXBean().getThreadCount();
          for (int batch = 0; batch < 100; batch++) {
            context.runOnContext(go -> {
              for (int i = 0; i < 10; i++) {
                calls.add(model.chat(Samples.request("{}"), cancel));
              }
            });
          }
          return until(() -> fake.open() == 1_000);
        })
        .onComplete(test.succeeding(all -> test.verify(() -> {
          int more = ManagementFactory.getThreadMXBean().getThreadCount() - threads[0];
          assertTrue(more <= 8, more + " more threads");
          context.runOnContext(go -> {
            cancel.cancel();
            test.verify(() -> assertTrue(calls.stream().allMatch(Future::failed)));
            test.completeNow();
          });
        })));
  }

  private Future<@Nullable Void> until(java.util.function.BooleanSupplier condition) {
    Promise<@Nullable Void> promise = Promise.promise();
    vertx.setPeriodic(5, id -> {
      if (condition.getAsBoolean()) {
        vertx.cancelTimer(id);
        promise.tryComplete();
      }
    });
    return promise.future();
  }
}
