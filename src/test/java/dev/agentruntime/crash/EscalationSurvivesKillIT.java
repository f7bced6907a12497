package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentruntime.guard.Signatures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A budget that is exceeded calls for a person, and the node is killed around it: the call is heard
 * whatever happens, every copy of it is signed and bears one id, and when it was heard it is over.
 */
class EscalationSurvivesKillIT extends OnASite {

  private static final String SECRET = "whsec_aHVudGVyMi1odW50ZXIyLWh1bnRlcjI=";

  /** Calls that came in: their headers and bodies. */
  private final ConcurrentLinkedQueue<Call> heard = new ConcurrentLinkedQueue<>();

  private final AtomicInteger status = new AtomicInteger(500);
  private HttpServer pager;

  private record Call(Map<String, List<String>> headers, byte[] body) {}

  @BeforeEach
  void listen() throws IOException {
    pager = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    pager.createContext("/", this::hear);
    pager.start();
    String address = "127.0.0.1:" + pager.getAddress().getPort();
    site.settings("outbound:\n  allow: [\"" + address + "\"]\n");
    site.write("pager.key", SECRET + "\n");
    site.write(
        ALONE + ".agent", Site.manifest(ALONE, 1, "Keep the books.") + """
            secrets: {secrets: {PAGER: "file:pager.key"}}
            escalation: {secret: PAGER}
            budget:
              max_tool_calls_per_run: 1
              on_exceeded: escalate
              escalation: {webhook_url: "http://%s/pager"}
            """.formatted(address));
  }

  @AfterEach
  void close() {
    pager.stop(0);
  }

  private void hear(HttpExchange exchange) throws IOException {
    Map<String, List<String>> headers = new HashMap<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
    byte[] body = exchange.getRequestBody().readAllBytes();
    // First answered, then counted: a kill that waits for the call finds it answered.
    exchange.sendResponseHeaders(status.get(), -1);
    exchange.close();
    heard.add(new Call(headers, body));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none", // the pager fails, and the node is killed meanwhile
        "deliver.afterAck:halt@1", // it has heard, no entry says so
        "journal.afterSync:halt@6", // around the entries that owe the call
        "journal.afterSync:halt@7",
        "journal.beforeWrite:halt@7",
        "journal.beforeWrite:torn=900@7"
      })
  void itIsHeardAndBearsOneId(String failpoint) throws IOException {
    boolean dies = !failpoint.equals("none");
    status.set(failpoint.startsWith("deliver") ? 204 : 500);
    try (RuntimeProcess node = site.startReady(dies ? failpoint : "")) {
      offer(node.api(), event(1, "one"));
      if (dies) {
        assertTrue(node.awaitEnd(MOMENT), "not reached: " + failpoint);
      } else {
        await("a call", () -> !heard.isEmpty());
        node.kill9();
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      offer(node.api(), sent.get(0));
      await("a call", () -> !heard.isEmpty());
      node.kill9();
    }
    status.set(204);
    int before = heard.size();
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      await("nothing owed", () -> Answers.number(api.status(ALONE), "outbox_size") == 0);
      assertEquals(List.of("budget"), api.status(ALONE).get("suspended_by"));
      node.kill9();
    }
    assertTrue(heard.size() <= before + 1, () -> "heard " + heard.size() + ", before " + before);
    int after = heard.size();
    try (RuntimeProcess node = site.startReady("")) {
      assertEquals(0, Answers.number(node.api().status(ALONE), "outbox_size"));
      node.stop();
    }
    assertEquals(after, heard.size(), "called again after it was heard");
    Set<String> ids = heard.stream()
        .map(call -> String.valueOf(call.headers().get("webhook-id")))
        .collect(Collectors.toSet());
    assertEquals(1, ids.size(), ids::toString);
    Signatures check = Signatures.of("standard", List.of(SECRET), null, Duration.ofMinutes(5));
    for (Call call : heard) {
      assertNull(check.verify(call.headers(), call.body(), Instant.now()).problem());
    }
    Books books = Books.read(site.journal());
    assertEquals(1, books.count(ALONE, "escalation"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
  }
}
