package dev.agentruntime.governance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.PeopleEntry.Priority;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What operators have said, as a fold; after each entry an image of it says the same. */
final class MessagesTest {

  private static final Instant START = Instant.parse("2026-11-22T08:00:00Z");
  private static final ProcessId SELF = new ProcessId(new ProcessName("clerk"), 1);
  private static final InvocationId FIRST = new InvocationId("01JDABCDEFGHJKMNPQRSTVWXYA");
  private static final InvocationId SECOND = new InvocationId("01JDABCDEFGHJKMNPQRSTVWXYB");

  private Messages messages = new Messages();
  private long sequence;

  private void apply(EntryData data, Duration after) {
    messages.apply(new JournalEntry(SELF, ++sequence, 1, START.plus(after), data), null);
    Map<String, Object> kept = messages.toValues();
    byte[] bytes = Json.of(kept).bytes();
    Messages read = new Messages();
    read.read(new Fields(bytes, 0, bytes.length));
    assertEquals(Json.of(kept), Json.of(read.toValues()));
    messages = read;
  }

  private void apply(EntryData data) {
    apply(data, Duration.ofSeconds(sequence));
  }

  private static PeopleEntry.InboxMessage said(String id, Priority priority, String... gone) {
    return new PeopleEntry.InboxMessage(
        new PeopleEntry.Said(
            id,
            "text",
            PeopleEntry.Type.CONTEXT,
            "ann",
            priority,
            START.plusSeconds(100),
            Json.EMPTY),
        List.of(gone),
        "api");
  }

  private static EntryData begins(InvocationId run, int attempt) {
    return new EntryData.InvocationStart(
        run, List.of("e"), attempt, 1, "", Map.of(PeopleEntry.BLOCK, "block"));
  }

  private static EntryData ends(InvocationId run, Outcome outcome) {
    return new EntryData.InvocationResult(run, outcome, Message.Usage.NONE, 1, null, List.of());
  }

  private List<String> next() {
    return messages.next(START.plusSeconds(50)).stream()
        .map(one -> one.said().id())
        .toList();
  }

  @Test
  void aRunTakesThemAndOnlyItsCommitEndsThem() {
    apply(said("a", Priority.NORMAL));
    apply(said("b", Priority.CRITICAL));
    apply(said("c", Priority.NORMAL));
    assertEquals(List.of("b", "a", "c"), next());

    apply(begins(FIRST, 1));
    assertEquals(List.of(), next());
    apply(said("d", Priority.LOW));
    apply(begins(FIRST, 2));
    assertEquals(List.of("d"), next());
    apply(ends(FIRST, Outcome.FAILED));
    assertEquals(List.of("b", "a", "c", "d"), next());

    apply(begins(SECOND, 1));
    apply(ends(SECOND, Outcome.COMPLETED));
    assertEquals(List.of(), messages.waiting(START));
  }

  @Test
  void whatWasTakenBackOrIsTooOldIsReadByNobody() {
    apply(said("a", Priority.NORMAL));
    apply(said("b", Priority.NORMAL, "a"));
    assertEquals(List.of("b"), next());
    apply(new PeopleEntry.InboxMessage(null, List.of("b"), "api"));
    assertEquals(List.of(), next());
    apply(said("c", Priority.NORMAL));
    assertEquals(List.of(), messages.next(START.plusSeconds(100)));
    assertEquals(List.of(), messages.waiting(START.plusSeconds(100)));
  }

  @Test
  void aSenderIsCountedForAnHour() {
    apply(said("a", Priority.NORMAL), Duration.ZERO);
    apply(said("b", Priority.NORMAL), Duration.ofMinutes(30));
    Instant later = START.plus(Duration.ofMinutes(59));
    assertEquals(2, messages.recent("ann", later).size());
    Instant before = START.minusSeconds(1);
    assertEquals(0, messages.recent("ann", before).size(), "a clock that was ahead is put right");
    assertEquals(0, messages.senders(before));
    assertEquals(1, messages.recent("ann", START.plus(Messages.WINDOW)).size());
    assertEquals(0, messages.recent("bob", later).size());
    apply(said("c", Priority.NORMAL), Duration.ofHours(2));
    assertEquals(1, messages.recent("ann", START.plus(Duration.ofHours(2))).size());
  }

  @Test
  void nothingIsKeptWhereNothingWasSaid() {
    apply(begins(FIRST, 1));
    apply(ends(FIRST, Outcome.COMPLETED));
    assertEquals(Map.of(), messages.toValues());
  }
}
