package dev.agentruntime.provider;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Message;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ReplyListener;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several models, asked in order until one answers. The next one is asked when a model cannot be
 * had: when its provider is away, takes no more, does not answer in time or nothing that can be
 * read, each after its retries, or when its account is empty. A question that a provider refuses,
 * and a key that it does not know, are mistakes that another model would only hide.
 */
final class FallbackChat implements ChatClient {

  private final List<ChatClient> models;

  FallbackChat(List<ChatClient> models) {
    this.models = List.copyOf(models);
  }

  @Override
  public boolean insideJvm() {
    return models.stream().allMatch(ChatClient::insideJvm);
  }

  /** Of whichever may use most, in each: what one has counted before says nothing of another. */
  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    Message.Usage most = Message.Usage.NONE;
    for (ChatClient model : models) {
      Message.Usage one = model.most(request, models.size() == 1 ? before : null);
      most = new Message.Usage(
          Math.max(most.input(), one.input()),
          Math.max(most.output(), one.output()),
          0,
          most.cost() == null || one.cost() == null
              ? null
              : (Long) Math.max(most.cost(), one.cost()));
    }
    return most;
  }

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    return ask(0, request, cancel);
  }

  private Future<ChatReply> ask(int index, ChatRequest request, CancelSignal cancel) {
    return models.get(index).chat(request, cancel).recover(cause -> {
      Failure failure = Failure.of(cause);
      if (index + 1 == models.size() || cancel.isCancelled() || !isAway(failure.code())) {
        return Future.failedFuture(cause);
      }
      System.getLogger(FallbackChat.class.getName())
          .log(System.Logger.Level.INFO, "the next model is asked: {0}", failure.message());
      if (request.listener().listening()) {
        request.listener().hear(new ReplyListener.Again(failure.message()));
      }
      return request.spending().again().compose(may -> ask(index + 1, request, cancel));
    });
  }

  private static boolean isAway(ErrorCode code) {
    return switch (code) {
      case MODEL_UNAVAILABLE,
          MODEL_TIMEOUT,
          MODEL_RATE_LIMITED,
          MODEL_MALFORMED,
          MODEL_QUOTA_EXHAUSTED -> true;
      default -> false;
    };
  }
}
