package dev.agentruntime.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.access.AccessControl;
import dev.agentruntime.access.Caller;
import dev.agentruntime.access.Scope;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.live.LiveReplies.Heard;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams at their bounds, on a server that does nothing else. */
class LiveStreamTest {

  private static final int STREAMS = 2;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final LiveStreams streams = new LiveStreams(STREAMS, Duration.ofMillis(300));
  private final AtomicInteger open = new AtomicInteger();
  private final BlockingQueue<LiveStream> begun = new LinkedBlockingQueue<>();

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentRuntime runtime;

  @SuppressWarnings("NullAway.Init") // made before each test
  private AgentProcess process;

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @BeforeEach
  void start() throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    RuntimeConfig config = new RuntimeConfig(
        "node-1",
        directory.resolve("data"),
        directory.resolve("agents"),
        usual.control(),
        usual.ingress(),
        usual.drainTimeout(),
        usual.journal(),
        usual.http(),
        usual.cluster(),
        usual.models());
    runtime = await(AgentRuntime.builder().vertx(vertx).config(config).start(false));
    process = await(runtime.deploy(
        runtime
            .manifests()
            .readYaml("version: \"1.0\"\nname: a\nmodel: echo\n", "test", null, false),
        true));
  }

  @AfterEach
  void close() throws Exception {
    await(runtime.close());
    await(vertx.close());
  }

  /** A server whose every request is a stream of the resource. */
  private HttpServer serve() throws Exception {
    AccessControl access = new AccessControl(vertx, null, true, runtime.timers());
    Caller caller = new Caller("test", Scope.READ, "127.0.0.1");
    Call call = new Call(
        runtime,
        access,
        caller,
        Map.of("name", "a"),
        Map.of(),
        Map.of(),
        new byte[0],
        new Note(runtime, caller, "GET /stream", ""));
    return await(vertx
        .createHttpServer()
        .requestHandler(request -> streams
            .follow(call)
            .onSuccess(answer -> begin(answer, request.response()))
            .onFailure(cause -> {
              assertEquals(ErrorCode.OVERLOADED, Failure.of(cause).code());
              request.response().setStatusCode(503).end();
            }))
        .listen(0, "127.0.0.1"));
  }

  private static void begin(Answer answer, HttpServerResponse response) {
    Objects.requireNonNull(answer.stream()).begin(response);
  }

  /** A server that hands out the stream itself. */
  private HttpServer serveBare() throws Exception {
    return await(vertx
        .createHttpServer()
        .requestHandler(request -> {
          LiveStream stream = new LiveStream(
              process,
              runtime,
              1_000,
              new LiveStream.Terms(Duration.ofSeconds(5), Duration.ofSeconds(5), open, () -> true));
          stream.begin(request.response());
          begun.add(stream);
        })
        .listen(0, "127.0.0.1"));
  }

  private static Socket ask(HttpServer server) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort()));
    socket.setSoTimeout(20_000);
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: l\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @CanIgnoreReturnValue
  private static String until(InputStream in, String text) throws IOException {
    StringBuilder all = new StringBuilder();
    while (all.indexOf(text) < 0) {
      int next = in.read();
      assertTrue(next >= 0, () -> text + " did not come, but " + all);
      all.append((char) next);
    }
    return all.toString();
  }

  @Test
  void whoDoesNotReadIsDropped() throws Exception {
    HttpServer server = serve();
    try (Socket socket = ask(server)) {
      assertTrue(until(socket.getInputStream(), "retry").startsWith("HTTP/1.1 200"));
      for (int i = 0; i < 60; i++) {
        await(process.trigger(Json.of("x".repeat(200_000)), Json.EMPTY, "k" + i));
      }
      // Read nothing until the other side gave up; what it had sent before is still to be had.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (streams.open() > 0) {
        assertTrue(System.nanoTime() < end, "it is still there");
      }
      long got = 0;
      try {
        for (int read = 0; read >= 0; read = socket.getInputStream().read(new byte[8_192])) {
          got += read;
        }
      } catch (SocketException reset) {
        assertTrue(got < 60 * 200_000L, "it was cut off");
      }
      assertTrue(got < 60 * 200_000L, "it was not sent everything");
    }
    assertEquals("running", await(process.status(false)).object().get("state"));
  }

  @Test
  void oneMoreThanTheBoundIsRefusedUntilAnotherEnds() throws Exception {
    HttpServer server = serve();
    try (Socket first = ask(server);
        Socket second = ask(server)) {
      until(first.getInputStream(), "retry");
      until(second.getInputStream(), "retry");
      try (Socket third = ask(server)) {
        assertTrue(until(third.getInputStream(), "\r\n\r\n").startsWith("HTTP/1.1 503"));
      }
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (streams.open() > 0) {
      assertTrue(System.nanoTime() < end, "the ended ones are still counted");
    }
    try (Socket again = ask(server)) {
      assertTrue(until(again.getInputStream(), "retry").startsWith("HTTP/1.1 200"));
    }
  }

  @Test
  void wordsAreShownWhileTheyCome() throws Exception {
    HttpServer server = serveBare();
    InvocationId run = new InvocationId("01J00000000000000000000000");
    try (Socket socket = ask(server)) {
      until(socket.getInputStream(), "retry");
      LiveStream stream = Objects.requireNonNull(begun.poll(10, TimeUnit.SECONDS));
      assertEquals(1, open.get());
      stream.heard(new Heard(run, 1, new ReplyListener.Text("good\nmorning")));
      String text = until(socket.getInputStream(), "morning\"}\n\n");
      assertTrue(
          text.contains("event: token\ndata: {\"invocation\":\"01J00000000000000000000000\","
              + "\"turn\":1,\"text\":\"good\\nmorning\"}"),
          text);
      stream.heard(new Heard(run, 1, new ReplyListener.Call(0, "send", "{\"to\":")));
      until(socket.getInputStream(), "\"tool\":\"send\",\"arguments\":\"{\\\"to\\\":\"");
      stream.heard(new Heard(run, 1, new ReplyListener.Again("the model timed out")));
      until(socket.getInputStream(), "\"again\":\"the model timed out\"");
      stream.ended();
      until(socket.getInputStream(), "0\r\n\r\n");
    }
    assertEquals(0, open.get());
  }
}
