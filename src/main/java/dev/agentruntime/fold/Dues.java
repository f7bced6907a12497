package dev.agentruntime.fold;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import org.jspecify.annotations.Nullable;

/**
 * What a process comes to owe by its entries, and what becomes of it. {@code letters} is how many
 * dead letters are kept. Part of the fold.
 */
final class Dues {

  private final ProcessId id;
  private final Outbox outbox;
  private final DeadLetters deadLetters;
  private final Dedup dedup;

  Dues(ProcessId id, Outbox outbox, DeadLetters deadLetters, Dedup dedup) {
    this.id = id;
    this.outbox = outbox;
    this.deadLetters = deadLetters;
    this.dedup = dedup;
  }

  /** Whoever waits for the run of an event is owed its outcome, whatever that was. */
  void reply(JournalEntry entry, TriggerEvent event, String outcome, String text, int letters) {
    Routing.@Nullable ReplyTo to = event.routing().replyTo();
    if (to != null) {
      owe(new Owing(id, entry).reply(event, to, outcome, text), letters);
    }
  }

  /** What a run said is owed once it has committed. */
  void commit(JournalEntry entry, OpenRun run, EntryData.InvocationResult result, int letters) {
    new Owing(id, entry).run(run, result).forEach(item -> owe(item, letters));
  }

  /** Something was said outside any run. */
  void said(JournalEntry entry, EntryData.Emitted emitted, int letters) {
    if (emitted.id().startsWith(Outbox.KEYED)) {
      dedup.add(Outbox.asEvent(emitted.id(), emitted.emission(), emitted.source(), entry.time()));
    }
    owe(new Owing(id, entry).said(emitted), letters);
  }

  /** A person is called for. */
  void escalated(JournalEntry entry, PeopleEntry.Escalation escalation, int letters) {
    new Owing(id, entry).escalation(escalation).forEach(item -> owe(item, letters));
  }

  /**
   * A message, or a call for a person, that nobody wants is a dead letter at once; any other event
   * that nobody wants is done.
   */
  private void owe(Outbox.Item item, int letters) {
    boolean missed = item.emission().kind() == Emission.Kind.MESSAGE
        || PeopleEntry.Escalation.isEvent(item.id());
    if (item.due().isEmpty() && missed) {
      deadLetters.add(new DeadLetters.Undelivered(item, item.at(), "no taker"), letters);
    } else {
      outbox.add(item);
    }
  }

  /** An item, or its part for one node, needs no more care. */
  void delivered(JournalEntry entry, EntryData.EffectDelivered delivered, int letters) {
    Outbox.Item dead = outbox.delivered(delivered);
    if (dead != null) {
      deadLetters.add(new DeadLetters.Undelivered(dead, entry.time(), "nobody took it"), letters);
    }
  }
}
