package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.Entries;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.sim.SimDisk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals that somebody or something changed behind the runtime's back. */
final class DamageTest {

  private final SimDisk disk = new SimDisk(1);
  private final Entries entries = new Entries();

  /** Header, then lines 2..7: a, b, a | b | a, b; each an own group but the first. */
  private List<String> lines() throws Exception {
    FileJournal journal = JournalFiles.replay(disk).journal();
    JournalFiles.group(journal, entries, "a", "b", "a");
    JournalFiles.group(journal, entries, "b");
    JournalFiles.group(journal, entries, "a", "b");
    return new ArrayList<>(List.of(JournalFiles.text(disk, 1).split("\n")));
  }

  private JournalFiles.Opened open(List<String> lines) {
    SimDisk changed = new SimDisk(2);
    JournalFiles.put(changed, 1, String.join("\n", lines) + "\n");
    return JournalFiles.replay(changed);
  }

  private static Set<ProcessId> damaged(JournalFiles.Opened opened) {
    return opened.found().damaged().keySet();
  }

  @Test
  void aMissingLineDamagesItsProcessAndNoOther() throws Exception {
    List<String> lines = lines();
    lines.remove(2);
    JournalFiles.Opened opened = open(lines);
    assertEquals(Set.of(Entries.process("b")), damaged(opened));
    assertEquals(List.of(), opened.found().suspect());
    assertEquals(3, opened.entries().size());
    assertTrue(
        opened.found().damaged().toString().contains("00000001.jsonl:4: byte 5"),
        () -> "" + opened.found());
  }

  @Test
  void aMissingLineOfNobodyKnownIsSuspect() throws Exception {
    FileJournal journal = JournalFiles.replay(disk).journal();
    JournalFiles.group(journal, entries, "a");
    JournalFiles.group(journal, entries, "b");
    JournalFiles.group(journal, entries, "a");
    List<String> lines = new ArrayList<>(List.of(JournalFiles.text(disk, 1).split("\n")));
    lines.remove(2);
    JournalFiles.Opened opened = open(lines);
    assertEquals(Set.of(), damaged(opened));
    assertEquals(1, opened.found().suspect().size());
    assertEquals(2, opened.entries().size());
  }

  @Test
  void swappedAndDoubledLinesAreDamage() throws Exception {
    List<String> whole = lines();
    List<String> swapped = new ArrayList<>(whole);
    swapped.set(2, swapped.set(3, swapped.get(2)));
    assertFalse(open(swapped).found().damaged().isEmpty());
    List<String> doubled = new ArrayList<>(whole);
    doubled.add(4, doubled.get(3));
    assertEquals(Set.of(Entries.process("a")), damaged(open(doubled)));
  }

  @Test
  void aDamagedFileStaysAsItIsAndWritingGoesOnInAnother() throws Exception {
    List<String> lines = lines();
    lines.set(2, lines.get(2).replace("gone", "GONE"));
    SimDisk changed = new SimDisk(3);
    JournalFiles.put(changed, 1, String.join("\n", lines) + "\n");
    byte[] before = changed.bytes(JournalFiles.file(1));
    for (int round = 1; round <= 3; round++) {
      JournalFiles.Opened opened = JournalFiles.replay(changed);
      assertEquals(Set.of(Entries.process("b")), damaged(opened));
      Entries fresh = new Entries();
      JournalFiles.group(opened.journal(), fresh, "c" + round)
          .forEach(future -> assertTrue(future.succeeded()));
      Entries broken = new Entries();
      assertEquals(
          ErrorCode.JOURNAL_CORRUPT,
          JournalContract.fault(
                  JournalFiles.group(opened.journal(), broken, "b").get(0))
              .code());
      JournalContract.await(opened.journal().close());
      assertArrayEquals(before, changed.bytes(JournalFiles.file(1)));
    }
    assertEquals(6, JournalFiles.replay(changed).entries().size());
  }

  @Test
  void aChangedFormatIsRefusedUntouchedAndNamed() throws Exception {
    List<String> lines = lines();
    Bytes header = new Bytes(100);
    header.ascii("{\"format\":7,\"new\":[true]").seal(0);
    lines.set(0, new String(header.toByteArray(), StandardCharsets.UTF_8).strip());
    SimDisk changed = new SimDisk(3);
    JournalFiles.put(changed, 1, String.join("\n", lines) + "\n");
    byte[] before = changed.bytes(JournalFiles.file(1));
    JournalFiles.Opened opened = JournalFiles.replay(changed);
    assertEquals(ErrorCode.JOURNAL_FORMAT, opened.fault().code());
    assertTrue(opened.fault().failure().message().contains("actual=format 7"));
    assertArrayEquals(before, changed.bytes(JournalFiles.file(1)));
  }

  @Test
  void anUnknownKindStopsItsProcess() throws Exception {
    FileJournal journal = JournalFiles.replay(disk).journal();
    EncodedEntry entry = entries.next(Entries.process("a"), JournalFiles.small());
    byte[] head = new String(entry.head(), StandardCharsets.UTF_8)
        .replace("process_removed", "process_renamed")
        .getBytes(StandardCharsets.UTF_8);
    var appended = journal.append(new EncodedEntry(entry.process(), 1, head, entry.hash()));
    JournalFiles.group(journal, entries, "b");
    assertTrue(appended.succeeded());
    disk.kill();
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    assertEquals(Set.of(Entries.process("a")), damaged(opened));
    assertEquals(1, opened.entries().size());
  }

  @Test
  void anEpochThatFallsIsDamage() throws Exception {
    FileJournal journal = JournalFiles.replay(disk).journal();
    ProcessId process = Entries.process("a");
    EncodedEntry first = EntryCodec.encode(
        new JournalEntry(process, 1, 5, Entries.TIME, JournalFiles.small()), HashChain.start());
    EncodedEntry second = EntryCodec.encode(
        new JournalEntry(process, 2, 4, Entries.TIME, JournalFiles.small()), first.hash());
    JournalFiles.group(journal, entries);
    List<io.vertx.core.Future<Void>> appended =
        List.of(journal.append(first), journal.append(second));
    journal.drain();
    assertTrue(appended.get(1).succeeded());
    disk.kill();
    assertTrue(JournalFiles.replay(disk).found().damaged().toString().contains("epoch of a#1"));
  }

  @Test
  void aRewrittenEntryBreaksTheChainThoughItsCrcIsRight() throws Exception {
    List<String> lines = lines();
    Bytes forged = new Bytes(300);
    String line = lines.get(2).replace("gone", "gain");
    forged.ascii(line.substring(0, line.length() - 16)).seal(0);
    lines.set(2, new String(forged.toByteArray(), StandardCharsets.UTF_8).strip());
    JournalFiles.Opened opened = open(lines);
    assertTrue(
        opened.found().damaged().toString().contains("hash chain of b#1 is broken at sequence 1"),
        () -> "" + opened.found());
  }

  /** Four segments and more. */
  private SimDisk many() {
    FileJournal journal = JournalFiles.replay(disk).journal();
    for (int i = 0; i < 60; i++) {
      JournalFiles.group(journal, entries, "a", "b");
    }
    disk.kill();
    assertTrue(disk.exists(JournalFiles.file(5)));
    assertTrue(JournalFiles.replay(disk).isClean());
    disk.kill();
    return disk;
  }

  @Test
  void aMissingSegmentInTheMiddleIsDamage() throws Exception {
    many().delete(JournalFiles.file(3));
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    assertEquals(2, opened.found().damaged().size());
    assertNull(opened.found().tornTail());
  }

  @Test
  void aMissingFirstSegmentIsDamage() throws Exception {
    many().delete(JournalFiles.file(1));
    assertEquals(2, JournalFiles.replay(disk).found().damaged().size());
  }

  @Test
  void aDoubledSegmentIsNotRead() {
    many().put(JournalFiles.file(3), disk.bytes(JournalFiles.file(2)));
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    assertTrue(opened.found().suspect().get(0).contains("expected=segment 3, actual=segment 2"));
    assertEquals(2, opened.found().damaged().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 4096, 200_000})
  void aFileOfGarbageIsRefusedUntouched(int length) {
    byte[] garbage = new byte[length];
    new Random(length).nextBytes(garbage);
    garbage[0] = 'x';
    SimDisk other = new SimDisk(1);
    other.put(JournalFiles.file(1), garbage);
    assertEquals(ErrorCode.JOURNAL_CORRUPT, JournalFiles.replay(other).fault().code());
    assertArrayEquals(garbage, other.bytes(JournalFiles.file(1)));
  }

  @Test
  void aLineWithoutAnEndIsNotHeldInMemory() throws Exception {
    List<String> lines = lines();
    byte[] head = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] bytes = java.util.Arrays.copyOf(head, LineView.LENGTH_MAX * 2);
    java.util.Arrays.fill(bytes, head.length, bytes.length, (byte) 'x');
    SimDisk changed = new SimDisk(3);
    changed.put(JournalFiles.file(1), bytes);
    JournalFiles.Opened opened = JournalFiles.replay(changed);
    assertEquals(6, opened.entries().size());
    assertTrue(String.valueOf(opened.found().tornTail()).contains("00000001.jsonl:8: "));
  }

  @Test
  void theVerifierNamesTheFirstBadLineAndTouchesNothing() throws Exception {
    SimDisk unused = many();
    byte[] bytes = disk.bytes(JournalFiles.file(2));
    bytes[700] ^= 1;
    disk.put(JournalFiles.file(2), bytes);
    List<String> shown = new ArrayList<>();
    JournalReader.Report report =
        new JournalReader(disk, JournalFiles.DIRECTORY).read(line -> shown.add(line.text()));
    assertTrue(
        report.problems().get(0).startsWith("00000002.jsonl:"), () -> "" + report.problems());
    assertEquals("node-1", report.node());
    assertEquals(report.entries(), shown.size());
    assertArrayEquals(bytes, disk.bytes(JournalFiles.file(2)));
  }

  @Test
  void typeNamesStayPlainData() throws Exception {
    FileJournal journal = JournalFiles.replay(disk).journal();
    EntryData data = Entries.everyKind().get(1);
    var appended = journal.append(entries.next(Entries.process("a"), data));
    journal.drain();
    assertTrue(appended.succeeded());
    disk.kill();
    assertEquals(data, JournalFiles.replay(disk).entries().get(0).data());
  }
}
