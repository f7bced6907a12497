package dev.agentruntime.fold;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ContextPrompt;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.context.ConversationSummary;
import dev.agentruntime.context.RecalledBlock;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry;
import dev.agentruntime.governance.Purse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An invocation that has begun and not settled, as the journal tells it: the base it is pinned to
 * and its steps. Part of the fold. Owned by: the process's context.
 */
public final class OpenRun {

  /** The tool whose call is a question: once announced, its run waits for the reply. */
  public static final String ASK = "ask_process";

  /** Tools that bring nothing from outside into their run. */
  private static final Set<String> BRINGS_NOTHING = Set.of("memory_store", "memory_forget");

  private final InvocationId id;
  private final List<TriggerEvent> events;
  private final EntryData.InvocationStart start;
  private final long firstSequence;
  private final Instant startedAt;
  private final Base base;

  private final List<JournalEntry> steps = new ArrayList<>();
  private final Map<Integer, EntryData.ModelReply> replies = new HashMap<>();
  private final Map<Integer, EntryData.ToolCall> calls = new HashMap<>();
  private final Map<Integer, EntryData.ToolResult> results = new HashMap<>();
  private final Map<String, EntryData.EffectResolved> resolutions = new HashMap<>();
  private final List<ContextWrite> writes = new ArrayList<>();
  private final List<Emitted> emitted = new ArrayList<>();

  private AgentContext view;
  private Message.Usage usage = Message.Usage.NONE;
  int attempt;
  Duration ran = Duration.ZERO;
  Instant mark;
  int failures;
  int crashes;

  /** Whether it waits for a word on a call that may be made again, which no step of it says. */
  boolean parked;

  /** Whether its node came back and it has not begun again since. */
  boolean cut;

  private @Nullable Instant retryAt;

  @Nullable
  String cancelled;

  private @Nullable TriggerEvent merged;

  OpenRun(
      JournalEntry begun, EntryData.InvocationStart start, List<TriggerEvent> events, Base base) {
    this.id = start.invocation();
    this.events = List.copyOf(events);
    this.start = start;
    this.firstSequence = begun.sequence();
    this.startedAt = begun.time();
    this.base = base;
    this.view = base.context();
    this.attempt = start.attempt();
    this.mark = begun.time();
  }

  /**
   * What a run is pinned to: shared with the image it began in, not copied.
   *
   * @param budget what was left, as its model is told; empty when it is not
   */
  public record Base(AgentContext context, Conversation conversation, String budget) {}

  /** What it emitted, due when it commits; the id is the same in every attempt. */
  public record Emitted(String id, Emission emission) {}

  // --- The fold

  void again(JournalEntry entry, int nextAttempt) {
    attempt = nextAttempt;
    cut = false;
    mark = entry.time();
  }

  /** An attempt failed, and another one follows. */
  void failed(Instant time, boolean running) {
    tick(time, running);
    failures++;
  }

  void rest(@Nullable Instant until) {
    retryAt = until;
  }

  void cancel(String reason) {
    cancelled = reason;
  }

  /** The JVM ended while it ran. */
  void crash() {
    crashes++;
  }

  /** Given up before, it goes on as if nothing had failed yet. */
  void reopen(Instant time) {
    failures = 0;
    crashes = 0;
    parked = false;
    ran = Duration.ZERO;
    mark = time;
  }

  void step(JournalEntry entry) {
    steps.add(entry);
    parked = false;
    if (!(entry.data() instanceof EntryData.ToolCall call && calls.containsKey(call.ordinal()))) {
      // To make a call once more is to be at the same place.
      crashes = 0;
    }
    if (entry.data() instanceof EntryData.ModelReply reply) {
      usage = usage.plus(reply.usage());
      if (reply.rejected() == null) {
        replies.put(reply.turn(), reply);
      }
    } else if (entry.data() instanceof EntryData.ToolCall call) {
      calls.put(call.ordinal(), call);
      resolutions.remove(call.key());
    } else if (entry.data() instanceof EntryData.ToolResult result) {
      results.put(result.ordinal(), result);
      writes.addAll(result.writes());
      for (Emission emission : result.emissions()) {
        emitted.add(
            new Emitted(id.effectKey(result.ordinal()) + "." + (emitted.size() + 1), emission));
      }
      view = view.with(result.writes(), "agent", id, entry.time());
    } else if (entry.data() instanceof EntryData.EffectResolved resolved) {
      resolutions.put(resolved.key(), resolved);
    }
  }

  /**
   * All runs that do not rest wait: journals of before say no more of who does for a word on a call
   * that may be made again.
   */
  void waits() {
    EntryData.ToolCall call = openCall();
    parked |= retryAt == null
        && call != null
        && call.policy().mayRepeat()
        && !call.request().tool().equals(ASK);
  }

  /** Counts the time since the last mark as running time, or not. */
  void tick(Instant time, boolean running) {
    if (running && retryAt == null && time.isAfter(mark)) {
      ran = ran.plus(Duration.between(mark, time));
    }
    mark = time;
  }

  // --- What is known; nothing below changes anything

  /** Which invocation. */
  public InvocationId id() {
    return id;
  }

  /** What woke it, oldest first; never empty. */
  public List<TriggerEvent> events() {
    return events;
  }

  /** What woke it as one event: of a batch, one that lists what it merged. */
  public TriggerEvent event() {
    if (events.size() == 1) {
      return events.get(0);
    }
    TriggerEvent known = merged;
    if (known == null) {
      known = Batch.of(events);
      merged = known;
    }
    return known;
  }

  /** Type and id of the trigger that woke it, as in {@code webhook:push}. */
  public String origin() {
    return event().triggerType() + ":" + event().triggerId();
  }

  /**
   * Whether anything from outside has come into it so far: by what woke it, by what earlier runs
   * left that had read such (conversation, context, a memory, the words of a judge), by what an
   * operator said, or by a tool. What it could read counts, not only what it did read: all of it
   * may be in its prompt.
   */
  public boolean isTainted() {
    return isTaintedBefore(Integer.MAX_VALUE);
  }

  /** The same before one of its calls, by its ordinal. */
  public boolean isTaintedBefore(int ordinal) {
    return !events.stream().allMatch(TriggerEvent::trusted)
        || base.context().isUntrusted()
        || base.conversation().isUntrusted()
        || start.blocks().containsKey(PeopleEntry.BLOCK)
        || start.blocks().getOrDefault(WatchEntry.MISSION_BLOCK, "").contains(WatchEntry.UNTRUSTED)
        || RecalledBlock.isUntrusted(start.blocks().getOrDefault(RecalledBlock.TITLE, ""))
        || calls.values().stream()
            .anyMatch(call -> call.ordinal() < ordinal
                && !BRINGS_NOTHING.contains(call.request().tool()));
  }

  /** When a call of a tool was announced last, null when it was not. */
  public @Nullable Instant calledAt(int ordinal) {
    Instant at = null;
    for (JournalEntry step : steps) {
      if (step.data() instanceof EntryData.ToolCall call && call.ordinal() == ordinal) {
        at = step.time();
      }
    }
    return at;
  }

  /** How often a budget was charged for a call: once, and for each word that it be made again. */
  public long charges(int ordinal) {
    return steps.stream()
        .filter(step -> step.data() instanceof EntryData.ToolCall call
            && call.ordinal() == ordinal
            && call.reserve() != null)
        .count();
  }

  /** How often somebody was asked about a call of it, for an id that no other request has. */
  public long requests(int ordinal) {
    return steps.stream()
        .filter(step -> step.data() instanceof ApprovalEntry.ApprovalRequest request
            && request.ordinal() == ordinal)
        .count();
  }

  /** How many attempts have failed since it began, or was delivered again. */
  public int failures() {
    return failures;
  }

  /** How often in a row the JVM ended while it ran, without a step in between. */
  public int crashes() {
    return crashes;
  }

  /** When its next attempt may begin, null when it is not waiting for that. */
  public @Nullable Instant retryAt() {
    return retryAt;
  }

  /**
   * How long it rests after the attempt that has just failed: doubled each time, and up to a fifth
   * less than that, so that those which failed together do not come back together.
   *
   * @param asked how long the other side asked to be left alone, null when it said nothing
   */
  public Duration pause(ProcessConfig.Delivery delivery, @Nullable Duration asked) {
    long most = delivery.retryBackoffMax().toMillis();
    long pause = delivery.retryBackoff().toMillis();
    for (int i = 0; i < failures && pause < most; i++) {
      pause *= 2;
    }
    pause = Math.min(most, asked == null ? pause : Math.max(pause, asked.toMillis()));
    // The id is random, so that nothing else need be drawn.
    int part = Math.floorMod(31 * id.value().hashCode() + failures, 1_000);
    return Duration.ofMillis(pause - pause * part / 5_000);
  }

  /** What it comes to, in words: its last reply, or why there is none. */
  String said(EntryData.InvocationResult result) {
    Message.Assistant last = lastReply();
    String text = last == null ? "" : last.text();
    return result.failure() == null ? text : result.failure().toString();
  }

  /** The conversation with its exchange at the end, when it has one and they are kept. */
  Conversation joins(Conversation before, ProcessConfig config) {
    Message.Assistant last = lastReply();
    if (last == null || !config.context().conversationHistory()) {
      return before;
    }
    Conversation after = before.with(
        ContextPrompt.userMessage(event(), id, config.delivery().maxPayloadChars()),
        last.text(),
        Conversation.Limits.of(config.context()));
    return isTainted() ? after.tainted() : after;
  }

  /** Why it is to end, null when it is not. */
  public @Nullable String cancelled() {
    return cancelled;
  }

  /** Whether it waits for somebody's word on a call that may be made again. */
  public boolean isParked() {
    return parked;
  }

  /** Whether the model is to be asked next: each call that it wanted has its result. */
  boolean isAtTurn() {
    return openCall() == null && request(results.size() + 1) == null;
  }

  /** Whether it waits for somebody, by what its entries say, and so runs nothing. */
  boolean isWaiting() {
    EntryData.ToolCall call = openCall();
    return parked
        || isInDoubt()
        || (call != null && call.request().tool().equals(ASK))
        || (!steps.isEmpty()
            && steps.get(steps.size() - 1).data() instanceof ApprovalEntry.ApprovalRequest);
  }

  /** Whether it waits for somebody's word on a call that must not be made twice. */
  public boolean isInDoubt() {
    EntryData.ToolCall call = openCall();
    return call != null && !call.policy().mayRepeat() && resolution(call.key()) == null;
  }

  /** The entry of its first attempt. */
  public EntryData.InvocationStart start() {
    return start;
  }

  /** Parts of its prompt by title: those that this entry pins, and what its base had left. */
  public Map<String, String> blocks() {
    if (base.budget().isEmpty()) {
      return start.blocks();
    } else if (start.blocks().isEmpty()) {
      return Map.of(Purse.BLOCK, base.budget());
    }
    Map<String, String> all = new HashMap<>(start.blocks());
    all.put(Purse.BLOCK, base.budget());
    return all;
  }

  /** Sequence of that entry. */
  public long firstSequence() {
    return firstSequence;
  }

  /** Time of that entry. */
  public Instant startedAt() {
    return startedAt;
  }

  /** Context and conversation when the run began; it sees these and its own writes. */
  public Base base() {
    return base;
  }

  public EntryData.@Nullable ModelReply reply(int turn) {
    return replies.get(turn);
  }

  /** Why the rejected replies of a turn were, in order. */
  public List<String> rejections(int turn) {
    List<String> reasons = new ArrayList<>();
    for (JournalEntry step : steps) {
      if (step.data() instanceof EntryData.ModelReply reply
          && reply.turn() == turn
          && reply.rejected() != null) {
        reasons.add(reply.rejected());
      }
    }
    return reasons;
  }

  /** What the model asked for in a call, null when it has not come to that. */
  public Message.@Nullable ToolRequest request(int ordinal) {
    int before = 0;
    for (JournalEntry step : steps) {
      if (step.data() instanceof EntryData.ModelReply reply
          && reply.rejected() == null
          && reply.turn() != ConversationSummary.TURN) {
        List<Message.ToolRequest> asked = reply.reply().calls();
        if (ordinal <= before + asked.size()) {
          return asked.get(ordinal - before - 1);
        }
        before += asked.size();
      }
    }
    return null;
  }

  public EntryData.@Nullable ToolCall call(int ordinal) {
    return calls.get(ordinal);
  }

  public EntryData.@Nullable ToolResult result(int ordinal) {
    return results.get(ordinal);
  }

  public EntryData.@Nullable EffectResolved resolution(String key) {
    return resolutions.get(key);
  }

  /** The call that was announced and has no result, null when there is none; steps are serial. */
  public EntryData.@Nullable ToolCall openCall() {
    for (EntryData.ToolCall call : calls.values()) {
      if (!results.containsKey(call.ordinal())) {
        return call;
      }
    }
    return null;
  }

  /** Whether a key is claimed: written under a condition that must hold until the run settles. */
  public boolean claims(String key) {
    return writes.stream().anyMatch(write -> write.key().equals(key) && write.ifVersion() != null);
  }

  /** Whether it wrote a key, which holds when it settles. */
  public boolean wrote(String key) {
    return writes.stream().anyMatch(write -> write.key().equals(key));
  }

  public List<JournalEntry> steps() {
    return steps;
  }

  public List<Long> stepSequences() {
    return steps.stream().map(JournalEntry::sequence).toList();
  }

  public List<ContextWrite> writes() {
    return writes;
  }

  /** In order. */
  public List<Emitted> emitted() {
    return emitted;
  }

  /** The base and the run's own writes. */
  public AgentContext view() {
    return view;
  }

  public Message.Usage usage() {
    return usage;
  }

  public int attempt() {
    return attempt;
  }

  /** Running time so far, by the entries. */
  public Duration ran() {
    return ran;
  }

  /** Running time up to now, for a run that has been running since its last entry. */
  public Duration ranUntil(Instant now) {
    return now.isAfter(mark) ? ran.plus(Duration.between(mark, now)) : ran;
  }

  /** The last reply, null before the first. */
  public Message.@Nullable Assistant lastReply() {
    for (int i = steps.size() - 1; i >= 0; i--) {
      if (steps.get(i).data() instanceof EntryData.ModelReply reply
          && reply.rejected() == null
          && reply.turn() != ConversationSummary.TURN) {
        return reply.reply();
      }
    }
    return null;
  }
}
