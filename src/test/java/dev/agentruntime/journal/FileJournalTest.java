package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.Entries;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.entry.DeployEntry;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileJournalTest extends JournalContract {

  @TempDir
  Path directory = Path.of("");

  private JournalSettings settings() {
    return new JournalSettings(directory.resolve("journal"), Entries.NODE, 1 << 16, 4096);
  }

  @Override
  Journal open() throws Exception {
    FileJournal opened = await(FileJournal.open(vertx, new RealDisk(), settings()));
    await(opened.replay((entry, hash) -> {}));
    return opened;
  }

  private Seen again() throws Exception {
    await(journal.close());
    journal = await(FileJournal.open(vertx, new RealDisk(), settings()));
    return replay(journal);
  }

  @Test
  void itSaysThatItIsDurable() {
    assertTrue(journal.durable());
  }

  @Test
  void everythingIsThereAfterACleanStopAndGoesOn() throws Exception {
    await(journal.append(entries.next("a")));
    Seen seen = again();
    assertEquals(1, seen.found().entries());
    assertTrue(seen.found().cleanStop());
    await(journal.append(entries.next("a")));
    seen = again();
    assertEquals(2, seen.found().entries());
    assertEquals(Map.of(), seen.found().damaged());
    assertTrue(seen.found().cleanStop());
  }

  @Test
  void itGoesOnOverManySegments() throws Exception {
    List<Future<Void>> all = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      all.add(journal.append(entries.next("p" + i % 3)));
    }
    await(Future.all(all));
    assertEquals(10, await(journal.read(Entries.process("p1"), 480, 10)).size());
    assertTrue(Files.exists(directory.resolve("journal/00000005.jsonl")));
    Seen seen = again();
    assertEquals(1500, seen.found().entries());
    assertEquals(List.of(), seen.found().suspect());
    assertEquals(10, await(journal.read(Entries.process("p1"), 480, 10)).size());
    await(journal.append(entries.next("p1")));
    assertEquals(1501, again().found().entries());
  }

  @Test
  void anEntryLongerThanASegmentFits() throws Exception {
    String text = "x".repeat(200_000);
    await(journal.append(entries.next("a")));
    for (int i = 0; i < 3; i++) {
      await(
          journal.append(entries.next(Entries.process("a"), new DeployEntry.ProcessRemoved(text))));
    }
    assertEquals(4, again().found().entries());
    await(journal.append(entries.next("a")));
    Seen seen = again();
    assertEquals(5, seen.found().entries());
    assertEquals(List.of(), seen.found().suspect());
  }

  @Test
  void anEntryBeyondTheBoundIsRefusedAndNothingElse() throws Exception {
    Entries other = new Entries();
    EncodedEntry huge = other.next(
        Entries.process("b"), new DeployEntry.ProcessRemoved("x".repeat(LineView.LENGTH_MAX)));
    assertEquals(ErrorCode.PAYLOAD_TOO_LARGE, fault(journal.append(huge)).code());
    await(journal.append(entries.next("a")));
  }

  @Test
  void aSecondRuntimeIsToldWhoHasTheDirectory() throws Exception {
    RuntimeFault fault = fault(FileJournal.open(vertx, new RealDisk(), settings()));
    assertEquals(ErrorCode.DIRECTORY_LOCKED, fault.code());
    assertTrue(
        fault.failure().message().contains("pid " + ProcessHandle.current().pid()));
    // The refusal must not have cost the holder its lock.
    assertEquals(
        ErrorCode.DIRECTORY_LOCKED,
        fault(FileJournal.open(vertx, new RealDisk(), settings())).code());
    await(journal.append(entries.next("a")));
  }

  @Test
  void nothingIsTakenBeforeTheReplay() throws Exception {
    await(journal.close());
    journal = await(FileJournal.open(vertx, new RealDisk(), settings()));
    assertFalse(journal.accepting());
    assertEquals(
        ErrorCode.JOURNAL_CLOSED, fault(journal.append(entries.next("a"))).code());
  }

  @Test
  void anotherNodesJournalIsNotReadAsOnesOwn() throws Exception {
    await(journal.append(entries.next("a")));
    await(journal.close());
    FileJournal other = await(FileJournal.open(
        vertx,
        new RealDisk(),
        new JournalSettings(
            settings().directory(), new dev.agentruntime.core.NodeId("node-2"), 1 << 16, 10)));
    Seen seen = replay(other);
    assertEquals(0, seen.found().entries());
    assertTrue(seen.found().suspect().get(0).contains("actual=node node-1"));
    await(other.close());
  }
}
