package dev.agentruntime.core;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells work in flight that nobody waits for it any more. Owned by: the process's context; it is
 * raised and listened to on that thread only.
 */
public final class CancelSignal {

  private final List<Runnable> listeners = new ArrayList<>();
  private boolean cancelled;

  /** Runs {@code listener} when the signal is raised, at once when it already is. */
  public void onCancel(Runnable listener) {
    if (cancelled) {
      listener.run();
    } else {
      listeners.add(listener);
    }
  }

  /** Raises the signal; a second time does nothing. */
  public void cancel() {
    if (cancelled) {
      return;
    }
    cancelled = true;
    List<Runnable> due = List.copyOf(listeners);
    listeners.clear();
    due.forEach(Runnable::run);
  }

  /** Whether the signal is raised. */
  public boolean isCancelled() {
    return cancelled;
  }
}
