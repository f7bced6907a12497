package dev.agentruntime.crash;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A JVM of ours in a process of its own, with all it said. Ended for certain by {@link #close}. */
public final class Jvm implements AutoCloseable {

  /** What the shell and the failpoints call the exit of a killed process. */
  static final int KILLED = 137;

  private final Process process;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>();
  private boolean silent;

  private Jvm(Process process, Path log) {
    this.process = process;
    this.reader = new Thread(() -> listen(log), "output-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts {@code java} of the running JVM.
   *
   * @param log where what it says is appended
   * @param arguments all that follows {@code java}
   */
  public static Jvm start(Path log, List<String> arguments) {
    return start(log, List.of(), arguments);
  }

  /** The same, by a command whose process becomes that of the JVM. */
  static Jvm start(Path log, List<String> by, List<String> arguments) {
    List<String> command = new ArrayList<>(by);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().keySet().removeIf(name -> name.startsWith("AGENTRUNTIME_"));
      // Of the working directory nothing is wanted, above all no settings of a developer.
      builder.directory(log.resolveSibling(".").toFile());
      return new Jvm(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void listen(Path log) {
    try (BufferedReader in = new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        Writer out =
            Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.write(line);
        out.write('\n');
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException gone) {
      // A killed process leaves a broken pipe: what it said until then is kept.
    } finally {
      synchronized (lines) {
        silent = true;
        lines.notifyAll();
      }
    }
  }

  /** The first line in which the pattern is found; null when it ended, or time did, before. */
  @Nullable
  public Matcher await(Pattern pattern, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    int seen = 0;
    synchronized (lines) {
      while (true) {
        for (; seen < lines.size(); seen++) {
          Matcher matcher = pattern.matcher(lines.get(seen));
          if (matcher.find()) {
            return matcher;
          }
        }
        long left = end - System.nanoTime();
        if (silent || left <= 0) {
          return null;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lines, Math.max(left, 1_000_000));
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** Whether it ended within a time. */
  public boolean awaitEnd(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Its exit code; it must have ended. */
  public int exitCode() {
    return process.exitValue();
  }

  /** SIGKILL; back when it is gone. */
  public void kill9() {
    process.destroyForcibly();
    if (!awaitEnd(Duration.ofSeconds(20))) {
      throw new AssertionError("pid " + process.pid() + " survived SIGKILL");
    }
  }

  /** SIGTERM. */
  public void term() {
    process.destroy();
  }

  /** The process's id. */
  long pid() {
    return process.pid();
  }

  /** Sends a signal by kill(1): STOP, CONT. */
  void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
          .inheritIO()
          .start();
      if (kill.waitFor() != 0) {
        throw new AssertionError("kill -" + name + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Everything it said so far, or all when it ended. */
  @CanIgnoreReturnValue
  public String said() {
    try {
      if (!process.isAlive()) {
        reader.join(TimeUnit.SECONDS.toMillis(10));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  @Override
  public void close() {
    kill9();
  }
}
