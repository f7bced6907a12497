package dev.agentruntime.fold;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several events of one trigger as one: the payload lists what it merged, oldest first. Pure.
 *
 * <pre>
 * {"batch":[{"event_id":"01J...","time":"2026-11-22T08:00:00Z","payload":...,"metadata":{...}}]}
 * </pre>
 */
final class Batch {

  private Batch() {}

  /**
   * The newest of them in name and time; trusted only when all are. Its priority is the highest of
   * theirs and its hops the most; an ordering key, an end of its life and somebody who waits for a
   * reply are each event's own, and not the batch's.
   */
  static TriggerEvent of(List<TriggerEvent> events) {
    TriggerEvent newest = events.get(events.size() - 1);
    List<Object> merged = new ArrayList<>(events.size());
    boolean trusted = true;
    int priority = newest.routing().priority();
    int hops = 0;
    for (TriggerEvent event : events) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("event_id", event.id());
      one.put("time", event.time().toString());
      one.put("payload", event.payload());
      one.put("metadata", event.metadata());
      merged.add(one);
      trusted = trusted && event.trusted();
      priority = Math.max(priority, event.routing().priority());
      hops = Math.max(hops, event.routing().hops());
    }
    return new TriggerEvent(
        newest.id(),
        newest.triggerId(),
        newest.triggerType(),
        newest.time(),
        Json.of(Map.of("batch", merged)),
        Json.of(Map.of("batch_size", events.size())),
        null,
        trusted,
        new Routing(priority, null, null, hops, null));
  }
}
