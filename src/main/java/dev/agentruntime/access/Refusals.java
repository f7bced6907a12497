package dev.agentruntime.access;

import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.time.Timers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Requests that were refused before anybody looked at what they want, as they are written down: the
 * first of a kind in a minute at once, and at its end how many more there were. So somebody outside
 * can be seen, and cannot fill the disk: {@link #KINDS_MAX} kinds are told apart in a minute, all
 * others are counted by their status. Safe on every thread.
 */
public final class Refusals {

  /** Kinds that are told apart in a minute: caller, address, route and status. */
  static final int KINDS_MAX = 20;

  private static final Duration MINUTE = Duration.ofMinutes(1);
  /** No token has such a name. */
  private static final String OTHERS = "@others";

  private final Timers timers;
  private final ConcurrentHashMap<OperatorAction, Long> more = new ConcurrentHashMap<>();
  private final AtomicBoolean counting = new AtomicBoolean();
  private final AtomicReference<Consumer<OperatorAction>> written =
      new AtomicReference<>(action -> {});

  Refusals(Timers timers) {
    this.timers = timers;
  }

  /** Who writes them down from now on; it must not block. */
  public void to(Consumer<OperatorAction> writer) {
    written.set(writer);
  }

  /**
   * Somebody was refused.
   *
   * @param action a bounded text as what was asked for: the pattern of a route, never its path
   */
  public void refused(OperatorAction action) {
    OperatorAction kind =
        new OperatorAction(action.who(), action.from(), action.action(), action.status());
    boolean full = more.size() >= KINDS_MAX && !more.containsKey(kind);
    if (full) {
      kind = new OperatorAction(OTHERS, "", "refused requests", action.status());
    }
    long count = more.merge(kind, full ? 1L : 0L, (before, first) -> before + 1);
    if (count == 0) {
      tell(action);
    }
    if (counting.compareAndSet(false, true)) {
      Timers.Armed unused = timers.after(MINUTE, this::flush);
    }
  }

  /** Writes down what was only counted so far. */
  public void flush() {
    counting.set(false);
    for (OperatorAction kind : List.copyOf(more.keySet())) {
      Long count = more.remove(kind);
      if (count != null && count > 0) {
        tell(kind.andMore(count));
      }
    }
  }

  private void tell(OperatorAction action) {
    Consumer<OperatorAction> writer = written.get();
    if (writer != null) {
      writer.accept(action);
    }
  }
}
