package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Carries requests of LangChain4j's embedding models over Vert.x. The calling thread waits, so it
 * must be a worker. Safe on every thread.
 */
final class WaitingTransport implements HttpClientBuilder, HttpClient {

  private final JsonHttp http;
  private final Duration timeout;

  WaitingTransport(JsonHttp http, Duration timeout) {
    this.http = http;
    this.timeout = timeout;
  }

  @Override
  public SuccessfulHttpResponse execute(HttpRequest request) {
    Map<String, String> headers = new LinkedHashMap<>();
    request.headers().forEach((name, values) -> headers.put(name, String.join(", ", values)));
    Future<JsonHttp.Answer> sent =
        http.send(request.method().name(), request.url(), headers, request.body(), timeout);
    try {
      JsonHttp.Answer answer = sent.toCompletionStage()
          .toCompletableFuture()
          .get(2 * timeout.toMillis() + 1_000, TimeUnit.MILLISECONDS);
      if (answer.status() / 100 != 2) {
        throw new HttpException(answer.status(), answer.shortBody());
      }
      return SuccessfulHttpResponse.builder()
          .statusCode(answer.status())
          .headers(Map.of())
          .body(answer.body())
          .build();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeFault fault ? fault : broken(e);
    } catch (TimeoutException e) {
      throw broken(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw broken(e);
    }
  }

  private static RuntimeFault broken(Throwable cause) {
    return new RuntimeFault(ErrorCode.MEMORY_UNAVAILABLE, String.valueOf(cause), cause);
  }

  @Override
  public void execute(
      HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
    throw new UnsupportedOperationException("an embedding is not streamed");
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
