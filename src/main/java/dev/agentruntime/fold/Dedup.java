package dev.agentruntime.fold;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The keys each trigger has accepted: 7 days or the newest 100,000, whichever is less. Part of the
 * fold: it forgets by the time of entries, never by a clock. Owned by: the process's context.
 */
public final class Dedup {

  public static final Duration AGE_MAX = Duration.ofDays(7);
  public static final int KEYS_MAX = 100_000;

  final Map<String, LinkedHashMap<String, Known>> byTrigger = new TreeMap<>();

  /**
   * A key that was accepted.
   *
   * @param eventId the event it came with
   * @param fingerprint length and CRC-32C of the payload, to tell another body under the same key
   */
  public record Known(String eventId, long fingerprint, Instant time) {}

  /** What is known of an event's key, null when nothing is any more or it has none. */
  public @Nullable Known find(TriggerEvent event) {
    Map<String, Known> keys = byTrigger.get(event.triggerId());
    Known known = keys == null || event.dedupKey() == null ? null : keys.get(event.dedupKey());
    // A quiet trigger drops nothing until its next event, so age is asked for here as well.
    return known == null || known.time().isBefore(event.time().minus(AGE_MAX)) ? null : known;
  }

  void add(TriggerEvent event) {
    if (event.dedupKey() == null) {
      return;
    }
    LinkedHashMap<String, Known> keys =
        byTrigger.computeIfAbsent(event.triggerId(), id -> new LinkedHashMap<>());
    // Removed first: a key that comes again after it was forgotten is the newest.
    keys.remove(event.dedupKey());
    keys.put(event.dedupKey(), new Known(event.id(), fingerprint(event.payload()), event.time()));
    Instant oldest = event.time().minus(AGE_MAX);
    Iterator<Known> each = keys.values().iterator();
    while (each.hasNext()) {
      Known known = each.next();
      if (keys.size() <= KEYS_MAX && !known.time().isBefore(oldest)) {
        return;
      }
      each.remove();
    }
  }

  /** How many keys are known. */
  public int size() {
    return byTrigger.values().stream().mapToInt(Map::size).sum();
  }

  /** Trigger to key to event, for the image's digest. */
  public Map<String, Map<String, String>> toValues() {
    Map<String, Map<String, String>> values = new LinkedHashMap<>();
    byTrigger.forEach((trigger, keys) -> {
      Map<String, String> events = new LinkedHashMap<>();
      keys.forEach((key, known) -> events.put(key, known.eventId() + "/" + known.fingerprint()));
      values.put(trigger, events);
    });
    return values;
  }

  public static long fingerprint(Json payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload.bytes());
    return ((long) payload.length() << 32) | crc.getValue();
  }
}
