package dev.agentruntime.provider;

import dev.agentruntime.config.RuntimeConfig.Price;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.llm.RequestBound;
import dev.agentruntime.llm.Spending;
import dev.agentruntime.time.Timers;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClient;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model behind the streaming adapter that LangChain4j has for its provider. Asks once; a stream
 * that ends before the reply does is a failure, never half a reply. Holds no state between calls;
 * safe on every thread.
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
   * @param provider whose wire format is spoken
   * @param configured the model as configured
   * @param model what the provider calls it
   * @param baseUrl up to and without what the adapter adds, such as {@code /chat/completions}
   * @param apiKey asked at each call, so that a changed key takes effect; null = none
   * @param timeout for a whole answer
   * @param outputMax longest reply in tokens, 0 = as the provider has it
   * @param price null when it is not known
   */
  record Target(
      Provider provider,
      String configured,
      String model,
      String baseUrl,
      Supplier<@Nullable String> apiKey,
      Duration timeout,
      int outputMax,
      @Nullable Price price) {}

  @Override
  public boolean insideJvm() {
    return false;
  }

  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    long input = RequestBound.input(request, before);
    int output = target.outputMax() > 0 ? target.outputMax() : target.provider().outputUsual();
    return new Message.Usage(input, output, 0, Prices.cost(input, output, 0, target.price()));
  }

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    if (cancel.isCancelled()) {
      return Future.failedFuture(cancelled());
    }
    Answer answer = new Answer(request.listener(), request.spending());
    try {
      answer.key = target.apiKey().get();
      target.provider().model(target, answer.transport, answer.key).chat(request(request), answer);
    } catch (RuntimeException e) {
      answer.onError(e);
    }
    cancel.onCancel(() -> answer.fail(cancelled()));
    return answer.promise.future();
  }

  private RuntimeFault cancelled() {
    return new RuntimeFault(ErrorCode.CANCELLED, target.configured() + ": the call was cancelled");
  }

  private dev.langchain4j.model.chat.request.ChatRequest request(ChatRequest request) {
    Provider provider = target.provider();
    return dev.langchain4j.model.chat.request.ChatRequest.builder()
        .messages(LangChainMessages.of(request.messages(), provider, target.model()))
        .toolSpecifications(ToolSchemas.of(request.tools(), provider))
        .build();
  }

  /** Takes the end of the stream; what comes in between is gathered by the adapter. */
  private final class Answer implements StreamingChatResponseHandler, VertxHttpTransport.Watch {

    private final Promise<ChatReply> promise = Promise.promise();
    private final ReplyListener listener;
    private final Spending spending;
    private final VertxHttpTransport transport = new VertxHttpTransport(
        client, timers, target.timeout(), target.provider().streamsLines(), this);
    private @Nullable String key;
    private boolean sawEnd;
    private boolean refused;
    private int callsHeard;

    Answer(ReplyListener listener, Spending spending) {
      this.listener = listener;
      this.spending = spending;
    }

    @Override
    public void data(String data) {
      sawEnd = sawEnd || target.provider().isEnd(data);
      refused = refused || target.provider().isRefusal(data);
    }

    @Override
    public void ended() {
      if (!promise.future().isComplete()) {
        onError(cut());
      }
    }

    @Override
    public void onPartialResponse(String text) {
      if (listener.listening()) {
        listener.hear(new ReplyListener.Text(text));
      }
    }

    @Override
    public void onPartialToolCall(PartialToolCall call) {
      callsHeard = call.index() + 1;
      if (listener.listening()) {
        listener.hear(
            new ReplyListener.Call(call.index(), "" + call.name(), call.partialArguments()));
      }
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall call) {
      // Some providers send a call in one piece, which is no partial one to their adapters.
      if (call.index() >= callsHeard && listener.listening()) {
        listener.hear(new ReplyListener.Call(
            call.index(),
            "" + call.toolExecutionRequest().name(),
            "" + call.toolExecutionRequest().arguments()));
      }
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      FinishReason reason = response.finishReason();
      if (refused || reason == FinishReason.CONTENT_FILTER) {
        onError(new RuntimeFault(
            ErrorCode.MODEL_REFUSED, "the provider's content filter stopped the reply"));
      } else if (!target.provider().isComplete(reason, sawEnd)) {
        onError(cut());
      } else {
        promise.tryComplete(new ChatReply(
            LangChainMessages.reply(response.aiMessage()),
            Prices.usage(response.tokenUsage(), target.price()),
            target.configured()));
      }
    }

    private RuntimeFault cut() {
      return new RuntimeFault(
          ErrorCode.MODEL_UNAVAILABLE, "the stream ended before the reply was complete");
    }

    @Override
    public void onError(Throwable error) {
      fail(ModelFailures.of(error, target.configured(), key));
    }

    private void fail(RuntimeFault fault) {
      if (!promise.future().isComplete()) {
        if (transport.isTaken()) {
          spending.lost();
        }
        promise.fail(fault);
        transport.cancel();
      }
    }
  }
}
