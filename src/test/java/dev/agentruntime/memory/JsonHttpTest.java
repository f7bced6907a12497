package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Requests to the servers of memories and of embedding models. */
@ExtendWith(VertxExtension.class)
final class JsonHttpTest {

  private static final Duration LONG = Duration.ofMinutes(2);

  private final BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
  private final List<String> seen = new CopyOnWriteArrayList<>();

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private void answer(HttpServerRequest request) {
    if (request.path().equals("/held")) {
      Context here = Objects.requireNonNull(Vertx.currentContext());
      held.add(() -> here.runOnContext(go -> end(request)));
    } else {
      seen.add(request.path());
      end(request);
    }
  }

  private static void end(HttpServerRequest request) {
    Future<Void> unused = request.response().end("{}");
  }

  /** Whoever counts what it costs was told that it did not leave. */
  @Test
  void whatFoundNoConnectionInTimeIsNotSentLater(Vertx vertx) throws Exception {
    HttpServer server =
        await(vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
    String url = "http://127.0.0.1:" + server.actualPort();
    JsonHttp http = new JsonHttp(vertx, new VertxTimers(vertx));
    for (int i = 0; i < JsonHttp.CONNECTIONS_MAX; i++) {
      Future<JsonHttp.Answer> unused = http.send("GET", url + "/held", Map.of(), null, LONG);
    }
    Runnable free = Objects.requireNonNull(held.poll(60, TimeUnit.SECONDS));
    for (int i = 1; i < JsonHttp.CONNECTIONS_MAX; i++) {
      Runnable unused = Objects.requireNonNull(held.poll(60, TimeUnit.SECONDS));
    }

    ExecutionException late = assertThrows(
        ExecutionException.class,
        () -> await(http.send("POST", url + "/late", Map.of(), "{}", Duration.ofMillis(50))));
    assertInstanceOf(
        ConnectException.class, Objects.requireNonNull(late.getCause()).getCause());
    Future<JsonHttp.Answer> next = http.send("GET", url + "/next", Map.of(), null, LONG);
    free.run();

    assertEquals(200, await(next).status());
    assertEquals(List.of("/next"), seen);
    Void unused = await(http.close());
  }
}
