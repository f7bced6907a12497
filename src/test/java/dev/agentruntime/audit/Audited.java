package dev.agentruntime.audit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalSettings;
import dev.agentruntime.sim.SimDisk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** A journal with anchors on a simulated disk, driven by hand. */
final class Audited {

  static final Path JOURNAL = Path.of("/data/node-1/journal");
  static final Path ANCHORS = Path.of("/data/node-1/anchors.jsonl");
  static final NodeId NODE = new NodeId("node-1");
  static final Instant TIME = Instant.parse("2026-11-22T08:15:00.123Z");
  static final int SEGMENT = 4096;

  final SimDisk disk;
  private final Map<ProcessId, JournalEntry> last = new HashMap<>();
  private final Map<ProcessId, byte[]> hashes = new HashMap<>();
  private AnchorFile anchors;
  private FileJournal journal;

  Audited(SimDisk disk) {
    this.disk = disk;
    this.anchors = new AnchorFile(disk, ANCHORS, NODE);
    this.journal = open(disk, anchors);
    Future<Journal.Replayed> begun = replay();
    assertTrue(begun.succeeded(), () -> "" + begun.cause());
  }

  private static FileJournal open(Disk disk, AnchorFile anchors) {
    return FileJournal.byHand(
        disk, new JournalSettings(JOURNAL, NODE, SEGMENT, 64, 0, anchors::anchored));
  }

  /** Starts again, after whatever happened to the files. */
  Future<Journal.Replayed> restart() {
    disk.kill();
    last.clear();
    hashes.clear();
    anchors = new AnchorFile(disk, ANCHORS, NODE);
    journal = open(disk, anchors);
    return replay();
  }

  private Future<Journal.Replayed> replay() {
    return journal.replay((entry, hash) -> {
      last.put(entry.process(), entry);
      hashes.put(entry.process(), hash);
    });
  }

  static ProcessId process(String name) {
    return new ProcessId(new ProcessName(name), 1);
  }

  /** One group of small entries. */
  void group(String... names) {
    for (String name : names) {
      append(name, new DeployEntry.ProcessRemoved("gone from " + name));
    }
    drain();
  }

  void append(String name, EntryData data) {
    ProcessId process = process(name);
    JournalEntry before = last.get(process);
    long sequence = before == null ? 1 : before.sequence() + 1;
    JournalEntry entry = new JournalEntry(process, sequence, 1, TIME.plusMillis(sequence), data);
    EncodedEntry encoded =
        EntryCodec.encode(entry, hashes.getOrDefault(process, HashChain.start()));
    last.put(process, entry);
    hashes.put(process, encoded.hash());
    Future<Void> appended = journal.append(encoded);
    assertTrue(!appended.failed(), () -> "" + appended.cause());
  }

  void drain() {
    while (journal.drain()) {
      // until all is written
    }
  }

  /** Sets an anchor over what is new. */
  void anchor() throws IOException {
    Journal.Stretch stretch = Objects.requireNonNull(journal.stretch().result());
    anchors.append(TIME, stretch);
  }

  JournalVerifier.Report verify() throws IOException {
    return new JournalVerifier(disk, JOURNAL, ANCHORS).verify();
  }

  JournalExport export(JournalExport.Wanted wanted) throws IOException {
    return JournalExport.of(disk, JOURNAL, ANCHORS, wanted);
  }

  static Path segment(int number) {
    return JOURNAL.resolve("0000000" + number + ".jsonl");
  }

  /** What is written of a file. */
  String text(Path file) {
    byte[] bytes = disk.bytes(file);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /** Puts a segment of this text there. */
  void put(int number, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[Math.max(SEGMENT, content.length)];
    System.arraycopy(content, 0, bytes, 0, content.length);
    disk.put(segment(number), bytes);
  }
}
