package dev.agentruntime.runtime;

import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps in lanes: those of one lane run one after the other, and of those that wait only the newest
 * is ever run; lanes go on side by side. So many steps as fit the smallest queue of a journal begin
 * together; one that takes longer gives its place to the next and goes on beside it. Owned by: the
 * context that calls it.
 */
final class Lanes {

  /** Places, below the least that {@code journal.queue_max} may be. */
  private static final int PLACES = 32;

  /** How long a step keeps its place at most. */
  private static final Duration TURN = Duration.ofMillis(100);

  private final Timers timers;
  private final Map<String, Waiting> ready = new LinkedHashMap<>();
  private final Map<String, Waiting> behind = new HashMap<>();
  private final Set<String> busy = new HashSet<>();
  private int free = PLACES;
  private boolean handing;

  Lanes(Timers timers) {
    this.timers = timers;
  }

  private record Waiting(Supplier<Future<Void>> step, Promise<Void> over) {}

  /**
   * Runs a step when its lane is free.
   *
   * @return completes, and never fails, when the step has ended, or a newer one took its turn
   */
  Future<Void> run(String lane, Supplier<Future<Void>> step) {
    Waiting waiting = new Waiting(step, Promise.promise());
    Waiting older = (busy.contains(lane) ? behind : ready).put(lane, waiting);
    skip(older);
    hand();
    return waiting.over().future();
  }

  /** The lanes with a step that waits or has not ended. */
  Set<String> open() {
    Set<String> open = new TreeSet<>(ready.keySet());
    open.addAll(busy);
    return open;
  }

  /** Begins nothing more. */
  void end() {
    ready.values().forEach(Lanes::skip);
    behind.values().forEach(Lanes::skip);
    ready.clear();
    behind.clear();
  }

  private static void skip(@Nullable Waiting waiting) {
    if (waiting != null) {
      waiting.over().complete();
    }
  }

  /** A step may end while it is begun; that must not begin the next one inside it. */
  private void hand() {
    if (handing) {
      return;
    }
    handing = true;
    while (free > 0 && !ready.isEmpty()) {
      Iterator<Map.Entry<String, Waiting>> first = ready.entrySet().iterator();
      Map.Entry<String, Waiting> next = first.next();
      first.remove();
      begin(next.getKey(), next.getValue());
    }
    handing = false;
  }

  private void begin(String lane, Waiting waiting) {
    busy.add(lane);
    free--;
    Promise<Void> place = Promise.promise();
    Timers.Armed turn = timers.after(TURN, place::tryComplete);
    place.future().onComplete(left -> {
      turn.cancel();
      free++;
      hand();
    });
    Future<Void> step;
    try {
      step = waiting.step().get();
    } catch (RuntimeException e) {
      step = Future.failedFuture(e);
    }
    LocalRuntime.unheard(step);
    step.onComplete(ended -> {
      busy.remove(lane);
      Waiting next = behind.remove(lane);
      if (next != null) {
        ready.put(lane, next);
      }
      place.tryComplete();
      waiting.over().complete();
      hand();
    });
  }
}
