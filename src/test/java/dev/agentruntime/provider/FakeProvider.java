package dev.agentruntime.provider;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server on loopback in the place of a provider. Answers are taken from a queue; the last one
 * goes on for ever. Safe on every thread.
 */
public class FakeProvider {

  private final Vertx vertx;
  private final HttpServer server;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final AtomicInteger open = new AtomicInteger();

  FakeProvider(Vertx vertx) {
    this.vertx = vertx;
    this.server = vertx.createHttpServer().requestHandler(this::onRequest);
  }

  /** A request that arrived. */
  public record Seen(String path, Map<String, String> headers, JsonObject body) {}

  /** How the server answers one request. */
  @FunctionalInterface
  public interface Answer {
    /** Writes the whole answer, or less. */
    void write(Vertx vertx, HttpServerRequest request);
  }

  /** A tool call of an answer. */
  public record Call(String id, String tool, String arguments) {}

  /** Listens on a free port. */
  Future<?> listen() {
    return server.listen(0, "127.0.0.1");
  }

  /** Where it listens, without a path. */
  String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /** Queues answers; the last one is repeated. */
  public void answer(Answer... next) {
    answers.addAll(List.of(next));
  }

  /** The requests so far, oldest first. */
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** How many requests are being answered and were not broken off by the caller. */
  public int open() {
    return open.get();
  }

  /** Stops. */
  public Future<Void> close() {
    return server.close();
  }

  private void onRequest(HttpServerRequest request) {
    open.incrementAndGet();
    AtomicInteger once = new AtomicInteger(1);
    Runnable gone = () -> open.addAndGet(-once.getAndSet(0));
    request.response().closeHandler(nothing -> gone.run());
    request.response().endHandler(nothing -> gone.run());
    request.body().onSuccess(body -> {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      request.headers().forEach(header -> headers.put(header.getKey(), header.getValue()));
      seen.add(new Seen(request.uri(), headers, body.toJsonObject()));
      Answer answer = answers.size() > 1 ? answers.poll() : answers.peek();
      if (answer == null) {
        status(500, "no answer queued").write(vertx, request);
      } else {
        answer.write(vertx, request);
      }
    });
  }

  /** A status with a body and headers. */
  public static Answer status(int status, String body, String... headers) {
    return (vertx, request) -> {
      HttpServerResponse response = request.response().setStatusCode(status);
      for (int i = 0; i < headers.length; i += 2) {
        response.putHeader(headers[i], headers[i + 1]);
      }
      response.putHeader("content-type", "application/json").end(body);
    };
  }

  /** Takes the request and says nothing. */
  public static Answer silence() {
    return (vertx, request) -> {};
  }

  /** A stream with these pieces, which ends in good order as HTTP. */
  static Answer stream(String type, List<String> pieces) {
    return (vertx, request) -> {
      HttpServerResponse response = begin(type, request);
      pieces.forEach(response::write);
      response.end();
    };
  }

  /** A stream whose connection breaks after these pieces. */
  static Answer broken(String type, List<String> pieces) {
    return (vertx, request) -> begin(type, request)
        .write(Buffer.buffer(String.join("", pieces)))
        .onComplete(written -> request.connection().close());
  }

  /** A piece every so often, without end. */
  static Answer drip(String type, String piece, long periodMs) {
    return (vertx, request) -> {
      HttpServerResponse response = begin(type, request);
      long timer = vertx.setPeriodic(periodMs, tick -> response.write(piece));
      request.connection().closeHandler(gone -> vertx.cancelTimer(timer));
    };
  }

  private static HttpServerResponse begin(String type, HttpServerRequest request) {
    return request.response().setChunked(true).putHeader("content-type", type);
  }
}
