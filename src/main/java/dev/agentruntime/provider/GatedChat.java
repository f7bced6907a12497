package dev.agentruntime.provider;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ReplyListener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model behind its gate. A call that the provider sends away because it is too much goes back to
 * its place in the queue, and counts as no attempt; it fails only when its patience ends. Safe on
 * every thread: the gate is asked on its own context, the model on the caller's.
 */
final class GatedChat implements ChatClient {

  private static final int CHARS_PER_TOKEN = 4;

  private final ChatClient inner;
  private final ProviderGate gate;
  private final Executor owner;
  private final Supplier<Executor> caller;
  private final Duration patience;

  /**
   * A model behind a gate.
   *
   * @param owner hops onto the gate's context
   * @param caller tells how to hop back onto the context that asks
   */
  GatedChat(
      ChatClient inner,
      ProviderGate gate,
      Executor owner,
      Supplier<Executor> caller,
      Duration patience) {
    this.inner = inner;
    this.gate = gate;
    this.owner = owner;
    this.caller = caller;
    this.patience = patience;
  }

  @Override
  public boolean insideJvm() {
    return inner.insideJvm();
  }

  @Override
  public Message.Usage most(ChatRequest request, Message.@Nullable Usage before) {
    return inner.most(request, before);
  }

  @Override
  public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
    Asking asking = new Asking(request, cancel);
    if (cancel.isCancelled()) {
      return Future.failedFuture(cancelled());
    }
    owner.execute(() -> gate.arrive(asking.visit));
    cancel.onCancel(asking::cancel);
    return asking.promise.future();
  }

  private static RuntimeFault cancelled() {
    return new RuntimeFault(ErrorCode.CANCELLED, "the call was cancelled");
  }

  private static long tokens(ChatRequest request) {
    long chars = 0;
    for (Message message : request.messages()) {
      if (message instanceof Message.Assistant said) {
        chars += said.text().length();
        for (Message.ToolRequest call : said.calls()) {
          chars += call.arguments().length();
        }
      } else if (message instanceof Message.SystemText system) {
        chars += system.text().length();
      } else if (message instanceof Message.UserText user) {
        chars += user.text().length();
      } else if (message instanceof Message.ToolText tool) {
        chars += tool.text().length();
      }
    }
    return chars / CHARS_PER_TOKEN;
  }

  /** One call; the caller's, and its visit the gate's. */
  private final class Asking {

    private final ChatRequest request;
    private final CancelSignal cancel;
    private final Executor back = caller.get();
    private final Promise<ChatReply> promise = Promise.promise();
    private final ProviderGate.Visit visit;

    Asking(ChatRequest request, CancelSignal cancel) {
      this.request = request;
      this.cancel = cancel;
      this.visit = new ProviderGate.Visit(tokens(request), patience, this::admitted, this::refused);
    }

    private void refused(Failure why) {
      back.execute(
          () -> promise.tryFail(new RuntimeFault(why.code(), why.message(), why.retryAfter())));
    }

    private void cancel() {
      if (promise.tryFail(cancelled())) {
        owner.execute(() -> gate.giveUp(visit));
      }
    }

    private void admitted() {
      back.execute(() -> {
        if (promise.future().isComplete()) {
          return; // Cancelled meanwhile, and the gate knows.
        }
        // What went back to its place in the queue may have been paid for.
        request.spending().again().onSuccess(may -> ask()).onFailure(cause -> {
          leave(ProviderGate.End.GIVEN_UP, null, 0);
          promise.tryFail(cause);
        });
      });
    }

    private void ask() {
      if (promise.future().isComplete()) {
        return;
      }
      inner.chat(request, cancel).onComplete(done -> {
        if (done.succeeded()) {
          Message.Usage usage = done.result().usage();
          leave(ProviderGate.End.DONE, null, usage.input() + usage.output());
          promise.tryComplete(done.result());
        } else {
          failed(done.cause());
        }
      });
    }

    private void failed(Throwable cause) {
      Failure failure = Failure.of(cause);
      ProviderGate.End end = end(failure);
      leave(end, failure, 0);
      if (end != ProviderGate.End.LIMITED) {
        promise.tryFail(cause);
      } else if (request.listener().listening()) {
        request.listener().hear(new ReplyListener.Again(failure.message()));
      }
    }

    private void leave(ProviderGate.End end, @Nullable Failure failure, long used) {
      owner.execute(() -> gate.left(visit, end, failure, used));
    }
  }

  private static ProviderGate.End end(Failure failure) {
    return switch (failure.code()) {
      case MODEL_RATE_LIMITED -> ProviderGate.End.LIMITED;
      case MODEL_UNAVAILABLE, MODEL_TIMEOUT ->
        failure.retryAfter() == null ? ProviderGate.End.FAILED : ProviderGate.End.LIMITED;
      case CANCELLED -> ProviderGate.End.GIVEN_UP;
      default -> ProviderGate.End.DONE;
    };
  }
}
