package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Notices that a running process had nothing to do for long. Owned by: the process's context. */
final class Idleness {

  private final ProcessLog log;
  private final Timers timers;
  private final Consumer<String> onIdle;
  private Timers.@Nullable Armed timer;
  private long activeAt;

  /**
   * Counts from now.
   *
   * @param onIdle told why it is idle
   */
  Idleness(ProcessLog log, Timers timers, Consumer<String> onIdle) {
    this.log = log;
    this.timers = timers;
    this.onIdle = onIdle;
    this.activeAt = timers.nanos();
  }

  /** Something happened: idleness is counted from now. */
  void touched() {
    activeAt = timers.nanos();
    ProcessConfig.Run run = log.image().config().run();
    if (timer == null
        && !run.idleTimeout().isZero()
        && Lifecycle.runs(log.image().state())) {
      arm(run.idleTimeout());
    }
  }

  private void arm(Duration delay) {
    timer = timers.after(delay, () -> {
      timer = null;
      Duration limit = log.image().config().run().idleTimeout();
      Duration idle = Duration.ofNanos(timers.nanos() - activeAt);
      boolean busy = !log.image().queue().isEmpty() || !log.image().runs().isEmpty();
      if (log.image().state() != ProcessState.RUNNING || log.broken() || limit.isZero()) {
        return;
      }
      if (busy) {
        arm(limit);
      } else if (idle.compareTo(limit) >= 0) {
        onIdle.accept("idle for " + limit.toMillis() + " ms");
      } else {
        arm(limit.minus(idle));
      }
    });
  }

  /** Counts no more before it is touched again. */
  void end() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
