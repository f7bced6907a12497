package dev.agentruntime.entry;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Entries about what people tell a process, and what it tells people. */
public sealed interface PeopleEntry extends EntryData {

  /** The title of what operators have said, among the blocks of the run that reads it. */
  String BLOCK = "Operator Messages";

  /**
   * An operator said something for the next run to read, or what was said is taken back.
   *
   * @param message null when nothing was said
   * @param gone ids of messages that nobody will read any more: taken back, or to make room
   * @param by who did it
   */
  record InboxMessage(@Nullable Said message, List<String> gone, String by) implements PeopleEntry {
    /** Keeps an unmodifiable copy. */
    public InboxMessage {
      gone = List.copyOf(gone);
    }

    @Override
    public String kind() {
      return "inbox_message";
    }
  }

  /**
   * A person is called for.
   *
   * @param id the same in every copy of it that leaves the process
   * @param type what it is about, as in {@code budget.exceeded}
   * @param payload what is told: a JSON object
   * @param url where it is posted to, null = nowhere
   * @param event the type of the event that says it, null = none
   * @param due to whom that event is owed
   */
  record Escalation(
      String id,
      String type,
      Json payload,
      @Nullable String url,
      @Nullable String event,
      List<Due> due)
      implements PeopleEntry {
    private static final String EVENT = "/event";

    /** Keeps an unmodifiable copy. */
    public Escalation {
      due = List.copyOf(due);
    }

    /** The id of its event, the dedup key at every subscriber. */
    public String eventId() {
      return id + EVENT;
    }

    /** Whether an item of an outbox is the event of a call. */
    public static boolean isEvent(String item) {
      return item.endsWith(EVENT);
    }

    /** What subscribers are told, null when nobody is told by an event. */
    public @Nullable Emission asEvent(ProcessName process, Instant at) {
      return event == null ? null : said(Emission.Kind.EVENT, event, process, at);
    }

    /** What is posted, null when nothing is. */
    public @Nullable Emission asWebhook(ProcessName process, Instant at) {
      return url == null ? null : said(Emission.Kind.WEBHOOK, url, process, at);
    }

    private Emission said(Emission.Kind kind, String name, ProcessName process, Instant at) {
      Map<String, Object> told = new LinkedHashMap<>();
      told.put("id", id);
      told.put("type", type);
      told.put("process", process.value());
      told.put("time", at.toString());
      told.put("data", payload);
      return new Emission(kind, name, Json.of(told), Emission.Options.NONE);
    }

    @Override
    public String kind() {
      return "escalation";
    }
  }

  /**
   * What an operator said.
   *
   * @param sender who said it, empty when he gave no name
   * @param expires from when on nobody is to read it
   * @param metadata a JSON object
   */
  record Said(
      String id,
      String content,
      Type type,
      String sender,
      Priority priority,
      Instant expires,
      Json metadata) {}

  /** What an operator means by it. */
  enum Type {
    DIRECTIVE,
    CONTEXT,
    QUESTION,
    CORRECTION
  }

  /** What matters more, later in this list, is read first. */
  enum Priority {
    LOW,
    NORMAL,
    HIGH,
    CRITICAL
  }
}
