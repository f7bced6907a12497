package dev.agentruntime.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A server in a JVM of its own, started and stopped by a scenario. For one thread. */
final class ServerProcess implements AutoCloseable {

  private static final int START_SECONDS = 60;
  private static final int STOP_SECONDS = 30;

  private final Process process;
  private final Path directory;
  private final Announced announced = new Announced();
  private final CountDownLatch listening = new CountDownLatch(1);
  private final long startedNanos;

  private ServerProcess(
      List<String> command, Path directory, Map<String, String> env, Predicate<Announced> ready)
      throws IOException {
    Files.createDirectories(directory);
    this.directory = directory;
    this.startedNanos = System.nanoTime();
    ProcessBuilder builder = new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectError(directory.resolve("stderr.log").toFile());
    builder.environment().putAll(env);
    this.process = builder.start();
    // A scenario that is interrupted leaves no server behind.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    Thread reader = new Thread(() -> read(ready), "output of " + directory.getFileName());
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a server and waits until it said where it listens. */
  static ServerProcess start(
      List<String> command, Path directory, Map<String, String> env, Predicate<Announced> ready)
      throws IOException, InterruptedException {
    ServerProcess server = new ServerProcess(command, directory, env, ready);
    boolean said = server.listening.await(START_SECONDS, TimeUnit.SECONDS);
    if (!said || !ready.test(server.announced)) {
      server.close();
      throw new IOException(directory.getFileName()
          + " did not say where it listens, its errors: "
          + Files.readString(directory.resolve("stderr.log")).strip());
    }
    return server;
  }

  /** Reads all output, so that the server never waits for a full pipe; keeps none of it. */
  private void read(Predicate<Announced> ready) {
    try (BufferedReader output = process.inputReader()) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (listening.getCount() > 0) {
          announced.line(line);
          if (ready.test(announced)) {
            listening.countDown();
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      listening.countDown();
    }
  }

  int ingress() {
    return announced.ingress().orElseThrow();
  }

  OptionalInt control() {
    return announced.control();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Since the JVM was asked for. */
  double millisSinceStart() {
    return (System.nanoTime() - startedNanos) / 1e6;
  }

  /** SIGKILL, and waits until it is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** SIGTERM, and SIGKILL for one that does not end. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.onExit().orTimeout(STOP_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      System.err.println(directory.getFileName() + " did not end on SIGTERM: killed");
      process.destroyForcibly().onExit().join();
    }
  }
}
