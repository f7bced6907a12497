package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.ProcessConfig.Restarts;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.LifeMarks;
import dev.agentruntime.fold.ProcessImage;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether and when a process is started again by itself, computed from its image alone: so a crash
 * of the node in between changes nothing. Pure.
 */
final class RestartPolicy {

  /** Longest pause before a restart. */
  static final Duration BACKOFF_MAX = Duration.ofSeconds(60);

  /** The reason of the stop and start that an operator asked for together. */
  static final String RESTART = "restart";

  /** Begins the reason of a failed process that an operator does not want started again. */
  static final String HELD = "held: ";

  private RestartPolicy() {}

  /**
   * Why a process stops that was being stopped when it was to be stopped again: who wants it down
   * outdoes who would start it after its stop, and a restart whoever was before it.
   */
  static String reason(String underWay, String asked) {
    boolean comesBack =
        underWay.equals(EntryData.StateTransition.RECYCLE) || underWay.equals(RESTART);
    return comesBack || asked.equals(RESTART) ? asked : underWay;
  }

  /** Whether the policy would restart the process if its restarts were not used up. */
  private static boolean wants(ProcessImage image) {
    if (image.state() != ProcessState.FAILED || image.reason().startsWith(HELD)) {
      return false;
    }
    boolean start = Supervisor.neverGotUp(image);
    return switch (image.config().restarts().policy()) {
      case ALWAYS -> true;
      // A start that an operator asked for has told him that it failed.
      case ON_FAILURE -> !start || used(image) > 0;
      case NEVER -> false;
    };
  }

  /** Restarts that count against the limit now. */
  static int used(ProcessImage image) {
    Instant failed = image.life().failedAt();
    return failed == null
        ? 0
        : image.life().restartsWithin(image.config().restarts().window(), failed);
  }

  /** Whether it failed and would be restarted, but has been too often. */
  static boolean exhausted(ProcessImage image) {
    return wants(image) && used(image) >= image.config().restarts().max();
  }

  /** When a failed process is started again, null when it is not. */
  static @Nullable Instant due(ProcessImage image) {
    LifeMarks life = image.life();
    Instant failed = life.failedAt();
    if (failed == null || !wants(image) || exhausted(image)) {
      return null;
    }
    Restarts rules = image.config().restarts();
    Duration pause = rules.backoff().multipliedBy(1L << Math.min(used(image), 20));
    return failed.plus(pause.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : pause);
  }

  /** When a process reaches the end of its lifetime, null when it does not. */
  static @Nullable Instant endOfLife(ProcessImage image) {
    ProcessConfig config = image.config();
    Instant started = image.life().startedAt();
    ProcessState state = image.state();
    boolean lives = state == ProcessState.RUNNING
        || state == ProcessState.AWAITING
        || state == ProcessState.SUSPENDED;
    return started == null || config.restarts().maxLifetime().isZero() || !lives
        ? null
        : started.plus(config.restarts().maxLifetime());
  }
}
