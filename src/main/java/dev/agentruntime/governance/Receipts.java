package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.entry.BudgetEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Which grants of other processes have come, so that one which is sent again changes nothing. */
final class Receipts {

  /** Longer than anybody sends one again. */
  private static final Duration REMEMBERED = Duration.ofDays(8);

  private final TreeMap<String, Instant> received = new TreeMap<>();
  private final TreeMap<String, Instant> refused = new TreeMap<>();

  /** One without amounts was refused. */
  void add(BudgetEntry.BudgetGrant grant, String item, Instant time) {
    Instant oldest = time.minus(REMEMBERED);
    received.values().removeIf(at -> at.isBefore(oldest));
    refused.values().removeIf(at -> at.isBefore(oldest));
    (grant.amounts().isEmpty() ? refused : received).put(item, time);
  }

  boolean received(String item) {
    return received.containsKey(item);
  }

  boolean refused(String item) {
    return refused.containsKey(item);
  }

  void addTo(Map<String, Object> all) {
    if (!received.isEmpty()) {
      all.put("received", times(received));
    }
    if (!refused.isEmpty()) {
      all.put("refused", times(refused));
    }
  }

  void read(Fields values) {
    values.textMap("received").forEach((item, at) -> received.put(item, Instant.parse(at)));
    values.textMap("refused").forEach((item, at) -> refused.put(item, Instant.parse(at)));
  }

  private static Map<String, Object> times(Map<String, Instant> items) {
    Map<String, Object> all = new LinkedHashMap<>();
    items.forEach((item, at) -> all.put(item, at.toString()));
    return all;
  }
}
