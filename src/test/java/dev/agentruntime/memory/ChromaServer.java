package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A real Chroma server, as {@code src/test/npm} pins it, with its data in a directory. */
public final class ChromaServer {

  private static final Duration UP_WITHIN = Duration.ofSeconds(60);

  private final Path data;
  private final Path log;
  private final int port;
  private Process process;

  public ChromaServer(Path data) throws Exception {
    this.data = data;
    this.log = Files.createTempFile(data, "chroma", ".log");
    this.port = freePort();
    this.process = start();
  }

  /** It takes no port 0, so that one is sought that is free. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  private Process start() throws Exception {
    Path npm = Path.of(System.getProperty("runtime.basedir", ".")).resolve("src/test/npm");
    Process started = new ProcessBuilder(
            "node",
            npm.resolve("node_modules/chromadb/dist/cli.mjs").toAbsolutePath().toString(),
            "run",
            "--path",
            data.resolve("store").toString(),
            "--host",
            "127.0.0.1",
            "--port",
            String.valueOf(port))
        .directory(data.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
    long until = System.nanoTime() + UP_WITHIN.toNanos();
    while (!answers()) {
      assertTrue(
          started.isAlive() && System.nanoTime() < until, () -> "Chroma is not up: " + said());
      boolean ended = started.waitFor(50, TimeUnit.MILLISECONDS);
      assertTrue(!ended, () -> "Chroma ended: " + said());
    }
    return started;
  }

  private boolean answers() throws InterruptedException {
    try {
      return HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(url() + "/api/v2/heartbeat"))
                      .timeout(Duration.ofSeconds(2))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  private String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Ends it as a power cut would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
  }

  /** The same store and the same port again. */
  public void restart() throws Exception {
    kill();
    process = start();
  }

  public void close() throws InterruptedException {
    kill();
  }
}
