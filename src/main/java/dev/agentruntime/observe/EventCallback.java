package dev.agentruntime.observe;

import dev.agentruntime.config.Severity;
import java.util.List;
import java.util.function.Consumer;

/**
 * Java code that is told of operational events.
 *
 * @param name for the status of the node
 * @param events globs of event types as {@code budget.*}; empty = all
 * @param severity the least that is told
 * @param callback called on a worker, one event at a time; it may block, and then its own queue
 *     fills; what it throws is counted
 */
public record EventCallback(
    String name, List<String> events, Severity severity, Consumer<OperationalEvent> callback) {

  /** Keeps an unmodifiable copy. */
  public EventCallback {
    events = List.copyOf(events);
  }

  /** Told of everything. */
  public static EventCallback of(String name, Consumer<OperationalEvent> callback) {
    return new EventCallback(name, List.of(), Severity.INFO, callback);
  }
}
