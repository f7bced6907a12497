package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Keeping.SavedImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Every entry that a process ever made durable: what its journal would hold if nothing were
 * compacted or let go. A checkpoint must be the fold of it.
 */
final class SimHistory {

  private final ProcessId process;
  private final TreeMap<Long, JournalEntry> entries = new TreeMap<>();
  private long last;

  SimHistory(ProcessId process) {
    this.process = process;
  }

  void append(EncodedEntry entry) {
    Bytes line = new Bytes(256);
    EntryCodec.seal(line, entry, 1, 1);
    entries.put(entry.sequence(), EntryCodec.decode(line.toByteArray()).entry());
  }

  /** What came after it was never durable. */
  void endsAt(long sequence) {
    entries.tailMap(sequence, false).clear();
  }

  /** Takes what a recovery reads, and holds it against what is known. */
  Journal.Folding reading() {
    return new Journal.Folding() {
      @Override
      public void restart() {
        last = 0;
      }

      @Override
      public void image(SavedImage saved) {
        ProcessImage image = new ProcessImage(process);
        entries.headMap(saved.sequence(), true).values().forEach(image::apply);
        assertEquals(saved.sequence(), image.sequence());
        assertEquals(
            ImageDigest.of(image),
            ImageDigest.of(ImageReader.read(saved.image())),
            () -> "the image at s=" + saved.sequence());
        last = saved.sequence();
      }

      @Override
      public void accept(JournalEntry entry, byte[] hash) {
        assertEquals(last + 1, entry.sequence(), "an entry is missing");
        entries.put(entry.sequence(), entry);
        last = entry.sequence();
      }
    };
  }

  /** All that was durable when it was read. */
  Collection<JournalEntry> whole() {
    List<JournalEntry> all = new ArrayList<>(entries.headMap(last, true).values());
    assertEquals(last, all.size(), "an entry that nobody ever saw");
    return all;
  }
}
