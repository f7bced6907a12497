package dev.agentruntime.live;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a run in this JVM has beside its entries: whether something of it is out in the world,
 * whether it waits for somebody, how it is stopped. Owned by: the process's context.
 */
public final class LiveRun {

  private final InvocationId id;
  private final Runnable onLanded;
  private final CancelSignal cancel = new CancelSignal();
  private boolean abandoned;
  private @Nullable RuntimeFault over;
  private boolean inFlight;
  private @Nullable Runnable onAnswer;
  private Wait wait = Wait.RESOLUTION;
  private @Nullable Limit limit;
  private Timers.@Nullable Armed deadline;
  private long armedAt;

  /**
   * A run that begins or goes on here.
   *
   * @param onLanded told whenever a call of a model or tool has ended
   */
  public LiveRun(InvocationId id, Runnable onLanded) {
    this.id = id;
    this.onLanded = onLanded;
  }

  /** What a run may wait for. */
  public enum Wait {
    /** Somebody's word on an effect in doubt. */
    RESOLUTION,
    /** Another process's reply. */
    REPLY,
    /** A part of the budget that another run holds. */
    BUDGET,
    /** Somebody's decision whether a tool may be called. */
    APPROVAL
  }

  /** Running time that is left, on a clock, and what happens when it is over. */
  public record Limit(Timers timers, Duration left, Runnable over) {}

  static RuntimeFault timeout() {
    return new RuntimeFault(
        ErrorCode.INVOCATION_TIMEOUT, "the invocation ran longer than max_invocation_time allows");
  }

  public InvocationId id() {
    return id;
  }

  /** Raised when the step in flight should end. */
  public CancelSignal cancel() {
    return cancel;
  }

  /** Whether nothing of this run may be written any more. */
  public boolean abandoned() {
    return abandoned;
  }

  /** Ends it without an entry; its open run goes on later. */
  public void abandon() {
    abandoned = true;
    onAnswer = null;
    pause();
    cancel.cancel();
  }

  /** Why it takes no further step, null while it may. */
  @Nullable
  public RuntimeFault over() {
    return over;
  }

  /** Its running time is over: ends the step in flight, and fails the next. */
  public void timeOut() {
    end(timeout(), true);
  }

  /**
   * Fails its next step.
   *
   * @param now whether the step in flight is told to end too
   */
  public void end(RuntimeFault why, boolean now) {
    over = over == null ? why : over;
    if (now) {
      cancel.cancel();
    }
  }

  /** Whether a model or a tool is being called. */
  public boolean inFlight() {
    return inFlight;
  }

  public void inFlight(boolean now) {
    inFlight = now;
    if (!now) {
      onLanded.run();
    }
  }

  /** Whether it waits for somebody's answer. */
  public boolean isWaiting() {
    return onAnswer != null;
  }

  /** What it waits for, null when it does not wait. */
  @Nullable
  public Wait waitsFor() {
    return isWaiting() ? wait : null;
  }

  /** Waits; {@code then} runs at {@link #answered()}. */
  public void await(Wait why, Runnable then) {
    wait = why;
    onAnswer = then;
    pause();
  }

  /** Goes on. */
  public void answered() {
    Runnable then = onAnswer;
    onAnswer = null;
    if (then != null) {
      then.run();
    }
  }

  /** Bounds its running time; the clock stands until {@link #go}. */
  public void limit(Limit running) {
    limit = running;
  }

  /** Its clock runs, unless it waits. */
  public void go() {
    Limit running = limit;
    if (running != null && deadline == null && onAnswer == null && !abandoned && over == null) {
      armedAt = running.timers().nanos();
      deadline = running.timers().after(running.left(), running.over());
    }
  }

  /** Its clock stands: it waits, is suspended or over. */
  public void pause() {
    Limit running = limit;
    if (running != null && deadline != null) {
      deadline.cancel();
      deadline = null;
      Duration left = running.left().minusNanos(running.timers().nanos() - armedAt);
      limit = new Limit(running.timers(), left.isNegative() ? Duration.ZERO : left, running.over());
    }
  }
}
