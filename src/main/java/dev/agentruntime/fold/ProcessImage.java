package dev.agentruntime.fold;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ContextTrail;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Lifecycle;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry;
import dev.agentruntime.governance.GovernanceState;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.secret.SecretMarks;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
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
  long sequence;
  long epoch;
  ProcessState state = ProcessState.CREATED;
  String reason = "";
  final TreeSet<String> causes = new TreeSet<>();
  private final LifeMarks life = new LifeMarks();
  final TreeMap<Integer, Deployment> deployments = new TreeMap<>();
  final EventQueue queue = new EventQueue();
  final Dedup dedup = new Dedup();
  final OpenRuns runs = new OpenRuns();
  final Knowledge knowledge = new Knowledge();
  final Deque<RunHead> heads = new ArrayDeque<>();
  final TreeMap<String, Json> toolSets = new TreeMap<>();

  @Nullable
  String toolSet;

  final Outbox outbox = new Outbox();
  final DeadLetters deadLetters = new DeadLetters();
  private final GovernanceState governance = new GovernanceState();
  private final Dues owed;
  final TreeMap<String, Json> cursors = new TreeMap<>();
  long accepted;
  long settled;
  int consecutiveFailures;
  int restarts;
  EntryData.@Nullable ErrorNoted lastError;
  boolean removed;

  public ProcessImage(ProcessId id) {
    this.id = id;
    this.owed = new Dues(id, outbox, deadLetters, dedup);
  }

  /** A manifest that took effect, literal secrets masked; runs are pinned to theirs. */
  public record Deployment(DeployEntry.ProcessDeployed entry, ProcessConfig config) {}

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
    life.seen(entry.time());
    EntryData data = entry.data();
    if (data instanceof EntryData.TriggerAccepted accepted) {
      accept(entry, accepted.event());
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
    governance.apply(entry, deployments.isEmpty() ? null : config());
  }

  private void applyRare(JournalEntry entry, EntryData data) {
    if (data instanceof EntryData.StateTransition transition) {
      move(entry, transition);
    } else if (data instanceof DeployEntry.ProcessDeployed deployed) {
      deploy(entry, deployed);
      dropUnusedVersions();
    } else if (data instanceof DeployEntry.ProcessRemoved) {
      removed = true;
    } else if (data instanceof EntryData.ToolSet set) {
      toolSets.put(set.key(), set.definitions());
      toolSet = set.server() == null ? set.digest() : toolSet;
    } else if (data instanceof EntryData.ContextUpdate update) {
      knowledge.update(update, entry.time());
    } else if (data instanceof OperatorEntry.Rewound rewound) {
      knowledge.rewound(rewound, entry.time());
    } else if (data instanceof EntryData.TriggerSettled gone) {
      gone.eventIds().forEach(event -> gone(entry, event, gone));
    } else if (data instanceof EntryData.TriggerCursor cursor) {
      cursors.put(cursor.triggerId(), cursor.cursor());
    } else if (data instanceof OperatorEntry.SecretAccess access) {
      SecretMarks.apply(access, entry.time(), cursors);
    } else if (data instanceof OperatorEntry.VerticleChanged verticle) {
      verticle.apply(cursors);
    } else if (data instanceof EntryData.Restart restart) {
      restarted(entry, restart);
    } else if (data instanceof ApprovalEntry approval) {
      step(entry, approval.invocation());
    } else if (data instanceof EntryData.ErrorNoted error) {
      failed(entry, error);
    } else if (data instanceof EntryData.Emitted emitted) {
      owed.said(entry, emitted, deadLettersMax());
    } else if (data instanceof EntryData.EffectDelivered delivered) {
      owed.delivered(entry, delivered, deadLettersMax());
    } else if (data instanceof OperatorEntry.DeadLetterHandled handled) {
      handled.ids().forEach(letter -> handled(entry, handled, letter));
    } else if (data instanceof PeopleEntry.Escalation escalation) {
      owed.escalated(entry, escalation, deadLettersMax());
    } else if (!(data instanceof EntryData.CheckpointMade)
        && !(data instanceof BudgetEntry)
        && !(data instanceof PeopleEntry)
        && !(data instanceof WatchEntry)
        && !(data instanceof OperatorEntry.OperatorAction)) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT, data.kind() + " of " + id + ": compaction dropped its data");
    }
  }

  /** The first manifest brings the initial context: one entry, so that no crash splits them. */
  private void deploy(JournalEntry entry, DeployEntry.ProcessDeployed deployed) {
    ProcessConfig config = ManifestReader.fromResolved(deployed.manifest());
    knowledge.deployed(config, deployments.isEmpty(), entry.time());
    governance.redeployed(deployments.isEmpty() ? config : config(), config);
    deployments.put(deployed.version(), new Deployment(deployed, config));
    queue.rules(config.triggers());
  }

  private void accept(JournalEntry entry, TriggerEvent event) {
    queue.accept(event, entry.time());
    dedup.add(event);
    accepted++;
  }

  /** An event that has a run ends with it: the run is to be cancelled. */
  private void gone(JournalEntry entry, String eventId, EntryData.TriggerSettled gone) {
    InvocationId running = queue.cancel(eventId);
    OpenRun run = running == null ? null : runs.get(running);
    if (run != null) {
      runs.cancel(run, gone.reason());
      return;
    }
    TriggerEvent event = queue.settle(eventId);
    if (event != null) {
      owed.reply(entry, event, gone.outcome(), gone.reason(), deadLettersMax());
    }
  }

  private void begin(JournalEntry entry, EntryData.InvocationStart start) {
    OpenRun known = runs.get(start.invocation());
    if (known != null) {
      runs.rest(known, null);
      known.again(entry, start.attempt());
      return;
    }
    List<TriggerEvent> events = queue.begin(start.eventIds(), start.invocation());
    if (events == null || events.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "invocation " + start.invocation() + " of " + id + " starts for events "
              + start.eventIds() + ", which do not all wait in the inbox");
    }
    String left =
        governance.remaining(start, entry.time(), deployments.isEmpty() ? null : config());
    runs.add(new OpenRun(entry, start, events, knowledge.base(left)));
  }

  /** A run that the end of its JVM cut off at work is counted, for it may have caused it. */
  private void restarted(JournalEntry entry, EntryData.Restart restart) {
    restarts = restart.attempt();
    life.restarted(restart, entry.time());
    runs.cutOff(entry.time(), !restart.clean() && Lifecycle.runs(state), this);
  }

  private void failed(JournalEntry entry, EntryData.ErrorNoted error) {
    lastError = error;
    OpenRun run = error.invocation() == null ? null : runs.get(error.invocation());
    if (run != null && error.retryAt() == null) {
      run.parked = true;
    } else if (run != null) {
      run.failed(entry.time(), state == ProcessState.RUNNING);
      runs.rest(run, error.retryAt());
    }
  }

  private void step(JournalEntry entry, InvocationId invocation) {
    OpenRun run = open(runs.get(invocation), entry, invocation);
    // Up to a word on its effect in doubt, or on what it asked, a run has waited for it.
    boolean ran = state == ProcessState.RUNNING
        && !(entry.data() instanceof EntryData.EffectResolved)
        && !(entry.data() instanceof ApprovalEntry.ApprovalDecision);
    run.tick(entry.time(), ran);
    run.step(entry);
    if (entry.data() instanceof EntryData.ModelReply reply) {
      knowledge.summarised(run, reply, remembered(run));
    }
  }

  private OpenRun open(@Nullable OpenRun run, JournalEntry entry, InvocationId invocation) {
    if (run == null) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          entry.data().kind() + " of " + id + " for " + invocation + ", which is not open");
    }
    return run;
  }

  private void settle(JournalEntry entry, EntryData.InvocationResult result) {
    OpenRun run = open(runs.remove(result.invocation()), entry, result.invocation());
    String said = run.said(result);
    String outcome = result.outcome().name().toLowerCase(Locale.ROOT);
    for (TriggerEvent event : run.events()) {
      owed.reply(entry, event, outcome, said, deadLettersMax());
      queue.settle(event.id());
    }
    settled++;
    if (result.outcome() == Outcome.COMPLETED) {
      consecutiveFailures = 0;
      knowledge.commit(run, remembered(run), entry.time());
      owed.commit(entry, run, result, deadLettersMax());
      governance.mission().woke(run.event().payload());
    } else if (result.outcome() == Outcome.FAILED && !isBlocked(result)) {
      consecutiveFailures++;
    }
    RunHead head = RunHead.of(run, result, entry.sequence());
    if (run.attempt() > 1) {
      heads.removeIf(earlier -> earlier.id().equals(run.id()));
    }
    heads.addFirst(head);
    if (heads.size() > HEADS_MAX) {
      heads.removeLast();
    }
    if (result.outcome() == Outcome.FAILED) {
      deadLetters.add(DeadLetters.FailedRun.of(run, head, entry.time()), deadLettersMax());
    }
    if (deployments.size() > 1 && run.start().manifestVersion() != deployments.lastKey()) {
      dropUnusedVersions();
    }
  }

  /** What somebody does not want is no failure of the process. */
  private static boolean isBlocked(EntryData.InvocationResult result) {
    return result.failure() != null && result.failure().code() == ErrorCode.HOOK_BLOCKED;
  }

  /** A run goes on where it ended, or its events begin anew; an emission is owed again. */
  private void handled(JournalEntry entry, OperatorEntry.DeadLetterHandled handled, String letter) {
    DeadLetters.DeadLetter dead = deadLetters.take(letter);
    if (dead == null || handled.action() == OperatorEntry.DeadLetterAction.CLEARED) {
      dropUnusedVersions();
    } else if (dead instanceof DeadLetters.Undelivered undelivered) {
      outbox.again(undelivered.item(), entry.time());
    } else if (dead instanceof DeadLetters.FailedRun failed && handled.fresh()) {
      failed.run().events().forEach(event -> queue.accept(event.lasting(), entry.time()));
      dropUnusedVersions();
    } else if (dead instanceof DeadLetters.FailedRun failed) {
      OpenRun run = failed.run();
      queue.reopen(run.events(), run.id(), entry.time());
      run.reopen(entry.time());
      run.rest(entry.time());
      runs.add(run);
    }
  }

  private int deadLettersMax() {
    return deployments.isEmpty()
        ? ProcessConfig.Delivery.DEFAULT.deadLetterSize()
        : config().delivery().deadLetterSize();
  }

  /** What a run is pinned to, null when no conversation is kept by what is in force now. */
  private @Nullable ProcessConfig remembered(OpenRun run) {
    Deployment pinned = deployments.get(run.start().manifestVersion());
    Deployment now = deployment();
    return pinned == null || now == null || !now.config().context().conversationHistory()
        ? null
        : pinned.config();
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
    } else if (state == ProcessState.AWAITING) {
      runs.values().forEach(OpenRun::waits);
    }
  }

  private void dropUnusedVersions() {
    if (deployments.size() > 1) {
      Set<Integer> used = deadLetters.versions();
      used.add(deployments.lastKey());
      runs.values().forEach(run -> used.add(run.start().manifestVersion()));
      deployments.keySet().retainAll(used);
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
    return life.bornAt;
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

  /** Accepted events that have not settled. */
  public EventQueue queue() {
    return queue;
  }

  public Dedup dedup() {
    return dedup;
  }

  /** Invocations that have not settled, oldest first. */
  public Map<InvocationId, OpenRun> runs() {
    return runs.byId();
  }

  /** The same, by what they do. */
  public OpenRuns open() {
    return runs;
  }

  public AgentContext context() {
    return knowledge.context();
  }

  /** Who changed the context. */
  public ContextTrail trail() {
    return knowledge.trail();
  }

  public Conversation conversation() {
    return knowledge.conversation();
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

  /** What governance knows of it. */
  public GovernanceState governance() {
    return governance;
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
