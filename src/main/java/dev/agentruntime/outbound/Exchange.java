package dev.agentruntime.outbound;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import org.jspecify.annotations.Nullable;

/** One request on its way and its answer. Owned by: the context that asked. */
public final class Exchange {

  private final GuardedClient.Limits limits;
  private final Promise<Answer> answer = Promise.promise();
  private final Timers.Armed deadline;
  private final Buffer body = Buffer.buffer();
  private @Nullable HttpClientRequest sent;
  private boolean ended;

  Exchange(GuardedClient.Limits limits, Timers timers) {
    this.limits = limits;
    this.deadline = timers.after(
        limits.timeout(),
        () -> abort(new RuntimeFault(
            ErrorCode.REQUEST_TIMEOUT,
            "no whole answer, expected=within " + limits.timeout().toMillis() + " ms")));
  }

  /**
   * An answer.
   *
   * @param body its first bytes, as many as were allowed
   * @param cut whether there was more
   */
  public record Answer(
      int status, byte[] body, boolean cut, @Nullable String location) {}

  Future<Answer> answer() {
    return answer.future();
  }

  /** Nothing was sent. */
  void unsent(Throwable cause) {
    if (end()) {
      answer.fail(cause instanceof Unsent ? cause : new Unsent(cause));
    }
  }

  /** Ends it; whether it was sent decides what is known. */
  void abort(Throwable cause) {
    if (end()) {
      HttpClientRequest open = sent;
      answer.fail(open == null ? new Unsent(cause) : cause);
      if (open != null) {
        Future<Void> ignored = open.reset();
      }
    }
  }

  private boolean end() {
    boolean first = !ended;
    ended = true;
    deadline.cancel();
    return first;
  }

  void open(Future<HttpClientRequest> connection, GuardedClient.Request request) {
    connection.onFailure(this::unsent).onSuccess(ready -> {
      if (ended) {
        Future<Void> ignored = ready.reset();
        return;
      }
      sent = ready;
      Future<HttpClientResponse> response =
          request.body().length == 0 ? ready.send() : ready.send(Buffer.buffer(request.body()));
      response.onSuccess(this::read).onFailure(cause -> abort(broken(cause)));
    });
  }

  private void read(HttpClientResponse response) {
    response.exceptionHandler(cause -> abort(broken(cause)));
    response.endHandler(done -> whole(response, false));
    response.handler(chunk -> {
      int room = limits.bytesMax() - body.length();
      body.appendBuffer(chunk.length() <= room ? chunk : chunk.slice(0, room));
      if (chunk.length() > room) {
        whole(response, true);
        Future<Void> ignored = response.request().reset();
      }
    });
  }

  private void whole(HttpClientResponse response, boolean cut) {
    if (end()) {
      answer.complete(
          new Answer(response.statusCode(), body.getBytes(), cut, response.getHeader("location")));
    }
  }

  private static RuntimeFault broken(Throwable cause) {
    return new RuntimeFault(
        ErrorCode.UNREACHABLE, "the connection broke before the whole answer was there", cause);
  }
}
