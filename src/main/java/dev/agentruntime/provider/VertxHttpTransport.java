package dev.agentruntime.provider;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import dev.langchain4j.http.client.sse.ServerSentEventParsingHandle;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Carries one streamed request of LangChain4j over Vert.x: no thread waits, and every callback
 * comes on the context that asked. Owned by: one model call, on its context.
 *
 * <p>Says why it failed as LangChain4j's providers expect it: {@link HttpException} with status and
 * body, {@link TimeoutException} when the whole answer was not there in time, and a {@link
 * RuntimeFault} for a connection that failed or broke.
 */
final class VertxHttpTransport
    implements HttpClientBuilder, HttpClient, ServerSentEventParsingHandle {

  /** Longest answer in bytes, all events together. */
  static final long ANSWER_BYTES_MAX = 64L << 20;

  private static final int ERROR_BODY_BYTES_MAX = 16 << 10;

  private final io.vertx.core.http.HttpClient client;
  private final Timers timers;
  private final Duration timeout;
  private @Nullable HttpClientRequest sent;
  private Timers.@Nullable Armed deadline;
  private boolean ended;
  private final boolean lines;
  private final Watch watch;
  private boolean cancelled;
  private boolean taken;
  private long received;

  /**
   * A transport.
   *
   * @param lines whether the answer is a JSON text a line, instead of server-sent events
   * @param watch sees the answer as it comes
   */
  VertxHttpTransport(
      io.vertx.core.http.HttpClient client,
      Timers timers,
      Duration timeout,
      boolean lines,
      Watch watch) {
    this.client = client;
    this.timers = timers;
    this.timeout = timeout;
    this.lines = lines;
    this.watch = watch;
  }

  /** Sees what an adapter does not tell. */
  interface Watch {
    /** The next event's data, before the adapter reads it. */
    void data(String data);

    /** The answer ended in good order as HTTP, and the adapter has been told. */
    void ended();
  }

  /** An HTTP status that is no success, with the time the server asked to be left alone. */
  static final class HttpFailure extends HttpException {
    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;

    HttpFailure(int status, String body, @Nullable Duration retryAfter) {
      super(status, body);
      this.retryAfter = retryAfter;
    }

    @Nullable
    Duration retryAfter() {
      return retryAfter;
    }
  }

  @Override
  public void cancel() {
    if (end()) {
      cancelled = true;
      if (sent != null) {
        sent.reset();
      }
    }
  }

  /** Whether the server has, or may have, begun to answer with success. */
  boolean isTaken() {
    return taken;
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public void execute(
      HttpRequest request, ServerSentEventParser parser, ServerSentEventListener to) {
    execute(request, to); // The parser given reads a blocking stream; ours is fed.
  }

  @Override
  public void execute(HttpRequest request, ServerSentEventListener listener) {
    deadline = timers.after(
        timeout,
        () -> abort(
            listener,
            new TimeoutException(
                "no whole answer, expected=within " + timeout.toMillis() + " ms")));
    client
        .request(options(request))
        .compose(ready -> {
          if (ended) {
            ready.reset();
            throw new RuntimeFault(ErrorCode.CANCELLED, "the call ended before it was sent");
          }
          sent = ready;
          taken = true;
          return ready.send(Buffer.buffer(request.body()));
        })
        .onSuccess(response -> onResponse(response, listener))
        .onFailure(cause -> abort(listener, broken("request", cause)));
  }

  private static RequestOptions options(HttpRequest request) {
    RequestOptions options = new RequestOptions()
        .setMethod(HttpMethod.valueOf(request.method().name()))
        .setAbsoluteURI(request.url());
    request.headers().forEach((name, values) -> {
      for (String value : values) {
        if (!value.equals(Provider.NO_KEY) && !value.equals("Bearer " + Provider.NO_KEY)) {
          options.addHeader(name, value);
        }
      }
    });
    return options;
  }

  private void onResponse(HttpClientResponse response, ServerSentEventListener listener) {
    String type = String.valueOf(response.getHeader("content-type"));
    boolean success = response.statusCode() / 100 == 2;
    // A provider lets nobody pay for what it refuses.
    taken = success;
    if (!success || type.startsWith("application/json") || type.startsWith("text/html")) {
      onRefusal(response, success, type, listener);
      return;
    }
    listener.onOpen(
        SuccessfulHttpResponse.builder().statusCode(response.statusCode()).build());
    StreamParser parser = lines
        ? new LineParser(line -> onEvent(null, line, listener))
        : new SseParser((name, data) -> onEvent(name, data, listener));
    response.exceptionHandler(cause -> abort(listener, broken("answer", cause)));
    response.handler(piece -> {
      received += piece.length();
      if (received > ANSWER_BYTES_MAX) {
        abort(
            listener,
            new RuntimeFault(
                ErrorCode.MODEL_MALFORMED,
                "answer too long, expected=at most " + ANSWER_BYTES_MAX + " bytes"));
      } else if (!ended) {
        parser.feed(piece);
      }
    });
    response.endHandler(nothing -> {
      parser.end();
      if (end()) {
        listener.onClose();
        watch.ended();
      }
    });
  }

  private void onEvent(@Nullable String name, String data, ServerSentEventListener listener) {
    if (ended) {
      return;
    }
    try {
      watch.data(data);
      listener.onEvent(new ServerSentEvent(name, data), new ServerSentEventContext(this));
    } catch (RuntimeException e) {
      // Some adapters throw what they cannot read instead of telling their listener.
      abort(listener, e);
    }
  }

  private void onRefusal(
      HttpClientResponse response, boolean success, String type, ServerSentEventListener listener) {
    Buffer body = Buffer.buffer();
    response.exceptionHandler(cause -> abort(listener, broken("answer", cause)));
    response.handler(piece -> {
      int room = ERROR_BODY_BYTES_MAX - body.length();
      body.appendBuffer(piece, 0, Math.min(room, piece.length()));
    });
    response.endHandler(nothing -> {
      String text = body.toString();
      abort(
          listener,
          success
              ? new RuntimeFault(
                  ErrorCode.MODEL_MALFORMED,
                  "answer, expected=" + (lines ? "application/x-ndjson" : "text/event-stream")
                      + ", actual=" + type + ": "
                      + text)
              : new HttpFailure(response.statusCode(), text, retryAfter(response, text)));
    });
  }

  private @Nullable Duration retryAfter(HttpClientResponse response, String body) {
    return RetryAfter.of(response::getHeader, body, timers.now());
  }

  private static RuntimeFault broken(String what, Throwable cause) {
    return cause instanceof RuntimeFault fault
        ? fault
        : new RuntimeFault(
            ErrorCode.MODEL_UNAVAILABLE,
            "the " + what + " broke off: " + cause.getClass().getSimpleName() + ": "
                + cause.getMessage(),
            cause);
  }

  private void abort(ServerSentEventListener listener, RuntimeException cause) {
    boolean first = !ended;
    cancel();
    if (first) {
      listener.onError(cause);
    }
  }

  private boolean end() {
    boolean first = !ended;
    ended = true;
    if (deadline != null) {
      deadline.cancel();
    }
    return first;
  }

  @Override
  public SuccessfulHttpResponse execute(HttpRequest request) {
    throw new UnsupportedOperationException(
        "a call that waits would hold a thread; stream instead");
  }

  // As a builder it is its own product; the time limit comes from the endpoint's configuration.

  @Override
  public Duration connectTimeout() {
    return timeout;
  }

  @Override
  public HttpClientBuilder connectTimeout(Duration unused) {
    return this;
  }

  @Override
  public Duration readTimeout() {
    return timeout;
  }

  @Override
  public HttpClientBuilder readTimeout(Duration unused) {
    return this;
  }

  @Override
  public HttpClient build() {
    return this;
  }
}
