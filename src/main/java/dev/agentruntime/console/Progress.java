package dev.agentruntime.console;

import dev.agentruntime.time.SystemTime;
import java.time.Duration;

/**
 * Says of something that takes longer than two seconds that it goes on: on standard error, first
 * after two seconds, then after four, eight and so on. For one thread.
 */
public final class Progress {

  private static final Duration FIRST = Duration.ofSeconds(2);

  private final Console console;
  private final String what;
  private final long start = SystemTime.nanos();
  private Duration next = FIRST;

  /** Begins now; {@code what} is what goes on, as in {@code reading the journal}. */
  public Progress(Console console, String what) {
    this.console = console;
    this.what = what;
  }

  /** It goes on; {@code how} says how far it is, may be empty. */
  public void tick(String how) {
    Duration took = took();
    if (took.compareTo(next) >= 0) {
      console.note(what + ": " + (how.isEmpty() ? "" : how + ", ") + took.toSeconds() + " s");
      next = took.multipliedBy(2);
    }
  }

  /** How long it goes on by now. */
  public Duration took() {
    return Duration.ofNanos(SystemTime.nanos() - start);
  }
}
