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
        answer.complete(done.result());
      } else {
        answer.fail(known(done.cause()));
      }
    }));
    return answer.future();
  }

  private RuntimeFault known(Throwable cause) {
    return cause instanceof RuntimeFault fault
        ? fault
        : new RuntimeFault(
            ErrorCode.MODEL_UNAVAILABLE, "model custom:" + name + " failed: " + cause, cause);
  }

  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    return client.most(request, before);
  }

  @Override
  public boolean insideJvm() {
    return client.insideJvm();
  }
}
