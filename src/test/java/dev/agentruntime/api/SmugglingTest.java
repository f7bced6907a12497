package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.http.RawHttp.Reply;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.web.WebhookIngress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a proxy in front could read otherwise than we do never becomes two requests, nor does it
 * stop either listener; byte for byte, against both.
 */
class SmugglingTest extends ApiFixture {

  /** Who listens. */
  enum Side {
    CONTROL,
    WEBHOOKS
  }

  private static final int CONNECTIONS = 12;
  private static final int FROM_ONE = 8;

  @SuppressWarnings("NullAway.Init") // made with the node
  private WebhookIngress ingress;

  @Override
  RuntimeConfig settings(RuntimeConfig usual) {
    HttpLimits limits = new HttpLimits(
        100_000,
        4_096,
        Duration.ofSeconds(30),
        Duration.ofSeconds(10),
        CONNECTIONS,
        FROM_ONE,
        0,
        false,
        null);
    return new RuntimeConfig(
        usual.node(),
        usual.dataDir(),
        usual.agentsDir(),
        usual.control(),
        usual.ingress(),
        usual.drainTimeout(),
        usual.journal(),
        limits,
        usual.cluster(),
        usual.models());
  }

  @Override
  AgentRuntime.Builder node(AgentRuntime.Builder usual) {
    VertxTimers timers = new VertxTimers(vertx);
    ingress = new WebhookIngress(
        vertx,
        timers,
        Ids.random(timers),
        new WebhookIngress.Settings(new HostPort("127.0.0.1", 0), config.http(), 1, Set.of()));
    return usual.part(ingress).routes(ingress);
  }

  @BeforeEach
  void deployA() throws Exception {
    deployYaml("""
        version: "1.0"
        name: a
        model: echo
        instructions: Repeat.
        triggers:
          - {type: webhook, webhook_path: /hook, auth: none}
        """);
  }

  private int port(Side side) {
    return side == Side.CONTROL ? server.port() : ingress.port();
  }

  private String line(Side side) {
    return "POST " + (side == Side.CONTROL ? PROCESSES + "/a/trigger" : "/hook") + " HTTP/1.1";
  }

  private String head(Side side) {
    return line(side) + "\r\nhost: localhost:" + port(side)
        + "\r\ncontent-type: application/json\r\n";
  }

  private long accepted() throws Exception {
    return (Long) await(runtime.require("a").metrics()).object().getOrDefault("accepted", -1L);
  }

  private void stillServes(Side side) throws Exception {
    long before = accepted();
    String body = "{\"payload\":1}";
    Reply reply = RawHttp.exchange(
        port(side), head(side) + "content-length: " + body.length() + "\r\n\r\n" + body);
    assertEquals(202, reply.status(), reply.toString());
    assertEquals(before + 1, accepted());
  }

  /** Sends it with another request behind it; neither is taken. */
  private void refused(Side side, String request) throws Exception {
    try (RawHttp http = new RawHttp(port(side))) {
      Reply first;
      try {
        http.send(request + "GET /health HTTP/1.1\r\nhost: localhost:" + port(side) + "\r\n\r\n");
        first = http.reply();
      } catch (SocketException reset) {
        return;
      }
      assertTrue(first.status() == 400 || first.status() == 0, request + "\n" + first);
      assertTrue(http.ended(), "the rest was taken for a request: " + request);
    }
  }

  /** Two lengths, no length, no chunks: behind the head that is right. */
  private static final List<String> FRAMING = List.of(
      "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
      "content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
      "content-length: 2, 3\r\n\r\n{}",
      "content-length: -1\r\n\r\n{}",
      "content-length: +2\r\n\r\n{}",
      "content-length: 0x2\r\n\r\n{}",
      "content-length: 2 2\r\n\r\n{}",
      "content-length : 2\r\n\r\n{}",
      "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
      "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
      "transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
      "transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
      "transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
      "transfer-encoding: chunked\r\n\r\nffffffffffffffff2\r\n{}\r\n0\r\n\r\n",
      "transfer-encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n");

  /** Heads that are read in two ways. */
  private static final List<String> HEADS = List.of(
      "x-a: b\r\n content-length: 9\r\ncontent-length: 2\r\n\r\n{}",
      "x-a: b\r\n\ttransfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n{}",
      "content-length:\r\n 2\r\n\r\n{}",
      "content-length: 2\r\nx-a: b\u0000c\r\n\r\n{}",
      "content-length: 2\r\nx\u0000a: b\r\n\r\n{}",
      "content-length: 2\r\nx a: b\r\n\r\n{}",
      "content-length: 2\r\n: b\r\n\r\n{}",
      "content-length: 2\nx-a: b\r\n\r\n{}",
      "content-length: 2\r\nx-a: b\rtransfer-encoding: chunked\r\n\r\n{}");

  @ParameterizedTest
  @EnumSource
  void refusesWhatIsReadInTwoWays(Side side) throws Exception {
    for (String rest : FRAMING) {
      refused(side, head(side) + rest);
    }
    for (String rest : HEADS) {
      refused(side, head(side) + rest);
    }
    refused(side, line(side) + "\r\n host: localhost:" + port(side) + "\r\n\r\n");
    refused(
        side,
        head(side).replace("HTTP/1.1", "HTTP/1.0")
            + "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    assertEquals(0, accepted());
    stillServes(side);
  }

  @ParameterizedTest
  @EnumSource
  void aFoldedLineIsToldApart(Side side) throws Exception {
    Reply reply = RawHttp.exchange(
        port(side), head(side) + "x-a: b\r\n content-length: 9\r\ncontent-length: 2\r\n\r\n{}");
    assertEquals(400, reply.status(), reply.toString());
    assertTrue(reply.body().contains("\"code\":\"INVALID_REQUEST\""), reply.body());
    assertTrue(reply.body().contains("none of them folded"), reply.body());
    String pretty = "{\r\n  \"payload\": {\n\t\"a\": 1\n }\n}";
    long before = accepted();
    try (RawHttp http = new RawHttp(port(side))) {
      String request = head(side) + "content-length: " + pretty.length() + "\r\n\r\n" + pretty;
      http.send(request + request);
      assertEquals(202, http.reply().status());
      assertEquals(202, http.reply().status());
      http.send(head(side) + "transfer-encoding: chunked\r\n\r\n"
          + Integer.toHexString(pretty.length()) + "\r\n" + pretty + "\r\n0\r\n\r\n");
      assertEquals(202, http.reply().status());
    }
    assertEquals(before + 3, accepted());
  }

  @ParameterizedTest
  @EnumSource
  void survivesWhatIsNoRequest(Side side) throws Exception {
    for (String line : List.of(
        "\u0000GET / HTTP/1.1",
        "GET",
        "\u0016\u0003\u0001",
        "POST /hook HTTP/9.9",
        "PRI * HTTP/2.0",
        "CONNECT evil:443 HTTP/1.1")) {
      Reply reply = RawHttp.exchange(port(side), line + "\r\nhost: x\r\n\r\n");
      assertTrue(reply.status() == 0 || reply.status() >= 400, reply.toString());
    }
    stillServes(side);
  }

  @ParameterizedTest
  @EnumSource
  void speaksNoHttp2(Side side) throws Exception {
    Reply reply = RawHttp.exchange(
        port(side),
        "GET /health HTTP/1.1\r\nhost: localhost:" + port(side)
            + "\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n"
            + "http2-settings: AAMAAABkAAQAAP__\r\n\r\n");
    assertEquals(200, reply.status());
  }

  private String health(Side side) {
    return "GET /health HTTP/1.1\r\nhost: localhost:" + port(side) + "\r\n\r\n";
  }

  @ParameterizedTest
  @EnumSource
  void oneAddressHasOnlySoManyConnections(Side side) throws Exception {
    List<RawHttp> open = new ArrayList<>();
    try {
      for (int i = 0; i < FROM_ONE; i++) {
        RawHttp http = new RawHttp(port(side));
        open.add(http);
        assertEquals(200, http.send(health(side)).reply().status());
      }
      try (RawHttp tooMany = new RawHttp(port(side))) {
        assertTrue(tooMany.ended());
      }
      assertEquals(200, open.get(0).send(health(side)).reply().status(), "others stay");
    } finally {
      for (RawHttp http : open) {
        http.close();
      }
    }
    eventually("they are not forgotten", () -> !refusedNow(side));
    assertFalse(refusedNow(side));
  }

  /** On Linux all of 127.0.0.0/8 is this machine. */
  @EnabledOnOs(OS.LINUX)
  @ParameterizedTest
  @EnumSource
  void allAddressesTogetherHaveOnlySoMany(Side side) throws Exception {
    InetAddress other = InetAddress.getByName("127.0.0.2");
    List<RawHttp> open = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        RawHttp http = new RawHttp(port(side), i < FROM_ONE ? null : other);
        open.add(http);
        assertEquals(200, http.send(health(side)).reply().status(), "connection " + i);
      }
      try (RawHttp tooMany = new RawHttp(port(side), other)) {
        assertTrue(tooMany.ended());
      }
    } finally {
      for (RawHttp http : open) {
        http.close();
      }
    }
    eventually("they are not forgotten", () -> !refusedNow(side));
  }

  private boolean refusedNow(Side side) throws IOException {
    try (RawHttp http = new RawHttp(port(side))) {
      return http.send(health(side)).reply().status() != 200;
    } catch (SocketException reset) {
      return true;
    }
  }
}
