package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.Json;
import dev.agentruntime.http.RawHttp;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process, followed over server-sent events. */
class StreamApiTest extends ApiFixture {

  private static final String STREAM = PROCESSES + "/a/stream";

  @Override
  RuntimeConfig settings(RuntimeConfig usual) {
    HttpLimits http = usual.http();
    return new RuntimeConfig(
        usual.node(),
        usual.dataDir(),
        usual.agentsDir(),
        usual.control(),
        usual.ingress(),
        usual.drainTimeout(),
        usual.journal(),
        new HttpLimits(
            http.bodyBytesMax(),
            http.headerBytesMax(),
            Duration.ofSeconds(1),
            http.bodyTimeout(),
            http.connectionsMax()),
        usual.cluster(),
        usual.models());
  }

  @BeforeEach
  void deployA() throws Exception {
    deploy("a");
  }

  private EventReader follow(String query, String... headers) throws Exception {
    return EventReader.open(client, url() + STREAM + query, headers);
  }

  private void trigger(Object payload) throws Exception {
    ask("POST", PROCESSES + "/a/trigger", Json.of(Map.of("payload", payload)).toString())
        .is(202);
  }

  private long position() throws Exception {
    return (Long)
        Objects.requireNonNull(get(PROCESSES + "/a?digest=true").body().get("position"));
  }

  private void settled(long many) throws Exception {
    eventually(
        "runs settle",
        () -> Long.valueOf(many).equals(get(PROCESSES + "/a").body().get("invocation_count")));
  }

  @Test
  void whatHappensFromNowOnIsShownInOrder() throws Exception {
    long before = position();
    try (EventReader events = follow("")) {
      assertEquals(200, events.status());
      assertEquals("text/event-stream", events.type());
      trigger("hello");
      EventReader.Event accepted = events.entry();
      assertEquals("trigger_event", accepted.name());
      assertEquals(String.valueOf(before + 1), accepted.id());
      assertTrue(accepted.data().contains("hello"), accepted::data);
      events.named("invocation_start");
      events.named("invocation_result");
      ask("POST", PROCESSES + "/a/suspend", "{\"reason\":\"tea\"}").is(200);
      assertTrue(events.named("state_transition").data().contains("tea"));
    }
  }

  @Test
  void itGoesOnBehindTheEntryThatWasSeenLast() throws Exception {
    trigger("one");
    settled(1);
    long last = position();
    List<String> whole = new ArrayList<>();
    try (EventReader events = follow("?after=0")) {
      for (long id = 1; id <= last; id++) {
        EventReader.Event entry = events.entry();
        assertEquals(String.valueOf(id), entry.id());
        whole.add(entry.data());
      }
    }
    try (EventReader events = follow("?after=0", "Last-Event-ID", "3")) {
      assertEquals(whole.get(3), events.entry().data(), "the same lines, from behind the third");
      for (long id = 5; id <= last; id++) {
        events.entry();
      }
      trigger("two");
      assertEquals(String.valueOf(last + 1), events.entry().id());
    }
  }

  @Test
  void aSignOfLifeKeepsAnIdleStreamOpen() throws Exception {
    try (EventReader events = follow("")) {
      // The limit for silent connections is a second; five signs take longer than that.
      for (int i = 0; i < 6; i++) {
        events.named(":");
      }
      trigger("still here");
      assertTrue(events.entry().data().contains("still here"));
    }
  }

  @Test
  void aRemovedProcessEndsItsStreams() throws Exception {
    try (EventReader events = follow("")) {
      ask("DELETE", PROCESSES + "/a", null).is(204);
      events.named("process_removed");
      assertEquals("clean", events.named(EventReader.END).data());
    }
  }

  @Test
  void aNodeThatStopsEndsItsStreams() throws Exception {
    try (EventReader events = follow("")) {
      await(runtime.close());
      assertEquals("clean", events.named(EventReader.END).data());
    }
  }

  @ParameterizedTest
  @CsvSource({"?after=x", "?after=-1", "?after=1000000", "?after=99999999999999999999"})
  void anIdThatNoEntryHasIsRefused(String query) throws Exception {
    get(STREAM + query).refuses(422, "INVALID_TYPE");
  }

  @Test
  void headAsksWithoutFollowing() throws Exception {
    Told head = ask("HEAD", STREAM, null);
    assertEquals(200, head.status());
    assertNull(head.body().get("code"));
    get(PROCESSES + "/nobody/stream").refuses(404, "PROCESS_NOT_FOUND");
  }

  @Test
  void nobodyHoldsUpAProcessByNotReading() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setReceiveBufferSize(4_096);
      socket
          .getOutputStream()
          .write(("GET " + STREAM + " HTTP/1.1\r\nHost: localhost:" + server.port() + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      assertEquals('H', socket.getInputStream().read());
      for (int i = 1; i <= 40; i++) {
        trigger("x".repeat(200_000) + i);
      }
      settled(40);
    }
    assertEquals(
        200,
        RawHttp.status(RawHttp.exchangeAll(
            server.port(),
            "GET /health HTTP/1.1\r\nHost: localhost:" + server.port()
                + "\r\nConnection: close\r\n\r\n")));
  }
}
