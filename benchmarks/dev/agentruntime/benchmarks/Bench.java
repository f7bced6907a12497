package dev.agentruntime.benchmarks;

import dev.agentruntime.load.LoadGenerator;
import dev.agentruntime.load.LoadPlan;
import dev.agentruntime.load.LoadReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A run of a scenario: its directory, its load generator, and how the servers are started. */
final class Bench implements AutoCloseable {

  /** The process behind the webhook. */
  static final String PROCESS = "echo-bench";

  private static final String SECRET = "bench-secret";

  private static final String MANIFEST = """
      version: "1.0"
      name: echo-bench
      model: echo
      instructions: Echo.
      triggers:
        - type: webhook
          id: hook
          webhook_path: /bench
          hmac_secret: bench-secret
          signature_scheme: github
      context:
        conversation_max_messages: 2
      config:
        concurrency: 100
        trigger_inbox_max: 1000000
        trigger_inbox_bytes: 1073741824
      """;

  private final Options options;
  private final Path directory;
  private final LoadGenerator generator = LoadGenerator.open();
  private int started;

  Bench(Options options) throws IOException {
    if (!Files.isRegularFile(options.jar)) {
      throw new IOException(
          "--jar, expected=a built runtime (mvn -DskipTests package), actual=" + options.jar);
    }
    this.options = options;
    Files.createDirectories(options.work);
    this.directory = Files.createTempDirectory(options.work.toAbsolutePath(), "run-");
  }

  /** Where this run may write. */
  Path directory() {
    return directory;
  }

  /** Starts limit-sync. */
  ServerProcess limitSync() throws IOException, InterruptedException {
    Path home = directory.resolve("limit-sync-" + ++started);
    List<String> command = java();
    command.addAll(List.of("-cp", classPath(), LimitSync.class.getName()));
    command.addAll(List.of("--port", "0", "--file", home.resolve("log").toString()));
    return ServerProcess.start(command, home, Map.of(), said -> said.ingress().isPresent());
  }

  /** Starts a node with a data directory of its own and the echo agent. */
  ServerProcess runtime() throws IOException, InterruptedException {
    return runtime(home("runtime-" + ++started), Map.of());
  }

  /** A directory for a node. */
  Path home(String name) {
    return directory.resolve(name);
  }

  /** Starts a node on what its directory holds. */
  ServerProcess runtime(Path home, Map<String, String> env)
      throws IOException, InterruptedException {
    Path agents = Files.createDirectories(home.resolve("agents"));
    Files.writeString(agents.resolve(PROCESS + ".agent"), MANIFEST);
    List<String> command = java();
    command.addAll(List.of("-jar", options.jar.toAbsolutePath().toString()));
    command.addAll(List.of("--data", home.resolve("data").toString()));
    command.addAll(List.of("--agents", agents.toString()));
    command.addAll(List.of("--control", "127.0.0.1:0", "--ingress", "127.0.0.1:0"));
    return ServerProcess.start(
        command, home, env, said -> said.ingress().isPresent() && said.control().isPresent());
  }

  private List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options.jvm);
    return command;
  }

  /** Absolute, because the servers run in directories of their own. */
  private static String classPath() {
    String separator = System.getProperty("path.separator");
    return Stream.of(System.getProperty("java.class.path").split(separator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .reduce((left, right) -> left + separator + right)
        .orElseThrow();
  }

  /**
   * Sends one load. Both servers get signed bodies, so that the generator costs the same for each.
   * Whatever is not accepted is told on the error output.
   */
  LoadReport load(ServerProcess server, LoadPlan.Pace pace, int size, Duration duration)
      throws InterruptedException, ExecutionException, TimeoutException {
    LoadReport report = load(server, pace, size, duration, LoadPlan.COUNT_MAX);
    if (!report.clean()) {
      System.err.println("not everything was accepted: " + String.join("; ", report.lines()));
    }
    return report;
  }

  /** The same, of so many requests at most, and silent about what is not accepted. */
  LoadReport load(ServerProcess server, LoadPlan.Pace pace, int size, Duration duration, long count)
      throws InterruptedException, ExecutionException, TimeoutException {
    LoadPlan plan = new LoadPlan(
        new LoadPlan.Target("127.0.0.1", server.ingress(), "/bench"),
        pace,
        size,
        SECRET,
        duration,
        count);
    return generator
        .run(plan, progress -> {})
        .toCompletionStage()
        .toCompletableFuture()
        .get(duration.toSeconds() + 120, TimeUnit.SECONDS);
  }

  /** Deletes what the servers wrote. */
  @Override
  public void close() throws IOException {
    generator
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(Bench::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
