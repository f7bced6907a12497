package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.replay.Past;
import dev.agentruntime.replay.Replay;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The journal comes to the state that a process runs on, and when it does not, that is seen. */
class ReplayTest {

  private static void assertEqual(HandProcess process) {
    long position = process.image().sequence();
    String digest = ImageDigest.of(process.image());
    Map<String, ?> said = process.answer(process.past().replay());
    assertEquals(true, said.get("equal"), said::toString);
    assertEquals(position, said.get("position"));
    assertEquals(digest, said.get("digest"));
    assertEquals(said.get("digest"), said.get("replayed"));
    assertEquals(List.of(), said.get("differences"));
  }

  @Test
  void isEqualInEveryStateOfARun() {
    HandProcess process = HandProcess.running();
    assertEqual(process);
    HandProcess.Called call = process.inCall("charge");
    assertEqual(process);
    process.restart(false);
    assertEqual(process);
    assertTrue(process.resolve(EntryData.Resolution.LANDED) != null);
    process.flush();
    assertEqual(process);
    process.want("context_set", "{\"key\":\"k\",\"value\":[1,{\"a\":2.50}]}");
    process.say("done");
    assertEqual(process);
    call.promise().tryComplete(Tool.Reply.ok("too late"));
    Future<?> left = process.offer("another", "key");
    process.flush();
    process.breakModel();
    assertEqual(process);
    assertTrue(left.succeeded());
  }

  @Test
  void waitsForWhatIsNotDurableYet() {
    HandProcess process = HandProcess.running();
    Future<?> offered = process.offer("x");
    Future<Json> replay = process.past().replay();
    assertFalse(replay.isComplete());
    Map<String, ?> said = process.answer(replay);
    assertEquals(true, said.get("equal"), said::toString);
    assertTrue(offered.succeeded());
  }

  @Test
  void namesWhereTheyPart() {
    HandProcess process = HandProcess.running();
    Future<Void> written = process
        .kernel()
        .note(new EntryData.ContextUpdate(List.of(new ContextWrite("k", Json.of(1), null)), "api"));
    process.flush();
    assertTrue(written.succeeded());
    Past forged = new Past(
        new SimJournal(process.journal()) {
          @Override
          public Future<List<JournalLine>> read(ProcessId id, long from, int limit) {
            return super.read(id, from, limit)
                .map(lines -> lines.stream().map(ReplayTest::forged).toList());
          }
        },
        HandProcess.ID,
        HandProcess::inline);
    Map<String, ?> said =
        process.answer(Replay.check(forged, process.image(), Future.succeededFuture()));
    assertEquals(false, said.get("equal"));
    assertEquals(ImageDigest.of(process.image()), said.get("digest"));
    String differences = String.valueOf(said.get("differences"));
    assertTrue(differences.startsWith("[{at=context.entries.k, live="), differences);
    assertTrue(differences.contains("value=1") && differences.contains("value=2"), differences);
  }

  private static Journal.JournalLine forged(Journal.JournalLine line) {
    JournalEntry entry = line.entry();
    EntryData data = entry.data() instanceof EntryData.ContextUpdate
        ? new EntryData.ContextUpdate(List.of(new ContextWrite("k", Json.of(2), null)), "api")
        : entry.data();
    return new Journal.JournalLine(
        new JournalEntry(entry.process(), entry.sequence(), entry.epoch(), entry.time(), data),
        line.text());
  }

  @Test
  void whatIsKeptNoMoreIsRefusedWithTheDate() {
    HandProcess process = HandProcess.running();
    Past cut = new Past(
        new SimJournal(process.journal()) {
          @Override
          public Future<List<JournalLine>> read(ProcessId id, long from, int limit) {
            return super.read(id, Math.max(3, from), limit);
          }
        },
        HandProcess.ID,
        HandProcess::inline);
    Future<Json> said = Replay.check(cut, process.image(), Future.succeededFuture());
    RuntimeFault fault = (RuntimeFault) said.cause();
    assertEquals(ErrorCode.NOT_KEPT, fault.code());
    assertEquals(
        "entry 1 of hand#1 is kept no more: the next one that is kept is 3, of "
            + HandProcess.START,
        fault.failure().message());
  }
}
