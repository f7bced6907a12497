package dev.agentruntime.codec;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.Drift;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Entries to write in tests. */
public final class Entries {

  public static final NodeId NODE = new NodeId("node-1");
  public static final Instant TIME = Instant.parse("2026-11-22T08:15:00.123Z");
  private static final InvocationId RUN = new InvocationId("01JDABCDEFGHJKMNPQRSTVWXYZ");

  private final Map<ProcessId, byte[]> hashes = new HashMap<>();
  private final Map<ProcessId, Long> sequences = new HashMap<>();

  public static ProcessId process(String name) {
    return new ProcessId(new ProcessName(name), 1);
  }

  /** The next entry of a process. */
  public EncodedEntry next(ProcessId process, EntryData data) {
    long sequence = sequences.merge(process, 1L, Long::sum);
    EncodedEntry encoded = EntryCodec.encode(
        new JournalEntry(process, sequence, 1, TIME.plusMillis(sequence), data),
        hashes.getOrDefault(process, HashChain.start()));
    hashes.put(process, encoded.hash());
    return encoded;
  }

  /** The next entry of a process, a small one. */
  public EncodedEntry next(String process) {
    return next(process(process), new DeployEntry.ProcessRemoved("gone"));
  }

  /** Every class of entry data, also those under a narrower word. */
  public static List<Class<?>> kinds() {
    List<Class<?>> kinds = new ArrayList<>();
    for (Class<?> kind : EntryData.class.getPermittedSubclasses()) {
      kinds.addAll(kind.isSealed() ? List.of(kind.getPermittedSubclasses()) : List.of(kind));
    }
    return kinds;
  }

  /** One of each kind, every optional part once there and once not. */
  public static List<EntryData> everyKind() {
    Message.ToolRequest call =
        new Message.ToolRequest("call_1", "db__query", "{\"q\":\"\\u0000\"}");
    Json payload =
        Json.parse("{\"@class\":\"x\",\"__proto__\":{\"a\":[1,2.50,1e400,null]},\"é\":\"€\"}");
    List<ContextWrite> writes = List.of(
        new ContextWrite("a", Json.parse("[1]"), 3L),
        new ContextWrite("b", null, null),
        new ContextWrite("c", Json.NULL, null));
    List<EntryData> all = new ArrayList<>();
    all.add(new DeployEntry.ProcessDeployed(Json.EMPTY, "ab", 1, "file", "x.agent"));
    all.add(new DeployEntry.ProcessDeployed(payload, "ab", 2, "api", null));
    all.add(new DeployEntry.ProcessRemoved("by \"hand\"\n"));
    all.add(new EntryData.StateTransition(
        ProcessState.RUNNING, ProcessState.SUSPENDED, "asked", List.of("operator", "idle")));
    all.add(new EntryData.Restart(2, "back", false));
    all.add(new EntryData.ErrorNoted(ErrorCode.INTERNAL, "lone \ud800 and nul \0", RUN));
    all.add(new EntryData.ErrorNoted(ErrorCode.STORAGE, "", null));
    for (String each : List.of("{\"a\": 1}", "\"text\\n\"", "12", "-0.0", "true", "null", "[]")) {
      all.add(new EntryData.TriggerAccepted(new TriggerEvent(
          "e1", "t1", "webhook", TIME, Json.parse(each), Json.EMPTY, "key", false)));
    }
    all.add(new EntryData.TriggerAccepted(
        new TriggerEvent("e2", "t1", "cron", Instant.EPOCH, payload, payload, null, true)));
    all.add(new EntryData.TriggerCursor("t1", payload));
    all.add(new EntryData.TriggerSettled(List.of("e1", "e2"), "expired", "late"));
    all.add(new EntryData.ToolSet("cd", Json.parse("[{}]"), null, null));
    all.add(new EntryData.InvocationStart(
        RUN, List.of("e1"), 1, 2, "cd", Map.of("time", "now", "budget", "none", "a", "")));
    all.add(new EntryData.InvocationStart(RUN, List.of(), 2, 2, "", Map.of()));
    all.add(new EntryData.ModelReply(
        RUN, 1, new Message.Assistant("", List.of(call)), new Message.Usage(0, 0), "ef", "why"));
    all.add(new EntryData.ModelReply(
        RUN,
        2,
        new Message.Assistant("hi \ud83d\ude00", List.of()),
        new Message.Usage(1, 2),
        "ef",
        null));
    for (ToolDefinition.Policy policy : ToolDefinition.Policy.values()) {
      all.add(new EntryData.ToolCall(RUN, 1, call, RUN.effectKey(1), policy, null));
    }
    for (EntryData.ToolOutcome outcome : EntryData.ToolOutcome.values()) {
      all.add(new EntryData.ToolResult(RUN, 1, "context_set", outcome, "done", writes, List.of()));
    }
    all.add(
        new EntryData.EffectResolved(RUN, "k", EntryData.Resolution.DID_NOT_HAPPEN, null, "ops"));
    all.add(new EntryData.EffectResolved(RUN, "k", EntryData.Resolution.LANDED, "r", "ops"));
    all.add(new EntryData.InvocationResult(
        RUN, EntryData.Outcome.COMPLETED, new Message.Usage(0, 0), 5, null, List.of(2L, 3L)));
    all.add(new EntryData.InvocationResult(
        RUN,
        EntryData.Outcome.FAILED,
        new Message.Usage(Long.MAX_VALUE, 0),
        0,
        new Failure(ErrorCode.MODEL_RATE_LIMITED, "later", Duration.ofNanos(1_500_000_001)),
        List.of()));
    all.add(new EntryData.ContextUpdate(writes, "api"));
    all.addAll(ofTheBus(payload));
    all.addAll(ofOperators(writes));
    all.addAll(ofBudgets(call));
    all.addAll(ofPeople(payload));
    all.addAll(ofTheWatch());
    all.addAll(ofApprovals(payload));
    all.add(new OperatorEntry.OperatorAction("ops", "::1", "POST /a", 409, "req-1"));
    all.add(new OperatorEntry.OperatorAction("anonymous", "::1", "GET /a", 401).andMore(12));
    return all;
  }

  private static List<EntryData> ofTheWatch() {
    Message.Usage usage = new Message.Usage(7, 3);
    return List.of(
        new WatchEntry.HealthAnomaly("stuck", WatchEntry.HealthAction.PAUSE, RUN, 3, "3 times \n"),
        new WatchEntry.HealthAnomaly("", WatchEntry.HealthAction.RECOVERED, null, 0, ""),
        new WatchEntry.MissionEvaluation(
            WatchEntry.MissionState.ACTIVE,
            WatchEntry.MissionSource.JUDGE,
            5,
            new WatchEntry.MissionVerdict(false, 850, "not \ud83d\ude00 yet", ""),
            usage,
            "openai:x",
            ""),
        new WatchEntry.MissionEvaluation(
            WatchEntry.MissionState.FAILED,
            WatchEntry.MissionSource.OPERATOR,
            0,
            null,
            Message.Usage.NONE,
            "",
            "no use"));
  }

  private static List<EntryData> ofBudgets(Message.ToolRequest call) {
    return List.of(
        new BudgetEntry.ModelCall(RUN, 1, 2, 0, 0),
        new BudgetEntry.ModelCall(RUN, 3, 1, 4_000, 12_345_678L),
        new BudgetEntry.BudgetCharge(
            "judge", "2026-03-02", null, null, Map.of("tokens", -3L, "money", Long.MAX_VALUE)),
        new BudgetEntry.BudgetCharge(
            "warning", "2026-03-02", RUN, "cost_run", Map.of("used", 8L, "max", 10L)),
        new BudgetEntry.BudgetGrant("2026-03-02", Map.of("tool_calls_day", 5L), "ops", null),
        new BudgetEntry.BudgetGrant("2026-03-02", Map.of("runs_day", 1L), "boss", "i7"),
        new EntryData.ToolCall(
            RUN,
            1,
            call,
            RUN.effectKey(1),
            ToolDefinition.Policy.IDEMPOTENT,
            new BudgetEntry.Reserve(2_500_000_000L, true)),
        new EntryData.ToolResult(
            RUN,
            2,
            "context_get",
            EntryData.ToolOutcome.OK,
            "",
            List.of(),
            List.of(),
            new BudgetEntry.Reserve(1, false)));
  }

  private static List<EntryData> ofOperators(List<ContextWrite> writes) {
    List<EntryData> all = new ArrayList<>();
    all.add(
        new OperatorEntry.Rewound(7, OperatorEntry.RewindMode.CONTEXT, List.of(), writes, "ops"));
    all.add(new OperatorEntry.Rewound(
        1,
        OperatorEntry.RewindMode.BOTH,
        List.of(new Message.UserText("hi \ud83d\ude00"), new Message.Assistant("", List.of())),
        List.of(),
        ""));
    all.add(new OperatorEntry.SecretAccess("TOKEN", "used", "send", RUN.value(), ""));
    all.add(new OperatorEntry.SecretAccess("TOKEN", "rotated", "api", "", "file:token"));
    all.add(
        new OperatorEntry.OperatorAction("ops", "127.0.0.1", "POST /api/v1/processes/a/stop", 200));
    all.add(new DeployEntry.ProcessDeployed(
        Json.EMPTY,
        "cd",
        3,
        "file",
        "x.agent",
        1,
        new Drift("ab", List.of("triggers"), List.of("event-1"))));
    all.add(new OperatorEntry.VerticleChanged("greeter", Json.EMPTY, "ops"));
    all.add(new OperatorEntry.VerticleChanged("greeter", null, "lib"));
    return all;
  }

  private static List<EntryData> ofPeople(Json payload) {
    PeopleEntry.Said said = new PeopleEntry.Said(
        "m1",
        "look \ud83d\ude00",
        PeopleEntry.Type.DIRECTIVE,
        "ann",
        PeopleEntry.Priority.CRITICAL,
        TIME,
        payload);
    PeopleEntry.Said bare = new PeopleEntry.Said(
        "m2", "", PeopleEntry.Type.CONTEXT, "", PeopleEntry.Priority.LOW, TIME, Json.EMPTY);
    Due due = new Due(NODE, new ProcessName("one"), "t1", null);
    List<EntryData> all = new ArrayList<>();
    all.add(new PeopleEntry.InboxMessage(said, List.of("m0"), "ann"));
    all.add(new PeopleEntry.InboxMessage(bare, List.of(), "api"));
    all.add(new PeopleEntry.InboxMessage(null, List.of("m1", "m2"), "api"));
    all.add(new PeopleEntry.Escalation(
        "x1", "budget.exceeded", payload, "https://example.com/a", "b", List.of(due)));
    all.add(new PeopleEntry.Escalation("x2", "t", Json.EMPTY, null, "b", List.of()));
    return all;
  }

  private static List<EntryData> ofApprovals(Json payload) {
    List<EntryData> all = new ArrayList<>();
    all.add(new ApprovalEntry.ApprovalRequest(
        RUN,
        3,
        "id \ud83d\ude00",
        2,
        "pay",
        payload,
        new ApprovalEntry.Digests("a", "b", "c"),
        List.of("tool", "tainted"),
        TIME));
    all.add(new ApprovalEntry.ApprovalRequest(
        RUN,
        1,
        "id",
        1,
        "pay",
        null,
        new ApprovalEntry.Digests("a", "b", "c"),
        List.of(),
        Instant.EPOCH));
    for (ApprovalEntry.ApprovalOutcome outcome : ApprovalEntry.ApprovalOutcome.values()) {
      all.add(new ApprovalEntry.ApprovalDecision(RUN, 3, "id", outcome, "ops", "", payload));
    }
    all.add(new ApprovalEntry.ApprovalDecision(
        RUN, 3, "id", ApprovalEntry.ApprovalOutcome.DENIED, "ops", "no \"way\"\n", null));
    all.add(new EntryData.InvocationResult(
            RUN, EntryData.Outcome.COMPLETED, new Message.Usage(0, 0), 5, null, List.of(2L))
        .tainted(true));
    return all;
  }

  private static List<EntryData> ofTheBus(Json payload) {
    Emission event = new Emission(Emission.Kind.EVENT, "a.b", payload, Emission.Options.NONE);
    Emission message = new Emission(
        Emission.Kind.MESSAGE,
        "t",
        Json.NULL,
        new Emission.Options(-5, Duration.ofMillis(1_500), "k"));
    Due one = new Due(NODE, new ProcessName("one"), "t1", null);
    Due other = new Due(new NodeId("node-2"), new ProcessName("other"), "", "group");
    List<EntryData> all = new ArrayList<>();
    all.add(new EntryData.ErrorNoted(ErrorCode.INTERNAL, "again", RUN, TIME));
    all.add(new EntryData.TriggerAccepted(new TriggerEvent(
        "e3",
        "t1",
        "message",
        TIME,
        Json.NULL,
        Json.EMPTY,
        "item",
        false,
        new Routing(
            7, TIME, "order", 3, new Routing.ReplyTo(NODE, new ProcessName("asker"), "key")))));
    all.add(new EntryData.ToolResult(
        RUN, 2, "emit_event", EntryData.ToolOutcome.OK, "", List.of(), List.of(event, message)));
    all.add(new EntryData.InvocationResult(
        RUN,
        EntryData.Outcome.COMPLETED,
        new Message.Usage(0, 0),
        5,
        null,
        List.of(),
        List.of(List.of(), List.of(one, other))));
    all.add(new EntryData.Emitted("i1", event, "api", List.of(one), Emission.Voice.TAINTED));
    all.add(new EntryData.Emitted("i2", message, "", List.of(), Emission.Voice.TAINTED));
    all.add(
        new EntryData.EffectDelivered("i1", List.of(one), EntryData.Delivery.DELIVERED, List.of()));
    all.add(new EntryData.EffectDelivered(
        "i1", List.of(one), EntryData.Delivery.MOVED, List.of(other)));
    all.add(new OperatorEntry.DeadLetterHandled(
        List.of("i1"), OperatorEntry.DeadLetterAction.REDELIVERED, true, "ops"));
    all.add(new OperatorEntry.DeadLetterHandled(
        List.of(), OperatorEntry.DeadLetterAction.CLEARED, false, ""));
    all.add(new EntryData.CheckpointMade(4711, "ab"));
    return all;
  }
}
