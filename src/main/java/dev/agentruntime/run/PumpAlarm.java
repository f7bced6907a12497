package dev.agentruntime.run;

import dev.agentruntime.live.Gate;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Wakes the pump when there will be something to do. Owned by: the process's context. */
final class PumpAlarm {

  private final Timers timers;
  private final Runnable pump;
  private boolean soon;
  private Timers.@Nullable Armed armed;
  private Instant armedFor = Instant.MAX;

  PumpAlarm(Timers timers, Runnable pump) {
    this.timers = timers;
    this.pump = pump;
  }

  /** Pumps again then, or earlier. */
  void at(Instant due) {
    if (armed != null && !due.isBefore(armedFor)) {
      return;
    }
    disarm();
    armedFor = due;
    armed = timers.after(Duration.between(timers.now(), due), () -> {
      armed = null;
      pump.run();
    });
  }

  void disarm() {
    if (armed != null) {
      armed.cancel();
      armed = null;
    }
  }

  /** The journal is nearly full: nothing else may happen here that would start what is queued. */
  void soon() {
    if (!soon) {
      soon = true;
      Timers.Armed ignored = timers.after(Gate.PRESSURE_RETRY, () -> {
        soon = false;
        pump.run();
      });
    }
  }
}
