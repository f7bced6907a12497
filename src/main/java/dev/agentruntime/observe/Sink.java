package dev.agentruntime.observe;

import io.vertx.core.Future;

/** Takes one event at a time. Called on the context of its queue, and must return at once. */
interface Sink {

  /** {@code webhook, log, bus} or {@code callback}. */
  String kind();

  /** Takes an event; the next one comes when it has ended, either way. */
  Future<Void> take(OperationalEvent event);
}
