package dev.agentruntime.cli;

/**
 * Which request is owed when: values only, all times in nanoseconds since the start of the load.
 * Owned by: the event loop of one load run.
 */
final class LoadSchedule {

  /** No request is owed now. */
  static final long NONE = -1;

  private static final double NANOS_PER_SECOND = 1e9;

  private final LoadPlan.Pace pace;
  private final long endNanos;
  private final long countMax;
  private long taken;

  LoadSchedule(LoadPlan plan) {
    this.pace = plan.pace();
    this.endNanos = plan.duration().toNanos();
    this.countMax = plan.countMax();
  }

  /**
   * Takes the next request if it is owed by now.
   *
   * @return when it was to be sent, never later than {@code now}, or {@link #NONE}
   */
  long take(long now) {
    if (ended(now)) {
      return NONE;
    }
    long intended = intended(now);
    if (intended > now) {
      return NONE;
    }
    taken++;
    return intended;
  }

  /** Whether nothing will be owed any more; what an open model is behind with still is. */
  boolean ended(long now) {
    return taken >= countMax || intended(now) >= endNanos;
  }

  private long intended(long now) {
    return pace instanceof LoadPlan.Open open
        ? (long) (taken * (NANOS_PER_SECOND / open.perSecond()))
        : now;
  }
}
