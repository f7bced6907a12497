package dev.agentruntime.web;

import static dev.agentruntime.web.IngressFixture.SMALL;
import static dev.agentruntime.web.IngressFixture.post;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RawHttp.Reply;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.ListSink;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Senders that are too big, too slow or two-faced, byte for byte. */
class WebhookLimitsTest {

  private static final String HEAD =
      "POST /hook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

  private final IngressFixture fixture = IngressFixture.serving(SMALL);
  private final ListSink sink = fixture.open("/hook", null, "generic");

  @AfterEach
  void close() {
    fixture.close();
  }

  private RawHttp connect() throws IOException {
    return new RawHttp(fixture.port());
  }

  private void stillServes() throws IOException {
    int before = sink.events().size();
    assertEquals(202, RawHttp.exchange(fixture.port(), post("/hook", "", "{}")).status());
    assertEquals(before + 1, sink.events().size());
  }

  @Test
  void aBodyMayBeAsLongAsTheLimit() throws IOException {
    String body = "\"" + "x".repeat(1022) + "\"";
    assertEquals(202, RawHttp.exchange(fixture.port(), post("/hook", "", body)).status());
    assertEquals(
        413, RawHttp.exchange(fixture.port(), post("/hook", "", body + " ")).status());
    assertEquals(1, sink.events().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1025", "104857600", "2147483648", "9999999999", "9223372036854775807"})
  void refusesALongBodyBeforeItComes(String length) throws IOException {
    try (RawHttp http = connect()) {
      Reply reply = http.send(HEAD + "content-length: " + length + "\r\n\r\n").reply();
      assertEquals(413, reply.status());
      assertEquals("close", reply.header("connection"));
      assertTrue(reply.body().contains("\"PAYLOAD_TOO_LARGE\""), reply.body());
      assertTrue(http.ended());
    }
    stillServes();
  }

  @Test
  void refusesChunksThatNeverEnd() throws IOException {
    try (RawHttp http = connect()) {
      http.send(HEAD + "transfer-encoding: chunked\r\n\r\n");
      for (int i = 0; i < 5; i++) {
        http.send("100\r\n" + "x".repeat(256) + "\r\n");
      }
      Reply reply = http.reply();
      assertEquals(413, reply.status());
      assertTrue(http.ended());
    }
    stillServes();
  }

  @Test
  void takesABodyInChunks() throws IOException {
    try (RawHttp http = connect()) {
      http.send(HEAD + "transfer-encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n");
      http.send("3\r\n\"b\"\r\n").send("1\r\n}\r\n0\r\n\r\n");
      assertEquals(202, http.reply().status());
      assertEquals("{\"a\":\"b\"}", sink.events().get(0).payload().toString());
    }
  }

  @Test
  void refusesABodyThatIsTooSlow() throws IOException {
    try (RawHttp http = connect()) {
      Reply reply = http.send(HEAD + "content-length: 100\r\n\r\n{").reply();
      assertEquals(408, reply.status());
      assertTrue(reply.body().contains("\"REQUEST_TIMEOUT\""), reply.body());
      assertTrue(http.ended());
    }
    stillServes();
  }

  @Test
  void forgetsABodyThatBreaksOff() throws IOException {
    try (RawHttp http = connect()) {
      http.send(HEAD + "content-length: 100\r\n\r\n{");
    }
    stillServes();
    assertEquals(1, sink.offers());
  }

  @Test
  void closesASilentConnection() throws IOException {
    try (RawHttp http = connect()) {
      assertTrue(http.ended());
    }
  }

  @Test
  void closesAConnectionThatDripsItsHead() throws IOException {
    try (RawHttp http = connect()) {
      http.send("POST /hook HTTP/1.1\r\n");
      AtomicInteger drops = new AtomicInteger();
      Timers.Armed drip = fixture.timers.every(Duration.ofMillis(200), () -> {
        try {
          http.send("x-a: b\r\n");
          drops.incrementAndGet();
        } catch (IOException closed) {
          drops.addAndGet(0);
        }
      });
      assertTrue(http.ended());
      drip.cancel();
      // It was never silent for the four seconds after which it ended.
      assertTrue(drops.get() >= 5, "drops " + drops);
    }
  }

  @Test
  void refusesLargeHeadsAndLongLines() throws IOException {
    String huge = "x-a: " + "b".repeat(5_000) + "\r\n\r\n";
    assertEquals(431, RawHttp.exchange(fixture.port(), HEAD + huge).status());
    String many = "x-a: b\r\n".repeat(1_000) + "\r\n";
    assertEquals(431, RawHttp.exchange(fixture.port(), HEAD + many).status());
    String line = "POST /" + "a".repeat(9_000) + " HTTP/1.1\r\nhost: x\r\n\r\n";
    RawHttp.Reply tooLong = RawHttp.exchange(fixture.port(), line);
    assertEquals(414, tooLong.status());
    assertEquals("application/problem+json", tooLong.header("content-type"));
    assertTrue(tooLong.body().contains("\"code\":\"URI_TOO_LONG\""), tooLong::body);
    stillServes();
  }

  @Test
  void takesOnlySoManyConnections() throws IOException {
    List<RawHttp> open = new ArrayList<>();
    for (int i = 0; i < SMALL.connectionsMax(); i++) {
      RawHttp http = connect();
      open.add(http);
      assertEquals(202, http.send(post("/hook", "", "{}")).reply().status());
    }
    try (RawHttp tooMany = connect()) {
      assertTrue(tooMany.ended());
    }
    for (RawHttp http : open) {
      http.close();
    }
    for (int tries = 0; tries < 200 && refusedNow(); tries++) {
      Thread.onSpinWait();
    }
    stillServes();
  }

  private boolean refusedNow() throws IOException {
    try (RawHttp http = connect()) {
      return http.send("GET /health HTTP/1.1\r\nhost: x\r\n\r\n").reply().status() != 200;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Test
  void saysContinueOnlyToABodyItWillRead() throws IOException {
    try (RawHttp http = connect()) {
      http.send(HEAD + "expect: 100-continue\r\ncontent-length: 2\r\n\r\n");
      assertEquals(100, http.reply().status());
      assertEquals(202, http.send("{}").reply().status());
    }
    try (RawHttp http = connect()) {
      http.send(HEAD + "expect: 100-continue\r\ncontent-length: 5000\r\n\r\n");
      assertEquals(413, http.reply().status());
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws IOException {
    try (RawHttp http = connect()) {
      http.send(post("/hook", "", "1") + post("/none", "", "2") + post("/hook", "", "3"));
      assertEquals(202, http.reply().status());
      assertEquals(404, http.reply().status());
      // A refused body ends its connection.
      assertEquals(0, http.reply().status());
    }
  }
}
