package dev.agentruntime.fold;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an entry lets a process owe to others. Pure. */
final class Owing {

  /** Where addresses are that no node is. */
  private static final NodeId OUTSIDE = new NodeId("outside");

  private final ProcessId owner;
  private final JournalEntry entry;

  Owing(ProcessId owner, JournalEntry entry) {
    this.owner = owner;
    this.entry = entry;
  }

  /** What a run emitted is owed once it committed, to those whom its result names. */
  List<Outbox.Item> run(OpenRun run, EntryData.InvocationResult result) {
    List<Outbox.Item> items = new ArrayList<>();
    for (OpenRun.Emitted emitted : run.emitted()) {
      List<Due> due =
          items.size() < result.due().size() ? result.due().get(items.size()) : List.of();
      items.add(new Outbox.Item(
          emitted.id(),
          emitted.emission(),
          owner.name().value(),
          entry.time(),
          run.event().routing().hops() + 1,
          due,
          voice(run)));
    }
    if (result.due().size() > items.size()) {
      items.add(new Outbox.Item(
          Exchange.id(run),
          new Emission(
              Emission.Kind.MEMORY, Exchange.NAME, Exchange.of(run), Emission.Options.NONE),
          owner.name().value(),
          entry.time(),
          run.event().routing().hops() + 1,
          result.due().get(items.size()),
          voice(run)));
    }
    return items;
  }

  private static Emission.Voice voice(OpenRun run) {
    return run.isTainted() ? Emission.Voice.TAINTED : Emission.Voice.CLEAN;
  }

  /** What was said from outside. */
  Outbox.Item said(EntryData.Emitted emitted) {
    return new Outbox.Item(
        emitted.id(),
        emitted.emission(),
        emitted.source(),
        entry.time(),
        1,
        emitted.due(),
        Emission.Voice.OPERATOR);
  }

  /** Whoever is called for is told in each way that was asked for. */
  List<Outbox.Item> escalation(PeopleEntry.Escalation escalation) {
    List<Outbox.Item> items = new ArrayList<>();
    Emission event = escalation.asEvent(owner.name(), entry.time());
    if (event != null) {
      items.add(item(escalation.eventId(), event, escalation.due()));
    }
    Emission call = escalation.asWebhook(owner.name(), entry.time());
    if (call != null) {
      items.add(item(escalation.id(), call, List.of(new Due(OUTSIDE, owner.name(), "", null))));
    }
    return items;
  }

  private Outbox.Item item(String item, Emission emission, List<Due> due) {
    return new Outbox.Item(
        item,
        emission,
        owner.name().value(),
        entry.time(),
        1,
        due,
        // What it tells may quote what came from outside.
        Emission.Voice.TAINTED);
  }

  /** Whoever waits for the run of an event is owed its outcome, whatever that was. */
  Outbox.Item reply(TriggerEvent event, Routing.ReplyTo to, String outcome, String text) {
    // In this order: the image has a digest.
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("outcome", outcome);
    said.put("text", text);
    return new Outbox.Item(
        to.key() + "/reply",
        new Emission(Emission.Kind.REPLY, to.key(), Json.of(said), Emission.Options.NONE),
        owner.name().value(),
        entry.time(),
        event.routing().hops() + 1,
        List.of(new Due(to.node(), to.process(), "", null)),
        Emission.Voice.TAINTED);
  }
}
