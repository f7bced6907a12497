package dev.agentruntime.governance;

import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.PeopleEntry.InboxMessage;
import dev.agentruntime.entry.PeopleEntry.Said;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What operators have said that no run has taken yet. A run that begins takes all of it; when it
 * completes they are read, and when it fails the next run takes them. Part of the fold. Owned by:
 * the process's context.
 */
public final class Messages implements Governed {

  /** In which a sender's messages are counted. */
  public static final Duration WINDOW = Duration.ofHours(1);

  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private final Map<String, Deque<Instant>> senders = new TreeMap<>();

  /**
   * A message that waits.
   *
   * @param at when it was said
   * @param run which run has it, null = none
   */
  public record Waiting(Said said, Instant at, @Nullable InvocationId run) {}

  @Override
  public String name() {
    return "messages";
  }

  @Override
  public void apply(JournalEntry entry, @Nullable ProcessConfig config) {
    EntryData data = entry.data();
    if (data instanceof InboxMessage inbox) {
      said(inbox, entry.time());
    } else if (waiting.isEmpty()) {
      return;
    } else if (data instanceof EntryData.InvocationStart start) {
      if (start.attempt() == 1 && start.blocks().containsKey(PeopleEntry.BLOCK)) {
        forget(entry.time());
        waiting.replaceAll((id, one) ->
            one.run() == null ? new Waiting(one.said(), one.at(), start.invocation()) : one);
      }
    } else if (data instanceof EntryData.InvocationResult result) {
      if (result.outcome() == EntryData.Outcome.COMPLETED) {
        waiting.values().removeIf(one -> result.invocation().equals(one.run()));
      } else {
        waiting.replaceAll((id, one) ->
            result.invocation().equals(one.run()) ? new Waiting(one.said(), one.at(), null) : one);
      }
    } else if (data instanceof DeployEntry.ProcessDeployed
        && config != null
        && !config.governance().people().inbox().enabled()) {
      waiting.clear();
      senders.clear();
    }
  }

  private void said(InboxMessage inbox, Instant now) {
    inbox.gone().forEach(waiting::remove);
    Said said = inbox.message();
    if (said == null) {
      return;
    }
    forget(now);
    waiting.put(said.id(), new Waiting(said, now, null));
    senders.values().forEach(times -> times.removeIf(at -> !at.isAfter(now.minus(WINDOW))));
    senders.values().removeIf(Deque::isEmpty);
    senders.computeIfAbsent(said.sender(), sender -> new ArrayDeque<>()).add(now);
  }

  private void forget(Instant now) {
    waiting.values().removeIf(one -> one.run() == null && isOver(one, now));
  }

  private static boolean isOver(Waiting one, Instant now) {
    return !one.said().expires().isAfter(now);
  }

  // --- What is known

  /** Those whose time is not over, the oldest first; also those that a run has. */
  public List<Waiting> waiting(Instant now) {
    return waiting.values().stream()
        .filter(one -> one.run() != null || !isOver(one, now))
        .toList();
  }

  /** What a run that begins now reads: the most important first, of equals the oldest. */
  public List<Waiting> next(Instant now) {
    List<Waiting> next = new ArrayList<>(waiting.values());
    next.removeIf(one -> one.run() != null || isOver(one, now));
    // Stable, so that among equals the order of the journal stays.
    next.sort((a, b) -> b.said().priority().compareTo(a.said().priority()));
    return next;
  }

  /**
   * When a sender's messages within the last hour were said, oldest first. What a clock that was
   * ahead wrote of times that are yet to come counts for nothing.
   */
  public List<Instant> recent(String sender, Instant now) {
    Deque<Instant> times = senders.get(sender);
    return times == null
        ? List.of()
        : times.stream().filter(at -> isRecent(at, now)).toList();
  }

  /** How many have said something within the last hour, however they call themselves. */
  public long senders(Instant now) {
    return senders.values().stream()
        .filter(times -> times.stream().anyMatch(at -> isRecent(at, now)))
        .count();
  }

  private static boolean isRecent(Instant at, Instant now) {
    return at.isAfter(now.minus(WINDOW)) && !at.isAfter(now);
  }

  // --- As an image keeps it

  @Override
  public Map<String, Object> toValues() {
    Map<String, Object> all = new LinkedHashMap<>();
    if (!waiting.isEmpty()) {
      all.put("waiting", waiting.values().stream().map(Messages::shown).toList());
    }
    if (!senders.isEmpty()) {
      List<Object> each = new ArrayList<>();
      senders.forEach((sender, times) -> {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("sender", sender);
        one.put("times", times.stream().map(Instant::toString).toList());
        each.add(one);
      });
      all.put("senders", each);
    }
    return all;
  }

  private static Object shown(Waiting one) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("message", EntryCodec.data(new InboxMessage(one.said(), List.of(), "")));
    all.put("at", one.at().toString());
    InvocationId run = one.run();
    if (run != null) {
      all.put("run", run.value());
    }
    return all;
  }

  @Override
  public void read(Fields values) {
    for (Fields one : values.objects("waiting")) {
      InboxMessage kept = (InboxMessage) EntryCodec.data("inbox_message", one.object("message"));
      Said said = Objects.requireNonNull(kept.message());
      String run = one.optionalText("run");
      waiting.put(
          said.id(),
          new Waiting(
              said, Instant.parse(one.text("at")), run == null ? null : new InvocationId(run)));
    }
    for (Fields one : values.objects("senders")) {
      Deque<Instant> times = new ArrayDeque<>();
      one.texts("times").forEach(time -> times.add(Instant.parse(time)));
      senders.put(one.text("sender"), times);
    }
  }
}
