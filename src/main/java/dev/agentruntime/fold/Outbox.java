package dev.agentruntime.fold;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Delivery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a process owes to others: emissions that were committed and not acknowledged by everyone
 * they are owed to. Part of the fold. Owned by: the process's context.
 */
public final class Outbox {

  /** Begins the id of an item that was said under a key from outside. */
  public static final String KEYED = "key-";

  private final Map<String, Item> items = new LinkedHashMap<>();
  private final Set<String> fresh = new LinkedHashSet<>();

  /**
   * An emission that is owed.
   *
   * @param id the same for ever, the dedup key at every receiver
   * @param source who said it
   * @param at when it was committed
   * @param hops how many emissions lie between it and a source outside, itself included
   * @param due who has not acknowledged it
   * @param voice who said it, by what the runtime knows
   */
  public record Item(
      String id,
      Emission emission,
      String source,
      Instant at,
      int hops,
      List<Due> due,
      Emission.Voice voice) {
    /** Keeps an unmodifiable copy. */
    public Item {
      due = List.copyOf(due);
    }

    /** The same, owed to others since another time. */
    Item owed(Instant since, List<Due> to) {
      return new Item(id, emission, source, since, hops, to, voice);
    }
  }

  /** What was said from outside as the dedup memory knows it: the same id is the same key. */
  public static TriggerEvent asEvent(String id, Emission emission, String source, Instant time) {
    Json payload = Json.of(List.of(
        emission.kind().name(),
        emission.name(),
        source,
        String.valueOf(emission.options()),
        emission.data()));
    return new TriggerEvent(id, "emitted", "emitted", time, payload, Json.EMPTY, id, false);
  }

  void add(Item item) {
    if (!item.due().isEmpty()) {
      put(item);
    }
  }

  void put(Item item) {
    items.put(item.id(), item);
    fresh.add(item.id());
  }

  /** The ids of what was added since this was last asked and is still owed, oldest first. */
  public List<String> takeFresh() {
    if (fresh.isEmpty()) {
      return List.of();
    }
    List<String> taken = List.copyOf(fresh);
    fresh.clear();
    return taken;
  }

  /** Answers what is dead of it, null when nothing is. */
  @Nullable
  Item delivered(EntryData.EffectDelivered delivered) {
    Item item = items.get(delivered.item());
    if (item == null) {
      return null;
    }
    List<Due> left = new ArrayList<>(item.due());
    left.removeAll(delivered.to());
    left.addAll(delivered.moved());
    if (left.isEmpty()) {
      items.remove(item.id());
      fresh.remove(item.id());
    } else {
      items.put(item.id(), with(item, left));
    }
    return delivered.delivery() == Delivery.UNDELIVERABLE ? with(item, delivered.to()) : null;
  }

  /**
   * A dead item is owed again from now on, beside what is still owed of it. One that nobody wanted
   * is owed to nobody until somebody is found for it.
   */
  void again(Item dead, Instant now) {
    List<Due> due = new ArrayList<>(dead.due());
    Item known = items.get(dead.id());
    if (known != null) {
      due.removeAll(known.due());
      due.addAll(0, known.due());
    }
    put(dead.owed(now, due));
  }

  private static Item with(Item item, List<Due> due) {
    return item.owed(item.at(), due);
  }

  /** Oldest first. */
  public Collection<Item> items() {
    return items.values();
  }

  public @Nullable Item item(String id) {
    return items.get(id);
  }

  public int size() {
    return items.size();
  }
}
