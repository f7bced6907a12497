package dev.agentruntime.fold;

import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.Fields;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ContextTrail;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.context.StateEntry;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.manifest.ManifestReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link ImageWriter} wrote: an image in which nothing is missing. Beside the fold only
 * this class fills the fields of an image that are not private. For one thread.
 */
public final class ImageReader {

  private final ProcessImage image;
  private final List<StateEntry> values = new ArrayList<>();
  private final List<Message> messages = new ArrayList<>();

  private ImageReader(ProcessImage image) {
    this.image = image;
  }

  /**
   * Reads an image.
   *
   * @throws RuntimeFault {@code JOURNAL_FORMAT} when it is of another version, {@code
   *     JOURNAL_CORRUPT} when it is none
   */
  public static ProcessImage read(Json json) {
    byte[] bytes = json.bytes();
    try {
      Fields d = new Fields(bytes, 0, bytes.length);
      if (d.integer("image") != ImageWriter.VERSION) {
        throw new RuntimeFault(
            ErrorCode.JOURNAL_FORMAT,
            "image of " + d.text("process") + " is of another version, expected="
                + ImageWriter.VERSION + ", actual=" + d.integer("image"));
      }
      ImageReader reader = new ImageReader(new ProcessImage(ProcessId.parse(d.text("process"))));
      reader.life(d);
      reader.holdings(d);
      reader.queue(d.object("queue"));
      reader.work(d);
      return reader.image;
    } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException e) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, "image: " + e.getMessage(), e);
    }
  }

  private void life(Fields d) {
    image.sequence = d.number("sequence");
    image.epoch = d.number("epoch");
    image.life().bornAt = time(d, "born_at");
    image.state = ProcessState.of(d.text("state"));
    image.reason = d.text("reason");
    image.causes.addAll(d.texts("causes"));
    image.removed = d.flag("removed");
    image.life().startedAt = time(d, "started_at");
    image.life().failedAt = time(d, "failed_at");
    d.texts("restarted_at").forEach(at -> image.life().restarts.add(Instant.parse(at)));
    image.accepted = d.number("accepted");
    image.settled = d.number("settled");
    image.consecutiveFailures = d.integer("consecutive_failures");
    image.restarts = d.integer("restarts");
    Fields error = d.optionalObject("last_error");
    image.lastError = error == null ? null : data(EntryData.ErrorNoted.class, "error", error);
  }

  private void holdings(Fields d) {
    for (Fields each : d.objects("manifests")) {
      DeployEntry.ProcessDeployed entry =
          data(DeployEntry.ProcessDeployed.class, "process_deployed", each);
      image.deployments.put(
          entry.version(),
          new ProcessImage.Deployment(entry, ManifestReader.fromResolved(entry.manifest())));
    }
    for (Fields each : d.objects("tool_sets")) {
      EntryData.ToolSet set = data(EntryData.ToolSet.class, "tool_set", each);
      image.toolSets.put(set.key(), set.definitions());
    }
    image.toolSet = d.optionalText("tool_set");
    for (Fields each : d.objects("cursors")) {
      EntryData.TriggerCursor at = data(EntryData.TriggerCursor.class, "trigger_cursor", each);
      image.cursors.put(at.triggerId(), at.cursor());
    }
    for (Fields each : d.objects("values")) {
      values.add(new StateEntry(
          each.json("value"),
          each.number("version"),
          each.text("source"),
          invocation(each),
          Instant.parse(each.text("time")),
          isTrue(each, "untrusted")));
    }
    for (Fields each : d.objects("messages")) {
      messages.add(
          each.text("role").equals("user")
              ? new Message.UserText(each.text("text"))
              : new Message.Assistant(each.text("text"), List.of()));
    }
    image.knowledge.restore(
        context(d.object("context")), trail(d.object("trail")), conversation(d));
    for (Fields each : d.objects("dedup")) {
      dedup(each);
    }
  }

  private AgentContext context(Fields d) {
    Map<String, StateEntry> entries = new LinkedHashMap<>();
    List<Long> places = d.numbers("values");
    List<String> keys = d.texts("keys");
    for (int i = 0; i < keys.size(); i++) {
      entries.put(keys.get(i), values.get(Math.toIntExact(places.get(i))));
    }
    return AgentContext.of(entries, d.number("deleted"));
  }

  private static ContextTrail trail(Fields d) {
    List<ContextTrail.Change> changes = new ArrayList<>();
    for (Fields each : d.objects("changes")) {
      changes.add(new ContextTrail.Change(
          each.text("key"),
          each.optionalJson("value"),
          each.number("version"),
          each.text("source"),
          invocation(each),
          Instant.parse(each.text("time"))));
    }
    return ContextTrail.of(changes, Set.copyOf(d.texts("cut")), d.flag("forgot"));
  }

  private static @Nullable InvocationId invocation(Fields d) {
    String invocation = d.optionalText("invocation");
    return invocation == null ? null : new InvocationId(invocation);
  }

  private Conversation conversation(Fields d) {
    Conversation said = Conversation.of(d.numbers("conversation").stream()
        .map(place -> messages.get(Math.toIntExact(place)))
        .toList());
    return isTrue(d, "conversation_untrusted") ? said.tainted() : said;
  }

  private void dedup(Fields d) {
    List<String> keys = d.texts("keys");
    List<String> events = d.texts("events");
    List<Long> fingerprints = d.numbers("fingerprints");
    List<Long> times = d.numbers("times_ms");
    LinkedHashMap<String, Dedup.Known> known = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      known.put(
          keys.get(i),
          new Dedup.Known(events.get(i), fingerprints.get(i), Instant.ofEpochMilli(times.get(i))));
    }
    image.dedup.byTrigger.put(d.text("trigger"), known);
  }

  private void queue(Fields d) {
    EventQueue queue = image.queue;
    ProcessImage.Deployment deployment = image.deployment();
    if (deployment != null) {
      queue.rules(deployment.config().triggers());
    }
    for (Fields each : d.objects("gathered")) {
      Gathering gathering = queue.watched.get(each.text("trigger"));
      if (gathering == null) {
        throw new IllegalArgumentException("no rules for trigger " + each.text("trigger"));
      }
      gathering.since = time(each, "since");
      gathering.newest = time(each, "newest");
    }
    for (Fields each : d.objects("events")) {
      QueuedEvent item = new QueuedEvent(
          event(each.object("event")), Instant.parse(each.text("at")), each.number("order"));
      String run = each.optionalText("run");
      item.place = QueuedEvent.Place.of(each.text("place"));
      item.run = run == null ? null : new InvocationId(run);
      item.cancelled = each.optionalJson("cancelled") != null;
      put(queue, item);
    }
    for (Fields each : d.objects("lanes")) {
      EventQueue.Lane lane = queue.lane(each.text("key"));
      for (String id : each.texts("holders")) {
        QueuedEvent holder = queue.items.get(id);
        if (holder == null) {
          throw new IllegalArgumentException("no event " + id + " in the queue");
        }
        lane.holders.add(holder);
      }
    }
    queue.orders = d.number("orders");
  }

  /** Back where it was; who holds a lane is said apart, for that has an order of its own. */
  private static void put(EventQueue queue, QueuedEvent item) {
    queue.items.put(item.event.id(), item);
    queue.bytes += item.event.size();
    Gathering gathering = queue.watched.get(item.event.triggerId());
    if (gathering != null) {
      gathering.all.add(item);
    }
    switch (item.place) {
      case PLAIN -> queue.plain.add(item);
      case SPECIAL -> queue.special.add(item);
      case FOLLOWS -> queue.lane(String.valueOf(item.key())).followers.add(item);
      case GATHERED -> {
        if (gathering == null) {
          throw new IllegalArgumentException("event " + item.event.id() + " gathered by nobody");
        }
        gathering.gathered.add(item);
      }
      case RUNS -> queue.running++;
    }
  }

  private void work(Fields d) {
    for (Fields each : d.objects("runs")) {
      image.runs.add(run(each));
    }
    for (String id : d.texts("cancelled")) {
      image.runs.cancelled.add(new InvocationId(id));
    }
    for (Fields each : d.objects("heads")) {
      image.heads.addLast(head(each));
    }
    for (Fields each : d.objects("outbox")) {
      image.outbox.put(item(each));
    }
    for (Fields each : d.objects("dead_letters")) {
      Instant at = Instant.parse(each.text("at"));
      String reason = each.text("reason");
      DeadLetters.DeadLetter letter = each.optionalObject("run") == null
          ? new DeadLetters.Undelivered(item(each.object("item")), at, reason)
          : new DeadLetters.FailedRun(
              run(each.object("run")), head(each.object("head")), at, reason);
      image.deadLetters.add(letter, Integer.MAX_VALUE);
    }
    image.deadLetters.dropped = d.number("dead_letters_dropped");
    Fields governance = d.optionalObject("governance");
    if (governance != null) {
      image.governance().read(governance);
    }
  }

  private OpenRun run(Fields d) {
    EntryData.InvocationStart start =
        data(EntryData.InvocationStart.class, "invocation_start", d.object("start"));
    JournalEntry begun = new JournalEntry(
        image.id(), d.number("first"), image.epoch, Instant.parse(d.text("started_at")), start);
    List<TriggerEvent> events =
        d.objects("events").stream().map(ImageReader::event).toList();
    String budget = d.optionalText("budget");
    OpenRun.Base base = new OpenRun.Base(
        context(d.object("context")), conversation(d), budget == null ? "" : budget);
    OpenRun run = new OpenRun(begun, start, events, base);
    for (Fields each : d.objects("steps")) {
      run.step(new JournalEntry(
          image.id(),
          each.number("s"),
          each.number("e"),
          Instant.parse(each.text("t")),
          EntryCodec.data(each.text("k"), each.object("d"))));
    }
    run.attempt = d.integer("attempt");
    run.ran = Duration.ofMillis(d.number("ran_ms"));
    run.mark = Instant.parse(d.text("mark"));
    run.failures = d.integer("failures");
    run.crashes = d.integer("crashes");
    run.parked = isTrue(d, "parked");
    run.cut = isTrue(d, "cut");
    run.rest(time(d, "retry_at"));
    run.cancelled = d.optionalText("cancelled");
    return run;
  }

  private static RunHead head(Fields d) {
    EntryData.InvocationResult result =
        data(EntryData.InvocationResult.class, "invocation_result", d.object("result"));
    return new RunHead(
        result.invocation(),
        d.texts("events"),
        d.integer("attempt"),
        result,
        Instant.parse(d.text("started_at")),
        d.number("first"),
        d.number("last"));
  }

  private static Outbox.Item item(Fields d) {
    EntryData.Emitted said = data(EntryData.Emitted.class, "emitted", d.object("emission"));
    return new Outbox.Item(
        said.id(),
        said.emission(),
        said.source(),
        Instant.parse(d.text("at")),
        d.integer("hops"),
        said.due(),
        Emission.Voice.of(d.optionalText("voice")));
  }

  private static TriggerEvent event(Fields d) {
    return data(EntryData.TriggerAccepted.class, "trigger_event", d).event();
  }

  private static <T extends EntryData> T data(Class<T> type, String kind, Fields d) {
    return type.cast(EntryCodec.data(kind, d));
  }

  private static boolean isTrue(Fields d, String name) {
    return d.optionalJson(name) != null && d.flag(name);
  }

  private static @Nullable Instant time(Fields d, String name) {
    String text = d.optionalText(name);
    return text == null ? null : Instant.parse(text);
  }
}
