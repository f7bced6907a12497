package dev.agentruntime.llm;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClient;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model behind LangChain4j's streaming adapter for the wire format of OpenAI, which most local
 * servers speak as well. Asks once; a stream that ends before the reply does is a failure, never
 * half a reply. Holds no state between calls; safe on every thread.
 */
final class LangChainModels implements ChatClient {

  private final HttpClient client;
  private final Timers timers;
  private final Target target;

  LangChainModels(HttpClient client, Timers timers, Target target) {
    this.client = client;
    this.timers = timers;
    this.target = target;
  }

  /**
   * Which model, and where.
   *
   * @param configured the model as configured, for messages
   * @param model what the provider calls it
   * @param baseUrl up to and without {@code /chat/completions}
   * @param apiKey asked at each call, so that a changed key takes effect; null = none
   * @param timeout for a whole answer
   */
  record Target(
      String configured,
      String model,
      String baseUrl,
      Supplier<@Nullable String> apiKey,
      Duration timeout) {}

  @Override
  public boolean insideJvm() {
    return false;
  }

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    if (cancel.isCancelled()) {
      return Future.failedFuture(cancelled());
    }
    VertxHttpTransport transport = new VertxHttpTransport(client, timers, target.timeout());
    Promise<ChatReply> promise = Promise.promise();
    String key = null;
    try {
      key = target.apiKey().get();
      model(transport, key).chat(request(request), new Answer(promise, transport, key));
    } catch (RuntimeException e) {
      transport.cancel();
      promise.tryFail(ModelFailures.of(e, target.configured(), key));
    }
    cancel.onCancel(() -> {
      if (promise.tryFail(cancelled())) {
        transport.cancel();
      }
    });
    return promise.future();
  }

  private RuntimeFault cancelled() {
    return new RuntimeFault(ErrorCode.CANCELLED, target.configured() + ": the call was cancelled");
  }

  private OpenAiStreamingChatModel model(VertxHttpTransport transport, @Nullable String key) {
    // Not builder(): that would search the class path at every call.
    var builder = new OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder()
        .httpClientBuilder(transport)
        .baseUrl(target.baseUrl())
        .modelName(target.model());
    return (key == null ? builder : builder.apiKey(key)).build();
  }

  private static dev.langchain4j.model.chat.request.ChatRequest request(ChatRequest request) {
    return dev.langchain4j.model.chat.request.ChatRequest.builder()
        .messages(LangChainMessages.of(request.messages()))
        .toolSpecifications(LangChainMessages.tools(request.tools()))
        .build();
  }

  /** Takes the end of the stream; what comes in between is gathered by the adapter. */
  private final class Answer implements StreamingChatResponseHandler {

    private final Promise<ChatReply> promise;
    private final VertxHttpTransport transport;
    private final @Nullable String key;

    Answer(Promise<ChatReply> promise, VertxHttpTransport transport, @Nullable String key) {
      this.promise = promise;
      this.transport = transport;
      this.key = key;
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      FinishReason reason = response.finishReason();
      if (reason == null && !transport.sawDone()) {
        onError(new RuntimeFault(
            ErrorCode.MODEL_UNAVAILABLE, "the stream ended before the reply was complete"));
      } else if (reason == FinishReason.CONTENT_FILTER) {
        onError(new RuntimeFault(
            ErrorCode.MODEL_REFUSED, "the provider's content filter stopped the reply"));
      } else {
        promise.tryComplete(new ChatReply(
            LangChainMessages.reply(response.aiMessage()),
            LangChainMessages.usage(response.tokenUsage())));
      }
    }

    @Override
    public void onError(Throwable error) {
      if (promise.tryFail(ModelFailures.of(error, target.configured(), key))) {
        transport.cancel();
      }
    }
  }
}
