package dev.agentruntime.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.Failure;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BodyReaderTest {

  private static final HttpLimits LIMITS =
      new HttpLimits(100, 2_048, Duration.ofSeconds(5), Duration.ofMillis(200), 100);

  private final Vertx vertx = Vertx.vertx();
  private int port;

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** Answers the length of the body, or why there is none. */
  @BeforeEach
  void listen() throws Exception {
    BodyReader reader = new BodyReader(LIMITS, new VertxTimers(vertx));
    HttpServer server = vertx.createHttpServer().requestHandler(request -> {
      Future<byte[]> body = BodyReader.announced(request)
          ? reader.read(request)
          : Future.succeededFuture(new byte[0]);
      body.map(bytes -> "length " + bytes.length)
          .otherwise(cause -> Failure.of(cause).code().name())
          .compose(text -> request.response().end(text))
          .onComplete(sent -> request.connection().close());
    });
    port = await(server.listen(0, "127.0.0.1")).actualPort();
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private String post(String headers, String body) throws Exception {
    String answer = RawHttp.exchangeAll(
        port, "POST / HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body);
    return answer.substring(answer.lastIndexOf("\r\n\r\n") + 4);
  }

  @Test
  void aBodyIsReadWhole() throws Exception {
    assertEquals("length 5", post("Content-Length: 5\r\n", "hello"));
    assertEquals("length 100", post("Content-Length: 100\r\n", "x".repeat(100)));
    assertEquals("length 0", post("", ""));
    assertEquals(
        "length 8", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n"));
  }

  @Test
  void aLongBodyIsRefusedBeforeItIsRead() throws Exception {
    assertEquals("PAYLOAD_TOO_LARGE", post("Content-Length: 101\r\n", ""));
    assertEquals("PAYLOAD_TOO_LARGE", post("Content-Length: 99999999999\r\n", ""));
  }

  @Test
  void chunksWithoutEndAreRefused() throws Exception {
    String chunk = "40\r\n" + "x".repeat(64) + "\r\n";
    assertEquals("PAYLOAD_TOO_LARGE", post("Transfer-Encoding: chunked\r\n", chunk.repeat(3)));
  }

  @Test
  void aSlowBodyIsRefused() throws Exception {
    assertEquals("REQUEST_TIMEOUT", post("Content-Length: 10\r\n", "half"));
  }

  @Test
  void aCompressedBodyIsRefused() throws Exception {
    assertEquals(
        "UNSUPPORTED_MEDIA_TYPE", post("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"));
  }

  @Test
  void whoAsksFirstIsInvited() throws Exception {
    String answer = RawHttp.exchangeAll(
        port,
        "POST / HTTP/1.1\r\nHost: l\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
    assertTrue(answer.startsWith("HTTP/1.1 100 Continue"), answer);
    assertTrue(answer.endsWith("length 5"), answer);
  }

  @Test
  void whoAsksForTooMuchIsNotInvited() throws Exception {
    String answer = RawHttp.exchangeAll(
        port, "POST / HTTP/1.1\r\nHost: l\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n");
    assertTrue(answer.endsWith("PAYLOAD_TOO_LARGE"), answer);
    assertTrue(!answer.contains("100 Continue"), answer);
  }
}
