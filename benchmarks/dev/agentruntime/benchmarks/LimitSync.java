package dev.agentruntime.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The smallest server that keeps the runtime's promise, and so the limit of what it can reach: one
 * event loop and one log thread; a POST is written and synced with its group, then answered 202,
 * then handled (counted), and its completion is a record of the next group. No signature, no
 * duplicates, no agent.
 */
public final class LimitSync implements AutoCloseable {

  /** As large as a segment of the runtime's journal. */
  private static final long FILE_BYTES = 64L << 20;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Context loop = vertx.getOrCreateContext();
  private final GroupLog<HttpServerResponse> log;
  private final HttpServer server;
  private long handled;

  /**
   * Listens on 127.0.0.1.
   *
   * @param port 0 = any free one
   * @param file the log; overwritten
   * @param bytes size of the log, which is a ring
   */
  public LimitSync(int port, Path file, long bytes) throws IOException {
    this.log = new GroupLog<>(file, bytes, waiting -> {
      // Of the last completions nobody waits for any, and the loop has ended.
      if (!waiting.isEmpty()) {
        loop.runOnContext(durable -> answer(waiting));
      }
    });
    this.server = vertx
        .createHttpServer()
        .requestHandler(this::accept)
        .listen(port, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }

  /** Where it listens. */
  public int port() {
    return server.actualPort();
  }

  private void accept(HttpServerRequest request) {
    request
        .body()
        .onSuccess(body -> log.append(body.getBytes(), request.response()))
        .onFailure(cause -> request.connection().close());
  }

  private void answer(List<HttpServerResponse> durable) {
    for (HttpServerResponse response : durable) {
      if (!response.closed()) {
        response.setStatusCode(202).end();
      }
      handled++;
      log.append(("{\"done\":" + handled + "}").getBytes(US_ASCII), null);
    }
  }

  /** Stops listening, writes what is left. */
  @Override
  public void close() throws IOException {
    vertx
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
    log.close();
  }

  /** {@code --port PORT --file FILE}; runs until SIGTERM. */
  public static void main(String[] args) throws IOException {
    int port = 0;
    Path file = null;
    for (int i = 0; i + 1 < args.length; i += 2) {
      switch (args[i]) {
        case "--port" -> port = Integer.parseInt(args[i + 1]);
        case "--file" -> file = Path.of(args[i + 1]);
        default ->
          throw new IllegalArgumentException("expected=--port or --file, actual=" + args[i]);
      }
    }
    if (file == null || args.length % 2 != 0) {
      throw new IllegalArgumentException("expected=[--port PORT] --file FILE");
    }
    // A log that cannot be written ends the server: it must not answer what it did not keep.
    Thread.setDefaultUncaughtExceptionHandler((thread, cause) -> {
      cause.printStackTrace();
      Runtime.getRuntime().halt(1);
    });
    try {
      System.out.println("listening on 127.0.0.1:" + new LimitSync(port, file, FILE_BYTES).port());
    } catch (CompletionException e) {
      System.err.println("cannot listen on 127.0.0.1:" + port + ": " + e.getCause());
      System.exit(1);
    }
  }
}
