package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig.Restarts.Policy;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Starts, stops and recycles a process when {@link RestartPolicy} says that it is time. What is due
 * is read from the image each time, so it needs no memory of its own. Owned by: the process's
 * context.
 */
final class SelfStart {

  private static final System.Logger LOG = System.getLogger(SelfStart.class.getName());

  private final ProcessLog log;
  private final Gate gate;
  private final Supervisor supervisor;
  private Timers.@Nullable Armed armed;

  SelfStart(ProcessLog log, Gate gate, Supervisor supervisor) {
    this.log = log;
    this.gate = gate;
    this.supervisor = supervisor;
  }

  /** The image has changed its state or its manifest: arms what is due next. */
  void look() {
    if (armed != null) {
      armed.cancel();
      armed = null;
    }
    if (log.image().deployment() == null || closed()) {
      return;
    }
    noteExhaustion();
    Instant due = due();
    if (due != null) {
      Duration wait = Duration.between(gate.timers().now(), due);
      armed = gate.timers().after(wait.isNegative() ? Duration.ZERO : wait, this::act);
    }
  }

  private boolean closed() {
    return gate.condition() != null || log.broken();
  }

  private boolean recycling() {
    return log.image().state() == ProcessState.STOPPED
        && log.image().reason().equals(EntryData.StateTransition.RECYCLE);
  }

  private @Nullable Instant due() {
    Instant restart = RestartPolicy.due(log.image());
    Instant end = RestartPolicy.endOfLife(log.image());
    return recycling() ? gate.timers().now() : restart == null ? end : restart;
  }

  private void act() {
    armed = null;
    Instant due = due();
    if (due == null || closed()) {
      return;
    }
    if (gate.timers().now().isBefore(due)) {
      // The wall clock went back.
      look();
      return;
    }
    ProcessImage image = log.image();
    if (recycling()) {
      heard(supervisor.start(EntryData.StateTransition.RECYCLE));
    } else if (image.state() == ProcessState.FAILED) {
      heard(log.write(new EntryData.Restart(image.restarts() + 1, EntryData.Restart.POLICY, true)));
      heard(supervisor.start(EntryData.Restart.POLICY));
    } else if (image.config().restarts().policy() == Policy.ALWAYS) {
      heard(supervisor.stop(EntryData.StateTransition.RECYCLE));
    } else {
      heard(supervisor.stop("max_lifetime reached"));
    }
  }

  /** That a process stays failed is said once for each failure. */
  private void noteExhaustion() {
    ProcessImage image = log.image();
    if (!RestartPolicy.exhausted(image)) {
      return;
    }
    String message = "restarted " + RestartPolicy.used(image) + " times within "
        + image.config().restarts().window().toSeconds() + " s before it failed at "
        + image.life().failedAt() + ": it stays failed until an operator starts it";
    EntryData.ErrorNoted last = image.lastError();
    if (last == null || !last.message().equals(message)) {
      heard(log.write(new EntryData.ErrorNoted(ErrorCode.RESTARTS_EXHAUSTED, message, null)));
    }
  }

  private void heard(Future<Void> done) {
    done.onFailure(cause -> LOG.log(
        System.Logger.Level.WARNING,
        "process {0}: {1}",
        log.image().id().name(),
        cause.getMessage()));
  }
}
