package dev.agentruntime.provider;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks again when asking again can help: after 0.5, 1, 2 ... s, at most 30 s, each drawn from the
 * upper half by the chance in an id, so that many agents do not come back at once, and never before
 * the provider said. A provider that wants more than {@link #RETRY_AFTER_MAX} is not waited for
 * here: the failure says so to whoever plans further ahead. Behind a gate, what names a time is the
 * gate's to wait for. Safe on every thread.
 */
final class Backoff implements ChatClient {

  /** Longest wish of a provider that is waited for inside one call. */
  static final Duration RETRY_AFTER_MAX = Duration.ofSeconds(60);

  private static final long FIRST_MS = 500;
  private static final long LAST_MS = 30_000;

  private final ChatClient inner;
  private final Timers timers;
  private final Ids ids;
  private final int attemptsMax;
  private final boolean gated;

  /**
   * A patient model.
   *
   * @param gated whether a gate stands before it
   */
  Backoff(ChatClient inner, Timers timers, Ids ids, int attemptsMax, boolean gated) {
    this.inner = inner;
    this.timers = timers;
    this.ids = ids;
    this.attemptsMax = attemptsMax;
    this.gated = gated;
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
    return attempt(1, request, cancel);
  }

  private Future<ChatReply> attempt(int attempt, ChatRequest request, CancelSignal cancel) {
    return inner.chat(request, cancel).recover(cause -> {
      Failure failure = Failure.of(cause);
      if (cancel.isCancelled() || attempt >= attemptsMax || !worthwhile(failure)) {
        return Future.failedFuture(cause);
      }
      if (request.listener().listening()) {
        request.listener().hear(new ReplyListener.Again(failure.message()));
      }
      return pause(delay(attempt, failure), cancel)
          .compose(nothing -> request.spending().again())
          .compose(nothing -> attempt(attempt + 1, request, cancel));
    });
  }

  private boolean worthwhile(Failure failure) {
    if (gated) {
      // A gate waits itself as long as one may wait, and says a time only when it is longer.
      return failure.code().retryable()
          && failure.code() != ErrorCode.MODEL_RATE_LIMITED
          && failure.retryAfter() == null;
    }
    return failure.code().retryable()
        && (failure.retryAfter() == null || failure.retryAfter().compareTo(RETRY_AFTER_MAX) <= 0);
  }

  private Duration delay(int attempt, Failure failure) {
    long ceiling = Math.min(LAST_MS, FIRST_MS << Math.min(attempt - 1, 10));
    long drawn = ceiling / 2 + Math.floorMod((long) ids.next().hashCode(), ceiling / 2 + 1);
    Duration asked = failure.retryAfter();
    return Duration.ofMillis(asked == null ? drawn : Math.max(drawn, asked.toMillis()));
  }

  private Future<Void> pause(Duration delay, CancelSignal cancel) {
    Promise<Void> promise = Promise.promise();
    Timers.Armed armed = timers.after(delay, promise::tryComplete);
    cancel.onCancel(() -> {
      armed.cancel();
      promise.tryFail(
          new RuntimeFault(ErrorCode.CANCELLED, "cancelled while waiting to ask the model again"));
    });
    return promise.future();
  }
}
