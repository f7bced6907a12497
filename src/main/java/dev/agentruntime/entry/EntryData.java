package dev.agentruntime.entry;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a journal entry says. The set is closed: a new kind is a change of design, and a reader that
 * meets one it does not know stops the process rather than guess.
 */
public sealed interface EntryData
    permits DeployEntry,
        EntryData.StateTransition,
        EntryData.Restart,
        EntryData.ErrorNoted,
        EntryData.TriggerAccepted,
        EntryData.TriggerCursor,
        EntryData.TriggerSettled,
        EntryData.ToolSet,
        EntryData.InvocationStart,
        EntryData.ModelReply,
        EntryData.ToolCall,
        EntryData.ToolResult,
        EntryData.EffectResolved,
        EntryData.InvocationResult,
        EntryData.Emitted,
        EntryData.EffectDelivered,
        EntryData.ContextUpdate,
        EntryData.CheckpointMade,
        EntryData.Dropped,
        ApprovalEntry,
        OperatorEntry,
        BudgetEntry,
        PeopleEntry,
        WatchEntry {

  /** The word under {@code "k"} in the journal. */
  String kind();

  /**
   * A move in the lifecycle, or a change in the causes that hold a suspended process.
   *
   * @param causes the causes of suspension in force afterwards
   */
  record StateTransition(ProcessState from, ProcessState to, String reason, List<String> causes)
      implements EntryData {
    /** The reason of the stop and the start of a process that reached its {@code max_lifetime}. */
    public static final String RECYCLE = "recycled after max_lifetime";

    public StateTransition {
      causes = List.copyOf(causes);
    }

    @Override
    public String kind() {
      return "state_transition";
    }
  }

  /**
   * A process goes on after its node came back, or its node itself came back.
   *
   * @param attempt how often since the first start
   * @param clean whether nothing of it can have ended the node: the stop before was a clean one, or
   *     all work had been ended
   */
  record Restart(int attempt, String reason, boolean clean) implements EntryData {
    /** The reason, and that of the start, when the restart policy caused it. */
    public static final String POLICY = "restart policy";

    @Override
    public String kind() {
      return "restart";
    }
  }

  /**
   * Something failed that no other kind says.
   *
   * @param invocation the run whose attempt failed, null when it was none
   * @param retryAt when that run's next attempt may begin, null when there is none: with a run, it
   *     waits for somebody's word on a call that may be made again
   */
  record ErrorNoted(
      ErrorCode code,
      String message,
      @Nullable InvocationId invocation,
      @Nullable Instant retryAt) implements EntryData {
    /** An error after which nothing is tried again by itself. */
    public ErrorNoted(ErrorCode code, String message, @Nullable InvocationId invocation) {
      this(code, message, invocation, null);
    }

    @Override
    public String kind() {
      return "error";
    }
  }

  /** A trigger event was accepted into the inbox. */
  record TriggerAccepted(TriggerEvent event) implements EntryData {
    @Override
    public String kind() {
      return "trigger_event";
    }
  }

  /** A trigger's own memory. */
  record TriggerCursor(String triggerId, Json cursor) implements EntryData {
    @Override
    public String kind() {
      return "trigger_cursor";
    }
  }

  /**
   * Events that end without a run.
   *
   * @param outcome {@code expired, merged, dead_lettered, cancelled}
   */
  record TriggerSettled(List<String> eventIds, String outcome, String reason) implements EntryData {
    public TriggerSettled {
      eventIds = List.copyOf(eventIds);
    }

    @Override
    public String kind() {
      return "trigger_settled";
    }
  }

  /**
   * The tools a run may see, or those of one server that are trusted; written once per change.
   *
   * @param digest SHA-256 of {@code definitions}, hex
   * @param definitions a JSON array of name, description, parameters, policy
   * @param server whose trusted tools these are, null = all tools
   * @param by who trusts it, null = nobody was asked
   */
  record ToolSet(
      String digest,
      Json definitions,
      @Nullable String server,
      @Nullable String by) implements EntryData {
    /** Where a fold keeps it. */
    public String key() {
      return server == null ? digest : "@" + server;
    }

    @Override
    public String kind() {
      return "tool_set";
    }
  }

  /**
   * A run begins, or begins again.
   *
   * @param attempt 1 for the first
   * @param manifestVersion the {@link ProcessDeployed} version the run is pinned to
   * @param toolSet digest of the {@link ToolSet} it is pinned to
   * @param blocks the rendered volatile parts of its prompt by name, in order of name
   */
  record InvocationStart(
      InvocationId invocation,
      List<String> eventIds,
      int attempt,
      int manifestVersion,
      String toolSet,
      Map<String, String> blocks)
      implements EntryData {
    /** Keeps unmodifiable copies. */
    public InvocationStart {
      eventIds = List.copyOf(eventIds);
      blocks = inOrder(blocks);
    }

    /** Blocks in the order in which each JVM shows them; most runs have none, or one. */
    public static Map<String, String> inOrder(Map<String, String> blocks) {
      return blocks.size() < 2
          ? Map.copyOf(blocks)
          : Collections.unmodifiableMap(new TreeMap<>(blocks));
    }

    @Override
    public String kind() {
      return "invocation_start";
    }
  }

  /**
   * What a model answered.
   *
   * @param turn from 1; 0 for a summary of the oldest part of the run's base conversation, which
   *     takes that part's place at once
   * @param request SHA-256 of the request, hex; empty when it never left the JVM
   * @param rejected why the loop could not use it, null when it could; a rejected reply costs, and
   *     is never handed back
   * @param model which of the agent's models answered, as configured; empty when it never left the
   *     JVM
   */
  record ModelReply(
      InvocationId invocation,
      int turn,
      Message.Assistant reply,
      Message.Usage usage,
      String request,
      @Nullable String rejected,
      String model)
      implements EntryData {
    /** A reply from inside this JVM. */
    public ModelReply(
        InvocationId invocation,
        int turn,
        Message.Assistant reply,
        Message.Usage usage,
        String request,
        @Nullable String rejected) {
      this(invocation, turn, reply, usage, request, rejected, "");
    }

    @Override
    public String kind() {
      return "model_reply";
    }
  }

  /**
   * An outside tool is about to be called.
   *
   * @param ordinal counts all tool calls of the invocation from 1
   * @param key the effect key, {@link InvocationId#effectKey}
   * @param reserve what it is charged, null when nobody counts
   */
  record ToolCall(
      InvocationId invocation,
      int ordinal,
      Message.ToolRequest request,
      String key,
      ToolDefinition.Policy policy,
      BudgetEntry.@Nullable Reserve reserve)
      implements EntryData {
    @Override
    public String kind() {
      return "tool_call";
    }
  }

  /**
   * A tool call ended.
   *
   * @param writes what an own-state tool wrote; holds when the invocation commits
   * @param emissions what an own-state tool emitted; due when the invocation commits
   * @param charge what an own-state tool is charged, null when nobody counts
   */
  record ToolResult(
      InvocationId invocation,
      int ordinal,
      String tool,
      ToolOutcome outcome,
      String text,
      List<ContextWrite> writes,
      List<Emission> emissions,
      BudgetEntry.@Nullable Reserve charge)
      implements EntryData {
    /** Keeps unmodifiable copies. */
    public ToolResult {
      writes = List.copyOf(writes);
      emissions = List.copyOf(emissions);
    }

    /** A result that is charged nothing. */
    public ToolResult(
        InvocationId invocation,
        int ordinal,
        String tool,
        ToolOutcome outcome,
        String text,
        List<ContextWrite> writes,
        List<Emission> emissions) {
      this(invocation, ordinal, tool, outcome, text, writes, emissions, null);
    }

    @Override
    public String kind() {
      return "tool_result";
    }
  }

  /**
   * Somebody's word on an effect in doubt.
   *
   * @param resolution {@code landed, did_not_happen, retry}
   * @param result the tool's answer, for {@code landed}
   * @param by who said it
   */
  record EffectResolved(
      InvocationId invocation,
      String key,
      Resolution resolution,
      @Nullable String result,
      String by)
      implements EntryData {
    @Override
    public String kind() {
      return "effect_resolved";
    }
  }

  /**
   * The one entry that commits an invocation: its events are consumed, its turns join the
   * conversation, its context writes hold.
   *
   * @param durationMs running time, without waiting, suspension and downtime
   * @param failure null when it completed
   * @param steps process sequences of the entries that hold its steps, in order
   * @param due to whom each emission of its steps is owed, in order; then, when the exchange is to
   *     be remembered, the process itself; empty unless it completed
   * @param tainted whether anything from outside had come into the run
   */
  record InvocationResult(
      InvocationId invocation,
      Outcome outcome,
      Message.Usage usage,
      long durationMs,
      @Nullable Failure failure,
      List<Long> steps,
      List<List<Due>> due,
      boolean tainted)
      implements EntryData {
    /** Keeps unmodifiable copies. */
    public InvocationResult {
      steps = List.copyOf(steps);
      due = due.stream().map(List::copyOf).toList();
    }

    /** A result of a run that has read nothing from outside. */
    public InvocationResult(
        InvocationId invocation,
        Outcome outcome,
        Message.Usage usage,
        long durationMs,
        @Nullable Failure failure,
        List<Long> steps,
        List<List<Due>> due) {
      this(invocation, outcome, usage, durationMs, failure, steps, due, false);
    }

    /** The same result, of a run that may have. */
    public InvocationResult tainted(boolean now) {
      return new InvocationResult(invocation, outcome, usage, durationMs, failure, steps, due, now);
    }

    /** A result of a run that emitted nothing. */
    public InvocationResult(
        InvocationId invocation,
        Outcome outcome,
        Message.Usage usage,
        long durationMs,
        @Nullable Failure failure,
        List<Long> steps) {
      this(invocation, outcome, usage, durationMs, failure, steps, List.of());
    }

    @Override
    public String kind() {
      return "invocation_result";
    }
  }

  /**
   * Something was emitted from outside any run; kept by the node's system process.
   *
   * @param id the item's id, the dedup key at every receiver
   * @param source who said it, for subscribers that ask
   * @param due to whom it is owed
   * @param voice who said it, by what the runtime knows
   */
  record Emitted(String id, Emission emission, String source, List<Due> due, Emission.Voice voice)
      implements EntryData {
    /** Keeps an unmodifiable copy. */
    public Emitted {
      due = List.copyOf(due);
    }

    @Override
    public String kind() {
      return "emitted";
    }
  }

  /**
   * An outbox item, or its part for one node, needs no more care.
   *
   * @param item its id
   * @param to the subscribers it is about
   * @param delivery what became of it
   * @param moved for {@code MOVED}: whom it is owed to instead
   */
  record EffectDelivered(String item, List<Due> to, Delivery delivery, List<Due> moved)
      implements EntryData {
    /** Keeps unmodifiable copies. */
    public EffectDelivered {
      to = List.copyOf(to);
      moved = List.copyOf(moved);
    }

    @Override
    public String kind() {
      return "effect_delivered";
    }
  }

  /**
   * What an agent knows was changed from outside a run.
   *
   * @param source who wrote: {@code api, initial}
   * @param clearsConversation whether what was said is forgotten
   */
  record ContextUpdate(List<ContextWrite> writes, String source, boolean clearsConversation)
      implements EntryData {
    /** Keeps an unmodifiable copy. */
    public ContextUpdate {
      writes = List.copyOf(writes);
    }

    /** Writes that leave the conversation alone. */
    public ContextUpdate(List<ContextWrite> writes, String source) {
      this(writes, source, false);
    }

    @Override
    public String kind() {
      return "context_update";
    }
  }

  /** Images were written to a file: n from which a recovery reads on, SHA-256 of the file. */
  record CheckpointMade(long position, String digest) implements EntryData {
    @Override
    public String kind() {
      return "checkpoint";
    }
  }

  /** What compaction left of an entry: its kind, SHA-256 of its data. Never written. */
  record Dropped(String kind, String digest) implements EntryData {}

  /** How a tool call ended. */
  enum ToolOutcome {
    OK,
    ERROR,
    DENIED,
    UNKNOWN
  }

  /** What became of an effect in doubt. */
  enum Resolution {
    LANDED,
    DID_NOT_HAPPEN,
    RETRY
  }

  /** What became of an outbox item. */
  enum Delivery {
    /** Durable at its receivers, or filtered by them. */
    DELIVERED,
    /** A member of a group is gone; another one was chosen. */
    MOVED,
    /** Nobody took it in time: a dead letter. */
    UNDELIVERABLE,
    /** Its receiver was removed, or it was a grant that its receiver refused. */
    GONE
  }

  /** How an invocation ended. */
  enum Outcome {
    COMPLETED,
    FAILED,
    CANCELLED
  }
}
