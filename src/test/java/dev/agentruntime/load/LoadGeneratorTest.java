package dev.agentruntime.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a real server on loopback. */
class LoadGeneratorTest {

  private static final long MS = 1_000_000;

  private final Vertx vertx = Vertx.vertx();
  private final LoadGenerator generator = LoadGenerator.open();

  @AfterEach
  void close() throws Exception {
    await(generator.close());
    await(vertx.close());
  }

  @Test
  void sendsSignedBodiesWithUniqueDeliveries() throws Exception {
    Set<String> deliveries = new HashSet<>();
    List<String> wrong = new ArrayList<>();
    HttpServer server = serve(request -> request.body().onSuccess(body -> {
      LoadBody oracle = new LoadBody("0".repeat(26), 200, "s3cret");
      boolean signed = String.valueOf(oracle.signature(body.getBytes()))
          .equals(request.getHeader("X-Hub-Signature-256"));
      boolean same = String.valueOf(body.toJsonObject().getString("id"))
          .equals(request.getHeader("X-GitHub-Delivery"));
      if (!signed || !same || !"/bench?a=b".equals(request.uri()) || body.length() != 200) {
        wrong.add(request.uri() + " " + body);
      }
      deliveries.add(request.getHeader("X-GitHub-Delivery"));
      request.response().setStatusCode(202).end();
    }));

    LoadReport report =
        run(plan(server, "/bench?a=b", new LoadPlan.Closed(4), 15_000, 100, "s3cret"));

    assertEquals(List.of(), wrong);
    assertEquals(100, deliveries.size());
    assertEquals(100, report.counts().sent());
    assertEquals(100, report.counts().accepted());
    assertEquals(100, report.latency().samples());
    assertTrue(report.clean());
  }

  @Test
  void aClosedModelKeepsItsConnectionsAndEndsInTime() throws Exception {
    Set<String> peers = new HashSet<>();
    AtomicInteger served = new AtomicInteger();
    HttpServer server = serve(request -> {
      peers.add(request.remoteAddress().toString());
      served.incrementAndGet();
      request.response().setStatusCode(202).end("{}");
    });

    LoadReport report = run(plan(server, "/", new LoadPlan.Closed(3), 200, 1_000_000, null));

    assertEquals(3, peers.size());
    assertEquals(served.get(), report.counts().accepted());
    assertTrue(report.elapsedNanos() < 4_000 * MS, "took " + report.elapsedNanos());
    assertTrue(report.counts().accepted() > 3);
  }

  @Test
  void anOpenModelCountsAStallFromTheIntendedTimes() throws Exception {
    Handler<HttpServerRequest> stalling = stalling(400);
    LoadReport open =
        run(plan(serve(stalling), "/", new LoadPlan.Open(1_500), 600, 1_000_000, null));

    assertEquals(900, open.counts().accepted(), "it catches up with what it owes");
    assertNotNull(open.latency().max());
    assertNotNull(open.latency().p50());
    assertNotNull(open.lag().max());
    assertTrue(open.latency().max() >= 380 * MS, "max " + open.latency());
    assertTrue(open.latency().p50() >= 50 * MS, "half met the stall: " + open.latency());
    assertTrue(
        open.lag().max() >= 50 * MS, "all connections busy, so some left late: " + open.lag());
  }

  @Test
  void aClosedModelHidesTheSameStall() throws Exception {
    LoadReport closed =
        run(plan(serve(stalling(400)), "/", new LoadPlan.Closed(1), 15_000, 40, null));

    assertNotNull(closed.latency().max());
    assertNotNull(closed.latency().p50());
    assertTrue(closed.latency().max() >= 380 * MS, "one request met it: " + closed.latency());
    assertTrue(closed.latency().p50() < 200 * MS, "and only one: " + closed.latency());
  }

  @Test
  void countsWhatIsNotAccepted() throws Exception {
    AtomicInteger number = new AtomicInteger();
    HttpServer server = serve(request -> {
      int status = new int[] {202, 503, 404}[number.getAndIncrement() % 3];
      request.response().setStatusCode(status).end();
    });

    LoadReport report = run(plan(server, "/", new LoadPlan.Closed(1), 15_000, 30, null));

    assertEquals(10, report.counts().accepted());
    assertEquals(10, report.counts().refused());
    assertEquals(java.util.Map.of("status 404", 10L), report.counts().other());
    assertEquals(10, report.latency().samples(), "a refusal is no latency of an acceptance");
  }

  @Test
  void goesOnAfterABrokenConnection() throws Exception {
    AtomicInteger number = new AtomicInteger();
    HttpServer server = serve(request -> {
      if (number.getAndIncrement() == 3) {
        request.connection().close();
      } else {
        request.response().setStatusCode(202).end();
      }
    });

    LoadReport report = run(plan(server, "/", new LoadPlan.Closed(1), 15_000, 10, null));

    assertEquals(9, report.counts().accepted());
    assertEquals(
        1, report.counts().failed().values().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void tellsWhenNothingListens() throws Exception {
    HttpServer server = serve(request -> {});
    LoadPlan plan = plan(server, "/", new LoadPlan.Closed(2), 100, 10, null);
    await(server.close());

    ExecutionException failed = assertThrows(ExecutionException.class, () -> run(plan));
    RuntimeFault fault = (RuntimeFault) failed.getCause();
    assertNotNull(fault);
    assertEquals(ErrorCode.UNREACHABLE, fault.code());
    assertTrue(
        String.valueOf(fault.getMessage()).startsWith(plan.target() + " cannot be reached: "));
  }

  @Test
  void reportsProgressEachSecond() throws Exception {
    HttpServer server = serve(request -> request.response().setStatusCode(202).end());
    ConcurrentLinkedQueue<LoadGenerator.Progress> heard = new ConcurrentLinkedQueue<>();

    LoadReport report = await(
        generator.run(plan(server, "/", new LoadPlan.Open(50), 1_200, 1_000, null), heard::add));

    LoadGenerator.Progress first = heard.element();
    assertTrue(first.accepted() > 0 && first.accepted() <= report.counts().accepted());
    assertTrue(first.line().contains(" s  sent "), first.line());
    assertNull(report.latency().p99(), "60 samples allow no p99");
  }

  /** Holds every answer until so long after the first request, then answers at once. */
  private Handler<HttpServerRequest> stalling(long millis) {
    List<HttpServerRequest> held = new ArrayList<>();
    AtomicInteger phase = new AtomicInteger();
    return request -> {
      if (phase.compareAndSet(0, 1)) {
        vertx.setTimer(millis, over -> {
          phase.set(2);
          held.forEach(waiting -> waiting.response().setStatusCode(202).end());
        });
      }
      if (phase.get() == 1) {
        held.add(request);
      } else {
        request.response().setStatusCode(202).end();
      }
    };
  }

  private HttpServer serve(Handler<HttpServerRequest> handler) throws Exception {
    return await(vertx.createHttpServer().requestHandler(handler).listen(0, "127.0.0.1"));
  }

  private LoadReport run(LoadPlan plan) throws Exception {
    return await(generator.run(plan, progress -> {}));
  }

  private static LoadPlan plan(
      HttpServer server,
      String path,
      LoadPlan.Pace pace,
      long ms,
      long count,
      @Nullable String secret) {
    LoadPlan.Target target = new LoadPlan.Target("127.0.0.1", server.actualPort(), path);
    return new LoadPlan(target, pace, 200, secret, Duration.ofMillis(ms), count);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
