package dev.agentruntime.crash;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Holds what a node did against what it promised: the journal of the stopped node against the
 * ledger and against what the clients were told. Finds violations, in words.
 */
final class Audit {

  private final Books books;
  private final Map<String, Ledger.Effect> effects;
  private final List<String> violations = new ArrayList<>();
  private final Set<String> booked = new HashSet<>();

  Audit(Books books, Map<String, Ledger.Effect> effects) {
    this.books = books;
    this.effects = effects;
    // I8: links of the chain, sequences and sums of every line.
    books.report().damaged().forEach((id, what) -> violations.add("I8 " + id + ": " + what));
    books.report().suspect().forEach(what -> violations.add("I8 " + what));
  }

  /** What was found wrong. */
  List<String> violations() {
    return violations;
  }

  /** The way of one process's events, from their acceptance to their effects. */
  void process(String process, int concurrency, Collection<Load.Delivery> deliveries) {
    epochs(process);
    runs(process, concurrency);
    results(process);
    accepted(process, deliveries);
  }

  /** After all processes: nothing was done to the world that no journal knows of. */
  void world() {
    for (Ledger.Effect effect : effects.values()) {
      if (!booked.contains(effect.key())) {
        violations.add("I3 the ledger has " + effect + ", which no journal says was done");
      }
    }
  }

  /** I4: epochs never fall. */
  private void epochs(String process) {
    long epoch = 0;
    for (JournalEntry entry : books.of(process)) {
      if (entry.epoch() < epoch) {
        violations.add("I4 " + process + " s=" + entry.sequence() + ": epoch " + entry.epoch()
            + " after " + epoch);
      }
      epoch = entry.epoch();
    }
  }

  /** I5 and order: never more runs at once than allowed, begun in the order of acceptance. */
  private void runs(String process, int concurrency) {
    Set<InvocationId> open = new HashSet<>();
    List<String> queue = new ArrayList<>();
    for (JournalEntry entry : books.of(process)) {
      if (entry.data() instanceof EntryData.TriggerAccepted accepted) {
        queue.add(accepted.event().id());
      } else if (entry.data() instanceof EntryData.InvocationStart start) {
        begun(process, start, open, queue);
        if (open.size() > concurrency) {
          violations.add("I5 " + process + " s=" + entry.sequence() + ": " + open.size()
              + " open runs, expected<=" + concurrency);
        }
      } else if (entry.data() instanceof EntryData.InvocationResult result) {
        if (!open.remove(result.invocation())) {
          violations.add("I1 " + process + ": second result of " + result.invocation());
        }
        if (result.outcome() != EntryData.Outcome.COMPLETED) {
          violations.add("I10 " + process + ": " + result);
        }
      }
    }
    if (!open.isEmpty() || !queue.isEmpty()) {
      violations.add("I1 " + process + ": left open " + open + ", left queued " + queue);
    }
  }

  private void begun(
      String process, EntryData.InvocationStart start, Set<InvocationId> open, List<String> queue) {
    if (start.attempt() > 1) {
      if (!open.contains(start.invocation())) {
        violations.add("I1 " + process + ": attempt " + start.attempt() + " of "
            + start.invocation() + ", which is not open");
      }
      return;
    }
    String event = start.eventIds().get(0);
    if (queue.isEmpty() || !queue.remove(0).equals(event)) {
      violations.add("P13 " + process + ": run for " + event + " out of turn");
    }
    open.add(start.invocation());
  }

  /** I2: what the journal says was done was done once; a result is journaled once. */
  private void results(String process) {
    Set<String> keys = new HashSet<>();
    for (JournalEntry entry : books.of(process)) {
      if (!(entry.data() instanceof EntryData.ToolResult result)) {
        continue;
      }
      String key = result.invocation().effectKey(result.ordinal());
      if (!keys.add(key)) {
        violations.add("P3 " + process + ": two results of " + key);
      }
      boolean ours = result.tool().equals(LedgerTools.IDEMPOTENT)
          || result.tool().equals(LedgerTools.IRREVERSIBLE);
      if (ours && result.outcome() == EntryData.ToolOutcome.OK) {
        done(process, key, result.tool());
      } else if (ours && effects.containsKey(key)) {
        violations.add("I2 " + process + ": " + effects.get(key) + ", expected=none, as journaled");
      } else if (ours && !result.tool().equals(LedgerTools.IRREVERSIBLE)) {
        violations.add("I10 " + process + ": " + key + " did not work: " + result.text());
      }
    }
  }

  private void done(String process, String key, String tool) {
    booked.add(key);
    Ledger.Effect effect = effects.get(key);
    if (effect == null) {
      violations.add("I2 " + process + ": " + key + " is journaled as done, and was not");
    } else if (effect.effects() != 1) {
      violations.add("I2 " + process + ": " + effect + ", expected one effect");
    } else if (tool.equals(LedgerTools.IRREVERSIBLE) && effect.arrivals() != 1) {
      violations.add("I2 " + process + ": " + effect + ", expected one arrival");
    }
  }

  /** I1 and P2: what was acknowledged has run, once; one delivery id is one event. */
  private void accepted(String process, Collection<Load.Delivery> deliveries) {
    Map<String, List<InvocationId>> invocations = books.invocations(process);
    Map<String, String> eventOfKey = new HashMap<>();
    for (JournalEntry entry : books.of(process)) {
      if (entry.data() instanceof EntryData.TriggerAccepted accepted) {
        String key = String.valueOf(accepted.event().dedupKey());
        if (eventOfKey.put(key, accepted.event().id()) != null) {
          violations.add("P2 " + process + ": two events for the delivery " + key);
        }
      }
    }
    for (Load.Delivery delivery : deliveries) {
      Set<String> ids = new LinkedHashSet<>(delivery.ids());
      if (ids.size() > 1) {
        violations.add("P2 " + process + ": " + delivery.key() + " was answered with " + ids);
      }
      for (String id : ids) {
        if (!id.equals(eventOfKey.get(delivery.key()))) {
          violations.add("I1 " + process + ": " + delivery.key() + " was answered 202 with " + id
              + ", the journal has " + eventOfKey.get(delivery.key()));
        }
        if (invocations.getOrDefault(id, List.of()).size() != 1) {
          violations.add("I1 " + process + ": " + id + " of " + delivery.key() + " ran as "
              + invocations.getOrDefault(id, List.of()));
        }
      }
    }
  }

  /** P5: the context is what the committed runs wrote, in the order of their commits. */
  void context(String process, Map<?, ?> shown) {
    Map<InvocationId, List<ContextWrite>> writes = new HashMap<>();
    Map<String, Object> expected = new LinkedHashMap<>();
    for (JournalEntry entry : books.of(process)) {
      if (entry.data() instanceof EntryData.ToolResult result) {
        writes
            .computeIfAbsent(result.invocation(), id -> new ArrayList<>())
            .addAll(result.writes());
      } else if (entry.data() instanceof EntryData.InvocationResult result
          && result.outcome() == EntryData.Outcome.COMPLETED) {
        writes
            .getOrDefault(result.invocation(), List.of())
            .forEach(write -> expected.put(write.key(), write.value()));
      }
    }
    if (!Json.of(new TreeMap<>(expected)).equals(Json.of(new TreeMap<>(shown)))) {
      violations.add("P5 " + process + ": context " + shown + ", expected=" + expected);
    }
  }

  /** I1 as an operator sees it: every acknowledged event is in one listed, settled invocation. */
  void listed(
      String process, List<Map<String, Object>> invocations, Collection<Load.Delivery> deliveries) {
    Map<String, String> byEvent = new HashMap<>();
    for (Map<String, Object> invocation : invocations) {
      for (Object event : Answers.list(invocation.get("event_ids"))) {
        String other = byEvent.put(String.valueOf(event), Answers.text(invocation, "id"));
        if (other != null) {
          violations.add("I1 " + process + ": " + event + " is listed under " + other + " and "
              + invocation.get("id"));
        }
      }
      if (!"completed".equals(invocation.get("outcome"))) {
        violations.add("I1 " + process + ": listed and not completed: " + invocation);
      }
    }
    for (Load.Delivery delivery : deliveries) {
      for (String id : delivery.ids()) {
        if (!byEvent.containsKey(id)) {
          violations.add("I1 " + process + ": " + id + " of " + delivery.key() + " is not listed");
        }
      }
    }
  }
}
