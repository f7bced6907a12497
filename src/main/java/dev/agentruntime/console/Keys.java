package dev.agentruntime.console;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are pressed while a command shows something. While it is open, a key is heard at
 * once and not shown; the terminal is as before when it is closed, or the program ends. For one
 * thread, which it blocks.
 */
public final class Keys implements AutoCloseable {

  /** No key was pressed. */
  public static final int NONE = 0;

  /** The thread was told to end. */
  public static final int ENDED = -1;

  private static final Duration LOOK = Duration.ofMillis(50);

  private final InputStream in;
  private final Runnable restore;
  private final Thread atEnd;

  /** Reads from a stream; {@code restore} brings the terminal back. */
  Keys(InputStream in, Runnable restore) {
    this.in = in;
    this.restore = restore;
    this.atEnd = new Thread(restore, "terminal-restore");
    Runtime.getRuntime().addShutdownHook(atEnd);
  }

  /** The keys of the terminal that standard input is; null where it is none that can be set. */
  public static @Nullable Keys open() {
    String before = stty("-g");
    if (before == null || before.isBlank() || stty("-icanon", "-echo") == null) {
      return null;
    }
    return new Keys(System.in, () -> stty(before.strip()));
  }

  /**
   * Waits for a key.
   *
   * @return the key, {@link #NONE} when none was pressed in that time, {@link #ENDED}
   */
  public int within(Duration time) {
    long looks = Math.max(1, time.toMillis() / LOOK.toMillis());
    for (long i = 0; i < looks; i++) {
      try {
        if (in.available() > 0) {
          return in.read();
        }
      } catch (IOException e) {
        return ENDED;
      }
      if (!Pause.of(LOOK)) {
        return ENDED;
      }
    }
    return NONE;
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atEnd);
    restore.run();
  }

  @CanIgnoreReturnValue
  private static @Nullable String stty(String... arguments) {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    try {
      Process stty = new ProcessBuilder(command)
          .redirectInput(new File("/dev/tty"))
          .redirectErrorStream(true)
          .start();
      String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0 ? said : null;
    } catch (IOException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
