package dev.agentruntime.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.Entries;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.WatchEntry;
import dev.agentruntime.guard.Redactor;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every kind of entry either loses its secrets or has no place for any. */
class RedactionTest {

  private static final String SECRET = "hunter2-hunter2";
  private static final Redactor REDACTOR = Redactor.of(() -> Map.of("S", List.of(SECRET)));
  private static final Json JSON = Json.of(Map.of("k", List.of(SECRET)));
  private static final InvocationId RUN = new InvocationId("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  private static final Message.ToolRequest CALL =
      new Message.ToolRequest("c", "t", "{\"a\":\"" + SECRET + "\"}");
  private static final Emission EMISSION =
      new Emission(Emission.Kind.EVENT, "n." + SECRET, JSON, new Emission.Options(0, null, null));
  private static final List<ContextWrite> WRITES =
      List.of(new ContextWrite(SECRET, JSON, null), new ContextWrite("gone", null, null));

  private static List<EntryData> all() {
    return List.of(
        new DeployEntry.ProcessRemoved(SECRET),
        new EntryData.StateTransition(ProcessState.RUNNING, ProcessState.FAILED, SECRET, List.of()),
        new EntryData.ErrorNoted(ErrorCode.INTERNAL, SECRET, RUN),
        new EntryData.TriggerSettled(List.of("e"), "cancelled", SECRET),
        new EntryData.TriggerAccepted(
            new TriggerEvent("e", "t", "webhook", Instant.EPOCH, JSON, JSON, null, false)),
        new EntryData.TriggerCursor("t", JSON),
        new EntryData.InvocationStart(RUN, List.of("e"), 1, 1, "", Map.of("b", SECRET)),
        new EntryData.ModelReply(
            RUN, 1, new Message.Assistant(SECRET, List.of(CALL)), Message.Usage.NONE, "", SECRET),
        new EntryData.ToolCall(RUN, 1, CALL, "k", Policy.IRREVERSIBLE, null),
        new EntryData.ToolResult(RUN, 1, "t", ToolOutcome.OK, SECRET, WRITES, List.of(EMISSION)),
        new EntryData.EffectResolved(RUN, "k", Resolution.LANDED, SECRET, SECRET),
        new EntryData.InvocationResult(
            RUN,
            Outcome.FAILED,
            Message.Usage.NONE,
            1,
            new Failure(ErrorCode.INTERNAL, SECRET),
            List.of(1L)),
        new EntryData.Emitted("i", EMISSION, "s", List.of(), Emission.Voice.OPERATOR),
        new OperatorEntry.OperatorAction("ops", "127.0.0.1", "POST /" + SECRET, 200, SECRET),
        new OperatorEntry.Rewound(
            1,
            OperatorEntry.RewindMode.BOTH,
            List.of(new Message.UserText(SECRET), new Message.Assistant(SECRET, List.of())),
            WRITES,
            "ops"),
        new PeopleEntry.InboxMessage(
            new PeopleEntry.Said(
                "m",
                SECRET,
                PeopleEntry.Type.CONTEXT,
                SECRET,
                PeopleEntry.Priority.LOW,
                Instant.EPOCH,
                JSON),
            List.of("o"),
            SECRET),
        new PeopleEntry.Escalation("x", "t", JSON, "https://a.example/", "e", List.of()),
        new WatchEntry.HealthAnomaly("stuck", WatchEntry.HealthAction.LOG, RUN, 1, SECRET),
        new WatchEntry.MissionEvaluation(
            WatchEntry.MissionState.ACTIVE,
            WatchEntry.MissionSource.JUDGE,
            1,
            new WatchEntry.MissionVerdict(false, 1, SECRET, SECRET),
            Message.Usage.NONE,
            "",
            SECRET),
        new ApprovalEntry.ApprovalRequest(
            RUN,
            1,
            "i",
            1,
            "t",
            JSON,
            new ApprovalEntry.Digests("a", "b", "c"),
            List.of("tool"),
            Instant.EPOCH),
        new ApprovalEntry.ApprovalDecision(
            RUN, 1, "i", ApprovalEntry.ApprovalOutcome.APPROVED, SECRET, SECRET, JSON),
        new EntryData.ContextUpdate(WRITES, "api", true));
  }

  @Test
  void keepsWhatAProviderSignedUnlessASecretIsInIt() {
    Message.Assistant said = new Message.Assistant(SECRET, List.of(CALL), "c2lnbmVk");
    EntryData.ModelReply reply =
        new EntryData.ModelReply(RUN, 1, said, Message.Usage.NONE, "", null);
    EntryData.ModelReply clean = Redaction.of(reply, REDACTOR);
    assertEquals("c2lnbmVk", clean.reply().signature());
    assertEquals("[secret:S]", clean.reply().text());
    Message.Assistant leaks = new Message.Assistant("", List.of(), "signed " + SECRET);
    EntryData.ModelReply other =
        new EntryData.ModelReply(RUN, 1, leaks, Message.Usage.NONE, "", null);
    EntryData.ModelReply without = Redaction.of(other, REDACTOR);
    assertNull(without.reply().signature());
  }

  @Test
  void takesSecretsOutOfEveryKindThatHoldsText() {
    Set<Class<?>> seen = new HashSet<>(Redaction.CLEAN);
    for (EntryData data : all()) {
      assertTrue(data.toString().contains(SECRET), data.kind());
      EntryData clean = Redaction.of(data, REDACTOR);
      assertSame(data.getClass(), clean.getClass());
      assertTrue(!clean.toString().contains(SECRET), clean.toString());
      assertEquals(data.toString().replace(SECRET, "[secret:S]"), clean.toString(), data.kind());
      assertEquals(clean, Redaction.of(clean, REDACTOR));
      assertSame(data, Redaction.of(data, Redactor.NONE));
      seen.add(data.getClass());
    }
    Set<Class<?>> written = new HashSet<>(Entries.kinds());
    written.remove(EntryData.Dropped.class);
    assertEquals(written, seen);
  }

  @Test
  void aKeyWithASecretBecomesOneThatIsTheSameForTheSame() {
    TriggerEvent event = new TriggerEvent(
        "e", "hook", "webhook", Instant.EPOCH, Json.EMPTY, Json.EMPTY, "id-" + SECRET, false);
    TriggerEvent clean = Redaction.of(event, REDACTOR);
    assertFalse(clean.toString().contains(SECRET), clean::toString);
    assertEquals(clean, Redaction.of(event, REDACTOR));
    Emission said =
        new Emission(Emission.Kind.MESSAGE, "a", Json.EMPTY, new Emission.Options(0, null, SECRET));
    assertFalse(Redaction.of(said, REDACTOR).toString().contains(SECRET));
    EntryData settled =
        new EntryData.TriggerSettled(List.of("e"), "cancelled", "because " + SECRET);
    assertFalse(Redaction.of(settled, REDACTOR).toString().contains(SECRET));
  }
}
