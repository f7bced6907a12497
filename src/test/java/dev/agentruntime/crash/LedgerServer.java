package dev.agentruntime.crash;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentruntime.core.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The world outside, as a process of its own that nobody kills: it records what agents did to it.
 *
 * <pre>
 * POST /effect?key=K&amp;mode=idempotent|irreversible   {"n":...}    answered after it was recorded
 * GET  /effects     {"effects":[{"key","mode","body","arrivals","effects"}]}
 * GET  /silent?true    from now on effects are recorded and not answered; ?false ends that
 * </pre>
 *
 * Of an idempotent key the first arrival is the effect and the others are none; of an irreversible
 * one each arrival is an effect. A second body under one key is an effect of its own in both.
 */
final class LedgerServer {

  /** The longest it lets a caller wait for the answer, so that a kill may fall in between. */
  private static final long SLOWNESS_MAX_MICROS = 6_000;

  private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

  private final AtomicBoolean silent = new AtomicBoolean();
  private final Queue<HttpExchange> unanswered = new ConcurrentLinkedQueue<>();

  private record Entry(String mode, String body, AtomicInteger arrivals, AtomicInteger effects) {}

  /** Serves on a free port of loopback until killed; prints {@code ledger http://...}. */
  public static void main(String[] arguments) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    LedgerServer ledger = new LedgerServer();
    server.createContext("/effect", ledger::effect);
    server.createContext("/effects", ledger::list);
    server.createContext("/silent", ledger::silence);
    server.setExecutor(Executors.newFixedThreadPool(16));
    server.start();
    System.out.println("ledger http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void effect(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> query = query(exchange);
    String key = query.getOrDefault("key", "");
    String mode = query.getOrDefault("mode", "");
    Entry entry = entries.computeIfAbsent(
        key, first -> new Entry(mode, body, new AtomicInteger(), new AtomicInteger()));
    int arrivals = entry.arrivals.incrementAndGet();
    if (arrivals == 1 || mode.equals("irreversible") || !entry.body.equals(body)) {
      entry.effects.incrementAndGet();
    }
    if (silent.get()) {
      unanswered.add(exchange);
      return;
    }
    LockSupport.parkNanos(
        TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextLong(SLOWNESS_MAX_MICROS)));
    answer(exchange, "recorded " + key);
  }

  private void silence(HttpExchange exchange) throws IOException {
    silent.set("true".equals(exchange.getRequestURI().getRawQuery()));
    for (HttpExchange one = unanswered.poll(); one != null; one = unanswered.poll()) {
      // Whoever waited for it is gone.
      one.close();
    }
    answer(exchange, "");
  }

  private void list(HttpExchange exchange) throws IOException {
    List<Object> all = new ArrayList<>();
    entries.forEach((key, entry) -> {
      Map<String, Object> shown = new LinkedHashMap<>();
      shown.put("key", key);
      shown.put("mode", entry.mode);
      shown.put("body", entry.body);
      shown.put("arrivals", (long) entry.arrivals.get());
      shown.put("effects", (long) entry.effects.get());
      all.add(shown);
    });
    answer(exchange, Json.of(Map.of("effects", all)).toString());
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new LinkedHashMap<>();
    for (String part : exchange.getRequestURI().getRawQuery().split("&", -1)) {
      String[] pair = part.split("=", 2);
      query.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
