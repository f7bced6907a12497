package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests to memory servers: one JSON body each way, bounded in time and size; redirects are not
 * followed. Whatever goes wrong below HTTP is {@code MEMORY_UNAVAILABLE} and names the server. Safe
 * on every thread.
 */
final class JsonHttp {

  /** Longest answer in bytes. */
  static final int BODY_BYTES_MAX = 32 << 20;

  /** Most connections to one server; who finds none waits. */
  static final int CONNECTIONS_MAX = 64;

  private static final int SHOWN_MAX = 300;

  /** Headers that hold no key. */
  private static final Set<String> PLAIN = Set.of("content-type", "accept", "user-agent");

  private final Timers timers;
  private final HttpClient client;

  JsonHttp(Vertx vertx, Timers timers) {
    this.timers = timers;
    // TLS as Vert.x has it by default: the JDK's authorities, the host's name verified.
    this.client = vertx
        .httpClientBuilder()
        .with(new HttpClientOptions().setConnectTimeout(5_000).setKeepAliveTimeout(30))
        .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS_MAX))
        .build();
  }

  /** What a server said. */
  record Answer(int status, String body) {

    /** Its body, which must be JSON. */
    @Nullable
    Object value() {
      return Json.parse(body).value();
    }

    /** The beginning of the body, for messages. */
    String shortBody() {
      return body.length() <= SHOWN_MAX ? body : body.substring(0, SHOWN_MAX) + "...";
    }
  }

  /**
   * Sends one request.
   *
   * @param body null = none
   * @param timeout until the whole answer is there
   */
  Future<Answer> send(
      String method,
      String url,
      Map<String, String> headers,
      @Nullable String body,
      Duration timeout) {
    RequestOptions options =
        new RequestOptions().setMethod(HttpMethod.valueOf(method)).setAbsoluteURI(url);
    headers.forEach(options::putHeader);
    return new Exchange(url, timeout, headers).begin(options, body);
  }

  Future<Void> close() {
    return client.close();
  }

  /** What a server refuses it may explain with the key it was sent; that is shown to a model. */
  private static String withoutKeys(String said, Map<String, String> headers) {
    List<String> keys = new ArrayList<>();
    headers.forEach((name, value) -> {
      // As "Token KEY".
      String key = value.substring(value.lastIndexOf(' ') + 1);
      if (!PLAIN.contains(name.toLowerCase(Locale.ROOT)) && !key.isEmpty()) {
        keys.add(key);
      }
    });
    return Redactor.of(() -> Map.of("KEY", keys)).redact(said);
  }

  /** One request under way; its callbacks come on one context. */
  private final class Exchange {
    private final String server;
    private final Promise<Answer> answer = Promise.promise();
    private final Buffer body = Buffer.buffer();
    private final Duration timeout;
    private final Map<String, String> headers;
    private @Nullable HttpClientRequest sent;

    Exchange(String url, Duration timeout, Map<String, String> headers) {
      URI uri = URI.create(url);
      this.server = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
      this.timeout = timeout;
      this.headers = headers;
    }

    Future<Answer> begin(RequestOptions options, @Nullable String content) {
      Timers.Armed deadline =
          timers.after(timeout, () -> fail("no whole answer within " + timeout.toMillis() + " ms"));
      client
          .request(options)
          .compose(ready -> {
            if (answer.future().isComplete()) {
              // Nobody waits any more, and was told that nothing was sent.
              ready.reset();
              throw new RuntimeFault(ErrorCode.CANCELLED, "the call ended before it was sent");
            }
            sent = ready;
            Future<HttpClientResponse> response =
                content == null ? ready.send() : ready.send(Buffer.buffer(content));
            // Here, not at the end of the chain: from another thread that would be too late.
            return response.onSuccess(this::read);
          })
          .onFailure(cause -> fail(String.valueOf(cause)));
      return answer.future().onComplete(done -> deadline.cancel());
    }

    private void read(HttpClientResponse response) {
      response.exceptionHandler(cause -> fail(String.valueOf(cause)));
      response.handler(piece -> {
        if (body.length() + piece.length() > BODY_BYTES_MAX) {
          fail("an answer longer than " + BODY_BYTES_MAX + " bytes");
        } else {
          body.appendBuffer(piece);
        }
      });
      response.endHandler(end -> {
        int status = response.statusCode();
        String said = body.toString();
        boolean ignored = answer.tryComplete(
            new Answer(status, status / 100 == 2 ? said : withoutKeys(said, headers)));
      });
    }

    private void fail(String why) {
      String message = "memory server " + server + ": " + why;
      boolean first = answer.tryFail(
          sent == null
              ? new RuntimeFault(
                  ErrorCode.MEMORY_UNAVAILABLE, message, new ConnectException("nothing was sent"))
              : new RuntimeFault(ErrorCode.MEMORY_UNAVAILABLE, message));
      if (first && sent != null) {
        sent.reset();
      }
    }
  }
}
