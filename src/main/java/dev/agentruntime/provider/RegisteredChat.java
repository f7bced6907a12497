package dev.agentruntime.provider;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * A model of others' code, as a run may rely on one: it answers on the caller's context, and fails
 * with a {@code MODEL_*} code. For any thread.
 */
record RegisteredChat(String name, ChatClient client, Vertx vertx) implements ChatClient {

  /** More than any call uses, and little enough that sums of many can be counted. */
  private static final long SANE_MAX = 1_000_000_000_000_000L;

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    Context here = vertx.getOrCreateContext();
    Promise<ChatReply> answer = Promise.promise();
    Future<ChatReply> asked;
    try {
      asked = client.chat(request, cancel);
    } catch (RuntimeException e) {
      asked = Future.failedFuture(e);
    }
    asked.onComplete(done -> here.runOnContext(ignored -> {
      if (done.succeeded() && done.result() != null) {
        answer.complete(counted(done.result()));
      } else {
        // Whether somebody is paid for that is not known.
        request.spending().lost();
        answer.fail(known(done.cause()));
      }
    }));
    return answer.future();
  }

  /** What is nonsense counts as not said: else it would give back what others have used up. */
  private static ChatReply counted(ChatReply reply) {
    return isSane(reply.usage())
        ? reply
        : new ChatReply(reply.message(), new Message.Usage(0, 0), reply.model());
  }

  private static boolean isSane(Message.Usage usage) {
    Long cost = usage.cost();
    return isSane(usage.input())
        && isSane(usage.output())
        && isSane(usage.cached())
        && (cost == null || isSane(cost));
  }

  private static boolean isSane(long count) {
    return count >= 0 && count <= SANE_MAX;
  }

  private RuntimeFault known(Throwable cause) {
    return cause instanceof RuntimeFault fault
        ? fault
        : new RuntimeFault(
            ErrorCode.MODEL_UNAVAILABLE, "model custom:" + name + " failed: " + cause, cause);
  }

  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    Message.Usage most = client.most(request, before);
    if (!isSane(most)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "model custom:" + name + ", expected=the most that a call uses, each from 0 to "
              + SANE_MAX + ", actual=" + most);
    }
    return most;
  }

  @Override
  public boolean insideJvm() {
    return client.insideJvm();
  }
}
