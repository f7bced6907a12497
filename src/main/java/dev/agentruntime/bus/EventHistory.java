package dev.agentruntime.bus;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.guard.Topics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest events of each type, in memory: a look at what is going on, not the record. Bounded by
 * events a type, by types and by bytes; the type that was quiet longest gives way. For one thread.
 */
final class EventHistory {

  /** Events kept of one type. */
  static final int EVENTS_MAX = 100;

  /** Types of which events are kept. */
  static final int TYPES_MAX = 1_000;

  /** Bytes of data kept of all. */
  static final long BYTES_MAX = 16L << 20;

  private final Map<String, Deque<Arrival>> byType = new LinkedHashMap<>();
  private long bytes;

  void add(Arrival event) {
    String type = event.emission().name();
    // Taken out first: the type that spoke last is the last in the map.
    Deque<Arrival> known = byType.remove(type);
    Deque<Arrival> events = known == null ? new ArrayDeque<>() : known;
    byType.put(type, events);
    events.addLast(event);
    bytes += event.emission().data().length();
    if (events.size() > EVENTS_MAX) {
      drop(events);
    }
    while (byType.size() > TYPES_MAX || bytes > BYTES_MAX) {
      Iterator<Deque<Arrival>> quietest = byType.values().iterator();
      Deque<Arrival> oldest = quietest.next();
      drop(oldest);
      if (oldest.isEmpty()) {
        quietest.remove();
      }
    }
  }

  private void drop(Deque<Arrival> events) {
    bytes -= events.removeFirst().emission().data().length();
  }

  /** The newest events of one type, or of every type that a pattern covers, newest first. */
  List<Arrival> of(String pattern, int limit) {
    List<Arrival> found = new ArrayList<>();
    byType.forEach((type, events) -> {
      if (Topics.matches(pattern, type)) {
        found.addAll(events);
      }
    });
    found.sort((a, b) -> b.at().compareTo(a.at()));
    return List.copyOf(found.subList(0, Math.min(limit, found.size())));
  }
}
