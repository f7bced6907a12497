package dev.agentruntime.trigger;

import io.vertx.core.Future;

/**
 * A source of trigger events. Owned by: its process's context; {@link #start} and {@link #stop} are
 * called there, and it offers events there.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>keep its id over restarts;
 *   <li>acknowledge its source only after the sink's future succeeded;
 *   <li>offer nothing before {@link #start} and nothing after the future of {@link #stop};
 *   <li>release everything it holds in {@link #stop}, also after a failed start.
 * </ol>
 */
public interface Trigger {

  /** Unique in its process. */
  String id();

  /** {@code cron}, {@code webhook}, ... */
  String type();

  /** Begins to listen. */
  Future<Void> start(TriggerSink sink);

  /** Ends listening. */
  Future<Void> stop();
}
