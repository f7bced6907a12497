package dev.agentruntime.fold;

import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ContextTrail;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.context.StateEntry;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An image as plain JSON, version 1. Values that are null are left out (marked ?). Where it says
 * {@code d:KIND} there stands the data of an entry of that kind, as in the journal ({@link
 * EntryCodec}); TIME is RFC 3339 in UTC. Context values and messages stand in one table each, for
 * the base of a run shares them with the image, and are named by their place in it.
 *
 * <pre>
 * {"image":1, "process":"billing#1", "sequence":17, "epoch":1, "born_at":TIME?,
 *  "state":"running", "reason":"", "causes":["idle"], "removed":false,
 *  "started_at":TIME?, "failed_at":TIME?, "restarted_at":[TIME],
 *  "accepted":3, "settled":2, "consecutive_failures":0, "restarts":0, "last_error":d:error?,
 *  "manifests":[d:process_deployed], "tool_sets":[d:tool_set], "tool_set":"digest"?,
 *  "cursors":[d:trigger_cursor],
 *  "values":[{"value":any, "version":1, "source":"agent", "invocation":ID?, "time":TIME,
 *             "untrusted":true?}],
 *  "messages":[{"role":"user", "text":""}],
 *  "context":CONTEXT, "trail":TRAIL, "conversation":[message], "conversation_untrusted":true?,
 *  "dedup":[{"trigger", "keys":[], "events":[], "fingerprints":[], "times_ms":[]}],
 *  "queue":{"events":[{"event":d:trigger_event, "at":TIME, "order":1, "place":"plain",
 *                      "run":ID?, "cancelled":true?}],
 *           "orders":2, "lanes":[{"key", "holders":[event id]}],
 *           "gathered":[{"trigger", "since":TIME?, "newest":TIME?}]},
 *  "runs":[RUN], "cancelled":[ID], "heads":[HEAD], "outbox":[ITEM],
 *  "dead_letters":[{"run":RUN, "head":HEAD, "at":TIME, "reason":""},
 *                  {"item":ITEM, "at":TIME, "reason":""}], "dead_letters_dropped":0}
 *
 * CONTEXT {"keys":[], "values":[value], "deleted":0}
 * TRAIL {"changes":[{"key", "value":any?, "version":1, "source":"api", "invocation":ID?,
 *                    "time":TIME}], "cut":[key], "forgot":false}
 * RUN  {"start":d:invocation_start, "first":9, "started_at":TIME, "events":[d:trigger_event],
 *       "context":CONTEXT, "conversation":[message],
 *       "conversation_untrusted":true?, "budget":"what was left"?,
 *       "steps":[{"s":10, "e":1, "t":TIME, "k":KIND, "d":d:KIND}],
 *       "attempt":1, "ran_ms":0, "mark":TIME, "failures":0, "crashes":0, "retry_at":TIME?,
 *       "cancelled":"why"?}
 * HEAD {"events":[id], "attempt":1, "result":d:invocation_result, "started_at":TIME, "first":9,
 *       "last":12}
 * ITEM {"emission":d:emitted, "at":TIME, "hops":1, "voice":"operator"?}
 * </pre>
 */
public final class ImageWriter {

  /** The version this code writes, and the only one that {@link ImageReader} reads. */
  static final int VERSION = 1;

  private final Table<StateEntry> values = new Table<>();
  private final Table<Message> messages = new Table<>();

  private ImageWriter() {}

  /**
   * Takes what an image holds now; on the process's context, and quick, for what is large is only
   * referred to.
   *
   * @return writes what was taken, on any thread, once
   */
  public static Supplier<Json> capture(ProcessImage image) {
    Map<String, Object> all = new ImageWriter().image(image);
    return () -> Json.of(all);
  }

  /** Items that are shown when they are written. */
  private record Each<T>(List<T> items, Function<T, ?> shown) implements Iterable<Object> {
    @Override
    public Iterator<Object> iterator() {
      return items.stream().<Object>map(shown).iterator();
    }
  }

  /** Objects and their places, each object once. */
  private static final class Table<T> {
    private final List<T> all = new ArrayList<>();
    private final IdentityHashMap<T, Integer> places = new IdentityHashMap<>();

    int place(T item) {
      Integer known = places.putIfAbsent(item, all.size());
      if (known != null) {
        return known;
      }
      all.add(item);
      return all.size() - 1;
    }
  }

  private Map<String, Object> image(ProcessImage image) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("image", VERSION);
    all.put("process", image.id().toString());
    all.put("sequence", image.sequence());
    all.put("epoch", image.epoch());
    time(all, "born_at", image.bornAt());
    all.put("state", image.state().word());
    all.put("reason", image.reason());
    all.put("causes", image.causes());
    all.put("removed", image.removed());
    time(all, "started_at", image.life().startedAt());
    time(all, "failed_at", image.life().failedAt());
    all.put(
        "restarted_at", image.life().restarts.stream().map(Instant::toString).toList());
    all.put("accepted", image.accepted());
    all.put("settled", image.settled());
    all.put("consecutive_failures", image.consecutiveFailures());
    all.put("restarts", image.restarts());
    put(all, "last_error", image.lastError() == null ? null : data(image.lastError()));
    all.put(
        "manifests",
        image.deployments.values().stream().map(one -> data(one.entry())).toList());
    List<Object> tools = new ArrayList<>();
    image.toolSets().forEach((key, set) -> tools.add(data(toolSet(key, set))));
    all.put("tool_sets", tools);
    put(all, "tool_set", image.toolSet());
    List<Object> cursors = new ArrayList<>();
    image
        .cursors()
        .forEach((trigger, at) -> cursors.add(data(new EntryData.TriggerCursor(trigger, at))));
    all.put("cursors", cursors);
    // Written last, when they are full; every reader takes fields by name.
    all.put("context", context(image.context()));
    all.put("trail", trail(image.trail()));
    all.put("conversation", conversation(image.conversation()));
    put(all, "conversation_untrusted", image.conversation().isUntrusted() ? true : null);
    all.put("dedup", dedup(image.dedup()));
    all.put("queue", queue(image.queue()));
    all.put("runs", image.runs().values().stream().map(this::run).toList());
    all.put(
        "cancelled", image.open().cancelled().stream().map(InvocationId::value).toList());
    all.put("heads", image.heads().stream().map(ImageWriter::head).toList());
    all.put("outbox", new Each<>(List.copyOf(image.outbox().items()), ImageWriter::item));
    all.put("dead_letters", image.deadLetters().all().stream().map(this::letter).toList());
    all.put("dead_letters_dropped", image.deadLetters().dropped());
    Map<String, Object> governance = image.governance().toValues();
    put(all, "governance", governance.isEmpty() ? null : governance);
    all.put("values", new Each<>(values.all, ImageWriter::value));
    all.put("messages", new Each<>(messages.all, ImageWriter::message));
    return all;
  }

  private Map<String, Object> context(AgentContext context) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("keys", context.keys());
    all.put("values", context.entries().values().stream().map(values::place).toList());
    all.put("deleted", context.deleted());
    return all;
  }

  private static Map<String, Object> trail(ContextTrail trail) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("changes", new Each<>(List.copyOf(trail.changes()), ImageWriter::change));
    all.put("cut", List.copyOf(trail.cut()));
    all.put("forgot", trail.forgot());
    return all;
  }

  private static Object change(ContextTrail.Change change) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("key", change.key());
    put(all, "value", change.value());
    all.put("version", change.version());
    all.put("source", change.source());
    InvocationId invocation = change.invocation();
    put(all, "invocation", invocation == null ? null : invocation.value());
    time(all, "time", change.time());
    return all;
  }

  /** All tools under their digest, or those of one server under its name. */
  private static EntryData.ToolSet toolSet(String key, Json definitions) {
    return key.startsWith("@")
        ? new EntryData.ToolSet("", definitions, key.substring(1), null)
        : new EntryData.ToolSet(key, definitions, null, null);
  }

  private List<Integer> conversation(Conversation conversation) {
    return conversation.messages().stream().map(messages::place).toList();
  }

  private static Object value(StateEntry entry) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("value", entry.value());
    all.put("version", entry.version());
    all.put("source", entry.source());
    InvocationId invocation = entry.invocation();
    put(all, "invocation", invocation == null ? null : invocation.value());
    time(all, "time", entry.time());
    put(all, "untrusted", entry.untrusted() ? true : null);
    return all;
  }

  /** A conversation holds what was asked and what was answered, and no tool calls. */
  private static Object message(Message message) {
    if (message instanceof Message.UserText user) {
      return pair("user", user.text());
    } else if (message instanceof Message.Assistant reply && reply.calls().isEmpty()) {
      return pair("assistant", reply.text());
    }
    throw new IllegalArgumentException("no format for " + message.getClass().getSimpleName());
  }

  private static Object pair(String role, String text) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("role", role);
    all.put("text", text);
    return all;
  }

  private static List<Object> dedup(Dedup dedup) {
    List<Object> all = new ArrayList<>();
    dedup.byTrigger.forEach((trigger, known) -> {
      List<Dedup.Known> each = List.copyOf(known.values());
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("trigger", trigger);
      one.put("keys", List.copyOf(known.keySet()));
      one.put("events", new Each<>(each, Dedup.Known::eventId));
      one.put("fingerprints", new Each<>(each, Dedup.Known::fingerprint));
      one.put("times_ms", new Each<>(each, key -> key.time().toEpochMilli()));
      all.add(one);
    });
    return all;
  }

  /** What of a waiting event may change. */
  private record Waiting(
      TriggerEvent event,
      Instant at,
      long order,
      QueuedEvent.Place place,
      @Nullable InvocationId run,
      boolean cancelled) {

    static Waiting of(QueuedEvent item) {
      return new Waiting(item.event, item.at, item.order, item.place, item.run, item.cancelled);
    }

    Object shown() {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("event", data(new EntryData.TriggerAccepted(event)));
      time(all, "at", at);
      all.put("order", order);
      all.put("place", place.word());
      put(all, "run", run == null ? null : run.value());
      put(all, "cancelled", cancelled ? true : null);
      return all;
    }
  }

  private static Map<String, Object> queue(EventQueue queue) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(
        "events",
        new Each<>(queue.items.values().stream().map(Waiting::of).toList(), Waiting::shown));
    all.put("orders", queue.orders);
    List<Object> lanes = new ArrayList<>();
    queue.lanes.forEach((key, lane) -> {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("key", key);
      one.put("holders", lane.holders.stream().map(item -> item.event.id()).toList());
      lanes.add(one);
    });
    all.put("lanes", lanes);
    List<Object> gathered = new ArrayList<>();
    queue.watched.forEach((trigger, gathering) -> {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("trigger", trigger);
      time(one, "since", gathering.since);
      time(one, "newest", gathering.newest);
      gathered.add(one);
    });
    all.put("gathered", gathered);
    return all;
  }

  private Map<String, Object> run(OpenRun run) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("start", data(run.start()));
    all.put("first", run.firstSequence());
    time(all, "started_at", run.startedAt());
    all.put(
        "events", new Each<>(run.events(), event -> data(new EntryData.TriggerAccepted(event))));
    all.put("context", context(run.base().context()));
    all.put("conversation", conversation(run.base().conversation()));
    put(all, "conversation_untrusted", run.base().conversation().isUntrusted() ? true : null);
    put(all, "budget", run.base().budget().isEmpty() ? null : run.base().budget());
    all.put("steps", new Each<>(List.copyOf(run.steps()), ImageWriter::step));
    all.put("attempt", run.attempt());
    all.put("ran_ms", run.ran().toMillis());
    time(all, "mark", run.mark);
    all.put("failures", run.failures());
    all.put("crashes", run.crashes());
    put(all, "parked", run.isParked() ? true : null);
    put(all, "cut", run.cut ? true : null);
    time(all, "retry_at", run.retryAt());
    put(all, "cancelled", run.cancelled());
    return all;
  }

  private static Object step(JournalEntry entry) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("s", entry.sequence());
    all.put("e", entry.epoch());
    time(all, "t", entry.time());
    all.put("k", entry.data().kind());
    all.put("d", data(entry.data()));
    return all;
  }

  private static Map<String, Object> head(RunHead head) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("events", head.eventIds());
    all.put("attempt", head.attempt());
    all.put("result", data(head.result()));
    time(all, "started_at", head.startedAt());
    all.put("first", head.first());
    all.put("last", head.last());
    return all;
  }

  private static Object item(Outbox.Item item) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(
        "emission",
        data(new EntryData.Emitted(
            item.id(), item.emission(), item.source(), item.due(), Emission.Voice.TAINTED)));
    time(all, "at", item.at());
    all.put("hops", item.hops());
    put(all, "voice", item.voice().written());
    return all;
  }

  private Object letter(DeadLetters.DeadLetter letter) {
    Map<String, Object> all = new LinkedHashMap<>();
    if (letter instanceof DeadLetters.FailedRun failed) {
      all.put("run", run(failed.run()));
      all.put("head", head(failed.head()));
    } else if (letter instanceof DeadLetters.Undelivered undelivered) {
      all.put("item", item(undelivered.item()));
    }
    time(all, "at", letter.at());
    all.put("reason", letter.reason());
    return all;
  }

  private static Json data(EntryData data) {
    return EntryCodec.data(data);
  }

  private static void time(Map<String, Object> all, String name, @Nullable Instant time) {
    put(all, name, time == null ? null : time.toString());
  }

  private static void put(Map<String, Object> all, String name, @Nullable Object value) {
    if (value != null) {
      all.put(name, value);
    }
  }
}
