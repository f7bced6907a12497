package dev.agentruntime.live;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a run may take its next step, and lets those that had to wait go on in their order.
 * Conditions of the node are laid over the image here; they are never entries. Owned by: the
 * process's context.
 */
public final class Gate {

  /** How long after the journal was too full somebody looks again. */
  public static final Duration PRESSURE_RETRY = Duration.ofMillis(5);

  private final ProcessLog log;
  private final Timers timers;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final EnumSet<Condition> conditions = EnumSet.noneOf(Condition.class);
  private final LiveReplies replies = new LiveReplies();
  private boolean held;

  public Gate(ProcessLog log, Timers timers) {
    this.log = log;
    this.timers = timers;
  }

  /** Who hears what the models say whose steps it lets pass. */
  public LiveReplies replies() {
    return replies;
  }

  private record Waiting(LiveRun run, Promise<Void> step) {}

  /** What keeps a process from working though its image would let it. */
  public enum Condition {
    /** It was taken away. */
    REMOVED("removed", ErrorCode.PROCESS_NOT_FOUND),
    /** The journal is closed after a failed write. */
    JOURNAL_CLOSED("journal-closed", ErrorCode.JOURNAL_CLOSED),
    /** An operator ended all work of the node at once. */
    KILLED("killed by an operator, lift it with: start --all --lift", ErrorCode.KILLED),
    /** The node is shutting down. */
    DRAINING("draining", ErrorCode.DRAINING),
    /** The process's entries have a gap or do not verify. */
    JOURNAL_CORRUPT("journal-corrupt", ErrorCode.JOURNAL_CORRUPT),
    /** There is damage in the journal that may be this process's. */
    JOURNAL_SUSPECT("journal-suspect", ErrorCode.JOURNAL_CORRUPT),
    /** Another node has a live copy that accepted triggers as well. */
    DUPLICATE_OWNER("duplicate-owner", ErrorCode.NOT_OWNER);

    private final String word;
    private final ErrorCode code;

    Condition(String word, ErrorCode code) {
      this.word = word;
      this.code = code;
    }

    public String word() {
      return word;
    }

    public RuntimeFault fault(ProcessImage image) {
      return new RuntimeFault(
          code,
          "process " + image.id().name() + " cannot work now: " + word,
          code.retryable() ? Duration.ofSeconds(5) : null);
    }
  }

  /** The condition in force, null when there is none; of several the first of the list above. */
  @Nullable
  public Condition condition() {
    return conditions.isEmpty() ? null : conditions.iterator().next();
  }

  /** Does what no condition forbids. */
  public <T> Future<T> allowed(Supplier<Future<T>> command) {
    return unless(condition(), command);
  }

  /**
   * Does what only tightens, and begins nothing: also while an operator has ended all work, or what
   * is to be stopped would go on at the lift.
   */
  public <T> Future<T> tightened(Supplier<Future<T>> command) {
    EnumSet<Condition> others = EnumSet.copyOf(conditions);
    others.remove(Condition.KILLED);
    return unless(others.isEmpty() ? null : others.iterator().next(), command);
  }

  private <T> Future<T> unless(@Nullable Condition condition, Supplier<Future<T>> command) {
    if (condition != null) {
      return Future.failedFuture(condition.fault(log.image()));
    }
    try {
      return command.get();
    } catch (RuntimeFault fault) {
      return Future.failedFuture(fault);
    }
  }

  /** Lays a condition over the image, beside those that are there. */
  public void lay(Condition condition) {
    conditions.add(condition);
  }

  /** Takes a condition off. */
  public void lift(Condition condition) {
    conditions.remove(condition);
  }

  /** No run steps or starts until {@link #goOn}; what arrives meanwhile is accepted. */
  public void hold() {
    held = true;
  }

  /** What {@link #hold} held may go on. */
  public void goOn() {
    held = false;
  }

  public Timers timers() {
    return timers;
  }

  /** Whether runs may step and start. */
  public boolean isOpen() {
    return !held
        && conditions.isEmpty()
        && !log.broken()
        && Lifecycle.runs(log.image().state());
  }

  /** Completes when {@code run} may take a step; fails when its time is over. */
  public Future<Void> pass(LiveRun run) {
    if (run.abandoned()) {
      return Promise.<Void>promise().future();
    }
    RuntimeFault over = run.over();
    if (over != null) {
      return Future.failedFuture(over);
    }
    if (isOpen() && log.accepting()) {
      return Future.succeededFuture();
    }
    Promise<Void> step = Promise.promise();
    waiting.add(new Waiting(run, step));
    if (isOpen()) {
      retryUnderPressure();
    }
    return step.future();
  }

  /** Lets waiting steps go on, oldest first, as far as the gate is open. */
  public void release() {
    while (!waiting.isEmpty() && isOpen()) {
      if (!log.accepting()) {
        retryUnderPressure();
        return;
      }
      Waiting next = waiting.remove();
      RuntimeFault over = next.run().over();
      if (over != null) {
        next.step().fail(over);
      } else if (!next.run().abandoned()) {
        next.step().complete();
      }
    }
  }

  /** Forgets everything that waits; those runs were abandoned. */
  public void clear() {
    waiting.clear();
  }

  private void retryUnderPressure() {
    Timers.Armed ignored = timers.after(PRESSURE_RETRY, this::release);
  }
}
