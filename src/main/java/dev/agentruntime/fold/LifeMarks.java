package dev.agentruntime.fold;

import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The instants in a process's life that its restart policy counts from, as its entries tell them.
 * Part of the fold, so a node's restart forgets no count. Owned by: the process's context.
 */
public final class LifeMarks {

  /** Restarts remembered; no policy allows more. */
  public static final int RESTARTS_MAX = 1_000;

  final Deque<Instant> restarts = new ArrayDeque<>();

  @Nullable
  Instant bornAt;

  @Nullable
  Instant startedAt;

  @Nullable
  Instant failedAt;

  /** An entry's time; the first one is that of its birth. */
  void seen(Instant time) {
    bornAt = bornAt == null ? time : bornAt;
  }

  void moved(ProcessState from, ProcessState to, Instant time) {
    if (to == ProcessState.RUNNING && from == ProcessState.STARTING) {
      startedAt = time;
    } else if (to == ProcessState.FAILED) {
      failedAt = time;
    }
  }

  void restarted(EntryData.Restart restart, Instant time) {
    if (restart.reason().equals(EntryData.Restart.POLICY)) {
      restarts.addLast(time);
      if (restarts.size() > RESTARTS_MAX) {
        restarts.removeFirst();
      }
    }
  }

  /** When it was last started, null before the first time. */
  public @Nullable Instant startedAt() {
    return startedAt;
  }

  /** When it last failed, null if it never did. */
  public @Nullable Instant failedAt() {
    return failedAt;
  }

  /** How often the policy restarted it within {@code window} before {@code at}. */
  public int restartsWithin(Duration window, Instant at) {
    Instant since = at.minus(window);
    return (int) restarts.stream().filter(time -> time.isAfter(since)).count();
  }

  /** For the image's digest. */
  List<String> toValues() {
    return List.of(String.valueOf(startedAt), String.valueOf(failedAt), restarts.toString());
  }
}
