package dev.agentruntime.desk;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.PeopleEntry.InboxMessage;
import dev.agentruntime.entry.PeopleEntry.Priority;
import dev.agentruntime.entry.PeopleEntry.Said;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.Messages;
import dev.agentruntime.governance.Messages.Waiting;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.PeopleConfig.Inbox;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where operators leave messages for the next run of a process. No message starts a run. Owned by:
 * the process's context.
 */
public final class MessageDesk {

  /** Most senders in an hour: who speaks names himself, and could take another name each time. */
  static final int SENDERS_MAX = 1_000;

  private final ProcessLog log;
  private final ProcessDeps deps;

  /** Of one process. */
  public MessageDesk(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.deps = deps;
  }

  /**
   * What is to be left.
   *
   * @param sender who says it, empty when nobody says
   * @param ttl how long it waits, null = as the manifest has it
   * @param metadata a JSON object, shown with it
   */
  public record Draft(
      String content,
      PeopleEntry.Type type,
      String sender,
      Priority priority,
      @Nullable Duration ttl,
      Json metadata) {}

  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private Inbox inbox() {
    ProcessImage.Deployment deployment = log.image().deployment();
    Inbox inbox = deployment == null
        ? Inbox.OFF
        : deployment.config().governance().people().inbox();
    if (!inbox.enabled()) {
      throw new RuntimeFault(
          ErrorCode.INBOX_DISABLED,
          "process " + log.image().id().name() + " takes no messages, expected 'inbox' in its"
              + " manifest");
    }
    return inbox;
  }

  private Messages messages() {
    return log.image().governance().messages();
  }

  /**
   * Leaves a message. When no more may wait, the oldest of the least important makes room; one that
   * is critical, or more important than the new one, does not.
   *
   * @param by who leaves it, as the node knows him
   * @return {@code {"message_id","status":"queued","expires_at","evicted"?}}, when it is durable;
   *     fails with INBOX_DISABLED, PROCESS_STOPPED, INVALID_TYPE, RATE_LIMITED, MESSAGES_FULL or
   *     OVERLOADED
   */
  public Future<Json> leave(Draft draft, String by) {
    Inbox inbox = inbox();
    ProcessImage image = log.image();
    if (!Lifecycle.accepts(image.state())) {
      throw new RuntimeFault(
          ErrorCode.PROCESS_STOPPED,
          "process " + image.id().name() + " is " + image.state().word()
              + " and takes no messages, expected running");
    }
    Instant now = deps.timers().now();
    Duration ttl = check(draft, inbox);
    checkRate(draft.sender(), inbox, now);
    if (!log.accepting()) {
      throw new RuntimeFault(ErrorCode.OVERLOADED, log.pressure(), Duration.ofSeconds(5));
    }
    List<String> gone = makeRoom(draft.priority(), inbox, now);
    Said said = new Said(
        deps.ids().next(),
        draft.content(),
        draft.type(),
        draft.sender(),
        draft.priority(),
        now.plus(ttl),
        draft.metadata());
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("message_id", said.id());
    answer.put("status", "queued");
    answer.put("expires_at", said.expires().toString());
    if (!gone.isEmpty()) {
      answer.put("evicted", gone);
    }
    if (!log.keeps()) {
      answer.put("durable", false);
    }
    return log.write(new InboxMessage(said, gone, by)).map(done -> Json.of(answer));
  }

  private static Duration check(Draft draft, Inbox inbox) {
    int length = draft.content().length();
    if (draft.content().isBlank() || length > inbox.lengthMax()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "content, expected=1.." + inbox.lengthMax() + " characters, not all blank, actual="
              + length);
    }
    Duration ttl = draft.ttl();
    if (ttl != null && (ttl.isZero() || ttl.isNegative() || ttl.compareTo(inbox.ttlMax()) > 0)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE,
          "ttl, expected=1.." + inbox.ttlMax().toSeconds() + " seconds, actual=" + ttl.toSeconds());
    }
    return ttl == null ? inbox.ttl() : ttl;
  }

  private void checkRate(String sender, Inbox inbox, Instant now) {
    List<Instant> recent = messages().recent(sender, now);
    if (recent.isEmpty() && messages().senders(now) >= SENDERS_MAX) {
      throw new RuntimeFault(
          ErrorCode.RATE_LIMITED,
          "senders, expected=at most " + SENDERS_MAX + " that have said something within an hour",
          Duration.ofMinutes(1));
    }
    if (recent.size() >= inbox.perSender()) {
      Instant free = recent.get(recent.size() - inbox.perSender()).plus(Messages.WINDOW);
      throw new RuntimeFault(
          ErrorCode.RATE_LIMITED,
          (sender.isEmpty() ? "senders without a sender_id" : "sender " + Json.quote(sender))
              + ", expected=at most " + inbox.perSender() + " messages an hour",
          Duration.between(now, free).plusSeconds(1));
    }
  }

  private List<String> makeRoom(Priority priority, Inbox inbox, Instant now) {
    List<Waiting> all = new ArrayList<>(messages().waiting(now));
    List<String> gone = new ArrayList<>();
    // More than one only when a manifest made the inbox smaller.
    while (all.size() >= inbox.max()) {
      Waiting least = null;
      for (Waiting one : all) {
        boolean weighs = one.run() == null
            && one.said().priority() != Priority.CRITICAL
            && one.said().priority().compareTo(priority) <= 0;
        if (weighs
            && (least == null || one.said().priority().compareTo(least.said().priority()) < 0)) {
          least = one;
        }
      }
      if (least == null) {
        throw new RuntimeFault(
            ErrorCode.MESSAGES_FULL,
            "the messages of " + log.image().id().name() + ", expected<" + inbox.max()
                + " or one that matters no more than a " + word(priority) + " one, actual="
                + all.size() + ", all of which matter more or are being read",
            Duration.ofSeconds(30));
      }
      all.remove(least);
      gone.add(least.said().id());
    }
    return gone;
  }

  /** How many wait, for how long, and their heads; never what they say. */
  public Future<Json> list() {
    Inbox inbox = inbox();
    Instant now = deps.timers().now();
    List<Waiting> all = messages().waiting(now);
    Map<String, Object> counts = new TreeMap<>();
    for (Priority priority : Priority.values()) {
      counts.put(
          word(priority),
          all.stream().filter(one -> one.said().priority() == priority).count());
    }
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("total", all.size());
    view.put("max", inbox.max());
    view.put("being_read", all.stream().filter(one -> one.run() != null).count());
    view.put("by_priority", counts);
    view.put(
        "oldest_age_seconds",
        all.isEmpty() ? null : Duration.between(all.get(0).at(), now).toSeconds());
    view.put("messages", all.stream().map(MessageDesk::head).toList());
    Json shown = Json.of(view);
    return log.durable().map(shown);
  }

  private static Map<String, @Nullable Object> head(Waiting one) {
    Map<String, @Nullable Object> head = new LinkedHashMap<>();
    head.put("message_id", one.said().id());
    head.put("message_type", word(one.said().type()));
    head.put("priority", word(one.said().priority()));
    head.put("sender_id", one.said().sender().isEmpty() ? null : one.said().sender());
    head.put("length", one.said().content().length());
    head.put("sent_at", one.at().toString());
    head.put("expires_at", one.said().expires().toString());
    head.put("invocation", one.run() == null ? null : one.run().value());
    return head;
  }

  /** Takes back what no run has begun to read. */
  public Future<Void> clear(String by) {
    Inbox inbox = inbox();
    List<String> gone = messages().next(deps.timers().now()).stream()
        .map(one -> one.said().id())
        .toList();
    return gone.isEmpty() || !inbox.enabled()
        ? log.durable()
        : log.write(new InboxMessage(null, gone, by));
  }
}
