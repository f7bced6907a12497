package dev.agentruntime.fold;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.EntryData.Delivery;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process owes to others: emissions that were committed and not acknowledged by everyone
 * they are owed to. Part of the fold. Owned by: the process's context.
 */
public final class Outbox {

  private final Map<String, Item> items = new LinkedHashMap<>();

  /**
   * An emission that is owed.
   *
   * @param id the same for ever, the dedup key at every receiver
   * @param source who said it
   * @param at when it was committed
   * @param hops how many emissions lie between it and a source outside, itself included
   * @param due who has not acknowledged it
   */
  public record Item(
      String id, Emission emission, String source, Instant at, int hops, List<Due> due) {
    /** Keeps an unmodifiable copy. */
    public Item {
      due = List.copyOf(due);
    }
  }

  void add(Item item) {
    if (!item.due().isEmpty()) {
      items.put(item.id(), item);
    }
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
    } else {
      items.put(item.id(), with(item, left));
    }
    return delivered.delivery() == Delivery.UNDELIVERABLE ? with(item, delivered.to()) : null;
  }

  /**
   * What is said to whoever waits for the run of an event.
   *
   * @param by who says it
   */
  record Said(ProcessName by, Instant at, String outcome, String text) {
    static Said of(OpenRun run, EntryData.InvocationResult result, ProcessName by, Instant at) {
      Message.Assistant last = run.lastReply();
      String text = last == null ? "" : last.text();
      return new Said(
          by,
          at,
          result.outcome().name().toLowerCase(Locale.ROOT),
          result.failure() == null ? text : result.failure().toString());
    }
  }

  /** Whoever waits for the run of an event is owed its outcome, whatever that was. */
  void reply(TriggerEvent event, Said said) {
    Routing.ReplyTo to = event.routing().replyTo();
    if (to != null) {
      // In this order: the image has a digest.
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("outcome", said.outcome());
      data.put("text", said.text());
      add(new Item(
          to.key() + "/reply",
          new Emission(Emission.Kind.REPLY, to.key(), Json.of(data), Emission.Options.NONE),
          said.by().value(),
          said.at(),
          event.routing().hops() + 1,
          List.of(new Due(to.node(), to.process(), "", null))));
    }
  }

  /** What a run emitted is owed from now on. */
  void owe(OpenRun run, EntryData.InvocationResult result, ProcessName by, Instant at) {
    int next = 0;
    for (OpenRun.Emitted emitted : run.emitted()) {
      List<Due> due = next < result.due().size() ? result.due().get(next) : List.of();
      next++;
      int hops = run.event().routing().hops() + 1;
      add(new Item(emitted.id(), emitted.emission(), by.value(), at, hops, due));
    }
  }

  /** A dead item is owed again from now on, beside what is still owed of it. */
  void again(Item dead, Instant now) {
    List<Due> due = new ArrayList<>(dead.due());
    Item known = items.get(dead.id());
    if (known != null) {
      due.removeAll(known.due());
      due.addAll(0, known.due());
    }
    add(new Item(dead.id(), dead.emission(), dead.source(), now, dead.hops(), due));
  }

  private static Item with(Item item, List<Due> due) {
    return new Item(item.id(), item.emission(), item.source(), item.at(), item.hops(), due);
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
