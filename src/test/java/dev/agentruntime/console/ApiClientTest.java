package dev.agentruntime.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.agentruntime.core.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against an HTTP server that answers when it is told to. */
class ApiClientTest {

  private final CountDownLatch told = new CountDownLatch(1);
  private final StringWriter out = new StringWriter();

  /** Lets the server answer as soon as something was said. */
  private final StringWriter err = new StringWriter() {
    @Override
    public void write(String text, int from, int length) {
      super.write(text, from, length);
      told.countDown();
    }
  };

  @SuppressWarnings("NullAway.Init") // made before each test
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/slow", exchange -> {
      try {
        assertTrue(told.await(30, TimeUnit.SECONDS), "nothing was said");
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      byte[] body = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private ApiClient client() {
    Console console =
        new Console(new PrintWriter(out, true), new PrintWriter(err, true), true, false);
    URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new ApiClient(base, null, console);
  }

  @Test
  void anAnswerThatTakesItsTimeIsSaidToBeWaitedFor() {
    assertEquals(Json.parse("{\"a\":1}"), client().get("/slow"));
    assertTrue(err.toString().startsWith("waiting for the node's answer: "), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  void whatIsWaitedForHasAName() {
    ApiClient client = client();
    client.waitsFor("the reply of clerk");
    assertEquals(Json.parse("{\"a\":1}"), client.get("/slow"));
    assertTrue(err.toString().startsWith("waiting for the reply of clerk: "), err::toString);
  }
}
