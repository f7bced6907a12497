package dev.agentruntime.child;

import dev.agentruntime.time.Timers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A child process. It gets the environment it is given and PATH, nothing else of this JVM's. When
 * this JVM dies its standard input ends, at which a server of tools ends too. Safe on every thread.
 */
public final class Child {

  /** How long it may take to end by itself, and then to end when it is told to. */
  public static final Duration GRACE = Duration.ofSeconds(1);

  private static final String PATH = "PATH";

  private final Process process;

  private Child(Process process) {
    this.process = process;
  }

  /**
   * Starts a program. Blocks.
   *
   * @throws IOException when there is no such program or directory
   */
  public static Child start(List<String> command, Map<String, String> env, Path cwd)
      throws IOException {
    return new Child(builder(command, env, cwd).start());
  }

  /**
   * Starts a program whose errors nobody reads. Blocks.
   *
   * @throws IOException when there is no such program or directory
   */
  public static Child silent(List<String> command, Map<String, String> env, Path cwd)
      throws IOException {
    return new Child(builder(command, env, cwd)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start());
  }

  private static ProcessBuilder builder(List<String> command, Map<String, String> env, Path cwd) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(cwd.toFile());
    Map<String, String> given = builder.environment();
    String path = given.get(PATH);
    given.clear();
    if (path != null) {
      given.put(PATH, path);
    }
    given.putAll(env);
    return builder;
  }

  /** The process itself. */
  public Process process() {
    return process;
  }

  /** Completes when it has ended. */
  public CompletableFuture<Process> exited() {
    return process.onExit();
  }

  /**
   * Sees to it that it ends, with all it has started, also when that outlives it: at the end of its
   * input, else it is told to, else it is killed.
   *
   * @param blocking where the list of processes is read
   * @param closeInput ends its input, does not block, and may be called twice: when what it has
   *     started is noted, and at the latest after {@link #GRACE}
   * @return completes when it has ended, with all that was noted
   */
  public CompletableFuture<Void> end(Timers timers, Executor blocking, Runnable closeInput) {
    Set<ProcessHandle> all = ConcurrentHashMap.newKeySet();
    CompletableFuture<Void> noted = CompletableFuture.runAsync(
        () -> {
          all.addAll(tree());
          closeInput.run();
        },
        blocking);
    Timers.Armed ignored = timers.after(GRACE, () -> {
      closeInput.run();
      blocking.execute(() -> signal(all, ProcessHandle::destroy));
    });
    Timers.Armed unusedLast = timers.after(
        GRACE.multipliedBy(2),
        () -> blocking.execute(() -> signal(all, ProcessHandle::destroyForcibly)));
    return noted.thenCompose(done -> CompletableFuture.allOf(
        Stream.concat(Stream.of(exited()), all.stream().map(ProcessHandle::onExit))
            .toArray(CompletableFuture<?>[]::new)));
  }

  /** Ends it at once, with all it has started. Blocks. */
  public void kill() {
    signal(Set.of(), ProcessHandle::destroyForcibly);
  }

  /** Itself first, so that it starts no other one when it sees the first of them end. */
  private List<ProcessHandle> tree() {
    if (!process.isAlive()) {
      return List.of();
    }
    try (Stream<ProcessHandle> descendants = process.descendants()) {
      return Stream.concat(Stream.of(process.toHandle()), descendants).toList();
    }
  }

  /** Tells those that were known and what they have started since; no number is another's. */
  private void signal(Set<ProcessHandle> known, Predicate<ProcessHandle> signal) {
    Set<ProcessHandle> all = new LinkedHashSet<>(tree());
    for (ProcessHandle one : known) {
      all.add(one);
      try (Stream<ProcessHandle> descendants = one.descendants()) {
        descendants.forEach(all::add);
      }
    }
    for (ProcessHandle one : all) {
      boolean unused = one.isAlive() && signal.test(one);
    }
  }

  /** How it ended, null while it runs. */
  public @Nullable String ending() {
    return process.isAlive() ? null : "it ended with exit code " + process.exitValue();
  }
}
