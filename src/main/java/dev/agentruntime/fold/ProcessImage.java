package dev.agentruntime.fold;

import dev.agentruntime.config.ManifestReader;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ContextPrompt;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.EntryData.Outcome;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.JournalEntry;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The whole state of a process: a fold over its entries. Live running and recovery both change it
 * through {@link #apply} and through nothing else, so what recovery cannot rebuild cannot exist. It
 * reads no clock. Owned by: the process's context; during recovery, the worker that replays.
 */
public final class ProcessImage {

  /** Heads of settled invocations kept; older ones are read from the journal. */
  public static final int HEADS_MAX = 20;

  private final ProcessId id;
  private long sequence;
  private long epoch;
  private @Nullable Instant bornAt;
  private ProcessState state = ProcessState.CREATED;
  private String reason = "";
  private final TreeSet<String> causes = new TreeSet<>();
  private final LifeMarks life = new LifeMarks();
  private final TreeMap<Integer, Deployment> deployments = new TreeMap<>();
  private final LinkedHashMap<String, TriggerEvent> inbox = new LinkedHashMap<>();
  private long inboxBytes;
  private final Dedup dedup = new Dedup();
  private final LinkedHashMap<InvocationId, OpenRun> runs = new LinkedHashMap<>();
  private final Set<String> running = new HashSet<>();
  private AgentContext context = AgentContext.EMPTY;
  private Conversation conversation = Conversation.EMPTY;
  private final Deque<RunHead> heads = new ArrayDeque<>();
  private final TreeMap<String, Json> toolSets = new TreeMap<>();
  private @Nullable String toolSet;
  private final Outbox outbox = new Outbox();
  private final DeadLetters deadLetters = new DeadLetters();
  private final TreeMap<String, Json> cursors = new TreeMap<>();
  private long accepted;
  private long settled;
  private int consecutiveFailures;
  private int restarts;
  private EntryData.@Nullable ErrorNoted lastError;
  private boolean removed;

  public ProcessImage(ProcessId id) {
    this.id = id;
  }

  /**
   * A manifest that took effect; runs are pinned to the one they began under.
   *
   * @param config what it declares; literal secrets are masked
   */
  public record Deployment(EntryData.ProcessDeployed entry, ProcessConfig config) {}

  // --- The fold

  /**
   * Moves the image over one entry.
   *
   * @throws RuntimeFault {@link ErrorCode#JOURNAL_CORRUPT} when the entry cannot follow this image
   */
  public void apply(JournalEntry entry) {
    if (entry.sequence() != sequence + 1 || entry.epoch() < epoch) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "entry of " + id + ", expected s=" + (sequence + 1) + " and e>=" + epoch + ", actual s="
              + entry.sequence() + " e=" + entry.epoch());
    }
    sequence = entry.sequence();
    epoch = entry.epoch();
    if (bornAt == null) {
      bornAt = entry.time();
    }
    EntryData data = entry.data();
    if (data instanceof EntryData.TriggerAccepted accepted) {
      accept(accepted.event());
    } else if (data instanceof EntryData.InvocationStart start) {
      begin(entry, start);
    } else if (data instanceof EntryData.ModelReply reply) {
      step(entry, reply.invocation());
    } else if (data instanceof EntryData.ToolCall call) {
      step(entry, call.invocation());
    } else if (data instanceof EntryData.ToolResult result) {
      step(entry, result.invocation());
    } else if (data instanceof EntryData.EffectResolved resolved) {
      step(entry, resolved.invocation());
    } else if (data instanceof EntryData.InvocationResult result) {
      settle(entry, result);
    } else {
      applyRare(entry, data);
    }
  }

  private void applyRare(JournalEntry entry, EntryData data) {
    if (data instanceof EntryData.StateTransition transition) {
      move(entry, transition);
    } else if (data instanceof EntryData.ProcessDeployed deployed) {
      deploy(entry, deployed);
      dropUnusedVersions();
    } else if (data instanceof EntryData.ProcessRemoved) {
      removed = true;
    } else if (data instanceof EntryData.ToolSet set) {
      toolSets.put(set.digest(), set.definitions());
      toolSet = set.digest();
    } else if (data instanceof EntryData.ContextUpdate update) {
      context = context.with(update.writes(), update.source(), null, entry.time());
    } else if (data instanceof EntryData.TriggerSettled gone) {
      gone.eventIds().forEach(event -> reply(entry, event, gone.outcome(), gone.reason()));
      gone.eventIds().forEach(this::take);
    } else if (data instanceof EntryData.TriggerCursor cursor) {
      cursors.put(cursor.triggerId(), cursor.cursor());
    } else if (data instanceof EntryData.Restart restart) {
      restarts = restart.attempt();
      life.restarted(restart, entry.time());
      runs.values().forEach(run -> run.tick(entry.time(), false));
    } else if (data instanceof EntryData.ErrorNoted error) {
      lastError = error;
    } else if (data instanceof EntryData.Emitted emitted) {
      outbox.add(new Outbox.Item(
          emitted.id(), emitted.emission(), emitted.source(), entry.time(), 1, emitted.due()));
    } else if (data instanceof EntryData.EffectDelivered delivered) {
      delivered(entry, delivered);
    } else {
      throw new IllegalStateException("no fold for " + data.kind());
    }
  }

  /**
   * The first manifest brings the initial context with it: one entry, so a crash cannot split them.
   */
  private void deploy(JournalEntry entry, EntryData.ProcessDeployed deployed) {
    ProcessConfig config = ManifestReader.fromResolved(deployed.manifest());
    if (deployments.isEmpty()) {
      List<ContextWrite> world = new ArrayList<>();
      config.world().forEach((key, value) -> world.add(new ContextWrite(key, value, null)));
      context = context.with(world, "initial", null, entry.time());
    }
    deployments.put(deployed.version(), new Deployment(deployed, config));
  }

  private void accept(TriggerEvent event) {
    inbox.put(event.id(), event);
    inboxBytes += event.size();
    dedup.add(event);
    accepted++;
  }

  private void take(String eventId) {
    TriggerEvent event = inbox.remove(eventId);
    if (event != null) {
      inboxBytes -= event.size();
    }
  }

  private void begin(JournalEntry entry, EntryData.InvocationStart start) {
    OpenRun known = runs.get(start.invocation());
    if (known != null) {
      known.again(entry, start.attempt());
      return;
    }
    TriggerEvent event = inbox.get(start.eventIds().get(0));
    if (event == null) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "invocation " + start.invocation() + " of " + id + " starts for event "
              + start.eventIds().get(0) + ", which is not in the inbox");
    }
    running.addAll(start.eventIds());
    OpenRun.Base base = new OpenRun.Base(context, conversation);
    runs.put(start.invocation(), new OpenRun(entry, start, event, base));
  }

  private void step(JournalEntry entry, InvocationId invocation) {
    OpenRun run = runs.get(invocation);
    if (run == null) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "step " + entry.data().kind() + " of " + id + " for invocation " + invocation
              + ", which is not open");
    }
    // Up to a word on its effect in doubt a run has waited for it.
    boolean ran =
        state == ProcessState.RUNNING && !(entry.data() instanceof EntryData.EffectResolved);
    run.tick(entry.time(), ran);
    run.step(entry);
  }

  private void settle(JournalEntry entry, EntryData.InvocationResult result) {
    OpenRun run = runs.remove(result.invocation());
    if (run == null) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "result of " + id + " for invocation " + result.invocation() + ", which is not open");
    }
    Message.Assistant last = run.lastReply();
    String said = result.failure() == null
        ? last == null ? "" : last.text()
        : result.failure().toString();
    String outcome = result.outcome().name().toLowerCase(Locale.ROOT);
    run.start().eventIds().forEach(event -> reply(entry, event, outcome, said));
    run.start().eventIds().forEach(this::take);
    run.start().eventIds().forEach(running::remove);
    settled++;
    if (result.outcome() == Outcome.COMPLETED) {
      consecutiveFailures = 0;
      context = context.with(run.writes(), "agent", run.id(), entry.time());
      remember(run);
      owe(entry, run, result);
    } else if (result.outcome() == Outcome.FAILED) {
      consecutiveFailures++;
    }
    heads.addFirst(new RunHead(
        run.id(),
        run.start().eventIds(),
        run.attempt(),
        result,
        run.startedAt(),
        run.firstSequence(),
        entry.sequence()));
    if (heads.size() > HEADS_MAX) {
      heads.removeLast();
    }
    dropUnusedVersions();
  }

  /** Whoever waits for the run of an event is owed its outcome, whatever that was. */
  private void reply(JournalEntry entry, String eventId, String outcome, String text) {
    TriggerEvent event = inbox.get(eventId);
    Routing.ReplyTo to = event == null ? null : event.routing().replyTo();
    if (event != null && to != null) {
      // In this order: the image has a digest.
      Map<String, Object> said = new LinkedHashMap<>();
      said.put("outcome", outcome);
      said.put("text", text);
      outbox.add(new Outbox.Item(
          to.key() + "/reply",
          new Emission(Emission.Kind.REPLY, to.key(), Json.of(said), Emission.Options.NONE),
          id.name().value(),
          entry.time(),
          event.routing().hops() + 1,
          List.of(new Due(to.node(), to.process(), "", null))));
    }
  }

  /** What the run emitted is owed from now on. */
  private void owe(JournalEntry entry, OpenRun run, EntryData.InvocationResult result) {
    int next = 0;
    for (OpenRun.Emitted emitted : run.emitted()) {
      List<Due> due = next < result.due().size() ? result.due().get(next) : List.of();
      next++;
      outbox.add(new Outbox.Item(
          emitted.id(),
          emitted.emission(),
          id.name().value(),
          entry.time(),
          run.event().routing().hops() + 1,
          due));
    }
  }

  private void delivered(JournalEntry entry, EntryData.EffectDelivered delivered) {
    Outbox.Item dead = outbox.delivered(delivered);
    if (dead != null) {
      deadLetters.add(
          new DeadLetters.Undelivered(dead, entry.time(), "nobody took it"), deadLettersMax());
    }
  }

  private int deadLettersMax() {
    Deployment deployment = deployment();
    return (deployment == null
            ? ProcessConfig.Delivery.DEFAULT
            : deployment.config().delivery())
        .deadLetterSize();
  }

  private void remember(OpenRun run) {
    Deployment deployment = deployments.get(run.start().manifestVersion());
    Message.Assistant last = run.lastReply();
    if (deployment == null
        || !deployment.config().context().conversationHistory()
        || last == null) {
      return;
    }
    conversation = conversation.with(
        ContextPrompt.userMessage(run.event(), run.id()),
        last.text(),
        deployment.config().context().conversationMaxMessages());
  }

  private void move(JournalEntry entry, EntryData.StateTransition transition) {
    if (transition.to() != transition.from() && !Lifecycle.allows(state, transition.to())) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          id + " moves from " + state.word() + " to " + transition.to().word());
    }
    runs.values().forEach(run -> run.tick(entry.time(), state == ProcessState.RUNNING));
    life.moved(state, transition.to(), entry.time());
    state = transition.to();
    reason = transition.reason();
    causes.clear();
    causes.addAll(transition.causes());
    if (state == ProcessState.STARTING) {
      consecutiveFailures = 0;
    }
  }

  private void dropUnusedVersions() {
    if (deployments.size() > 1) {
      int newest = deployments.lastKey();
      deployments
          .keySet()
          .removeIf(version -> version != newest
              && runs.values().stream().noneMatch(run -> run.start().manifestVersion() == version));
    }
  }

  // --- What is known; nothing below changes anything

  public ProcessId id() {
    return id;
  }

  public long sequence() {
    return sequence;
  }

  public long epoch() {
    return epoch;
  }

  public @Nullable Instant bornAt() {
    return bornAt;
  }

  public ProcessState state() {
    return state;
  }

  /** Why it is in its state. */
  public String reason() {
    return reason;
  }

  public List<String> causes() {
    return List.copyOf(causes);
  }

  /** When it was started, failed and restarted. */
  public LifeMarks life() {
    return life;
  }

  public boolean removed() {
    return removed;
  }

  /** The manifest in force, null before the first. */
  public @Nullable Deployment deployment() {
    return deployments.isEmpty() ? null : deployments.lastEntry().getValue();
  }

  /** The configuration in force; throws INTERNAL before the first deployment. */
  public ProcessConfig config() {
    Deployment deployment = deployment();
    if (deployment == null) {
      throw new RuntimeFault(ErrorCode.INTERNAL, "process " + id + " has no manifest");
    }
    return deployment.config();
  }

  public @Nullable Deployment deployment(int version) {
    return deployments.get(version);
  }

  /** Accepted events that have not settled, running ones included, oldest first. */
  public Collection<TriggerEvent> inbox() {
    return inbox.values();
  }

  /** The oldest accepted event that no run has taken, null when there is none. */
  public @Nullable TriggerEvent nextQueued() {
    for (TriggerEvent event : inbox.values()) {
      if (!running.contains(event.id())) {
        return event;
      }
    }
    return null;
  }

  /** How many accepted events no run has taken. */
  public int queued() {
    return inbox.size() - running.size();
  }

  public boolean isQueued(String eventId) {
    return inbox.containsKey(eventId);
  }

  public long inboxBytes() {
    return inboxBytes;
  }

  public Dedup dedup() {
    return dedup;
  }

  public Map<InvocationId, OpenRun> runs() {
    return runs;
  }

  public AgentContext context() {
    return context;
  }

  public Conversation conversation() {
    return conversation;
  }

  /** Newest first. */
  public Deque<RunHead> heads() {
    return heads;
  }

  /** Digest of the tools in force, null before the first. */
  public @Nullable String toolSet() {
    return toolSet;
  }

  public Map<String, Json> toolSets() {
    return toolSets;
  }

  public Outbox outbox() {
    return outbox;
  }

  public DeadLetters deadLetters() {
    return deadLetters;
  }

  public Map<String, Json> cursors() {
    return cursors;
  }

  public long accepted() {
    return accepted;
  }

  public long settled() {
    return settled;
  }

  public int consecutiveFailures() {
    return consecutiveFailures;
  }

  public int restarts() {
    return restarts;
  }

  public EntryData.@Nullable ErrorNoted lastError() {
    return lastError;
  }
}
