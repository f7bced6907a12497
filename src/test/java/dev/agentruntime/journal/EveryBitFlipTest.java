package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.agentruntime.codec.Entries;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.sim.SimDisk;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One bit of a journal turned over: cut and told, or damage and told; never taken for an entry. */
final class EveryBitFlipTest {

  private final SimDisk written = new SimDisk(1);

  private byte[] journal(boolean cleanStop) throws Exception {
    FileJournal journal = JournalFiles.replay(written).journal();
    Entries entries = new Entries();
    JournalFiles.group(journal, entries, "a", "b");
    JournalFiles.group(journal, entries, "a");
    JournalFiles.group(journal, entries, "b", "a");
    if (cleanStop) {
      JournalContract.await(journal.close());
    }
    return written.bytes(JournalFiles.file(1));
  }

  private static int lineStart(byte[] bytes, int line) {
    int at = 0;
    for (int seen = 1; seen < line; at++) {
      if (bytes[at] == '\n') {
        seen++;
      }
    }
    return at;
  }

  @Test
  void beforeACrash() throws Exception {
    byte[] whole = journal(false);
    List<JournalEntry> all = entries(whole);
    int first = lineStart(whole, 2);
    int lastGroup = lineStart(whole, 5);
    int end = JournalFiles.written(whole) + 64;
    for (int bit = 0; bit < end * 8; bit++) {
      JournalFiles.Opened opened = flipped(whole, bit);
      String at = "bit " + bit + " (byte " + bit / 8 + ")";
      if (opened.result() == null) {
        assertTrue(bit / 8 < first, at);
        assertEquals(ErrorCode.JOURNAL_CORRUPT, opened.fault().code(), at);
        continue;
      }
      neverInvented(all, opened, at);
      Journal.Replayed found = opened.found();
      if (bit / 8 >= lastGroup) {
        assertNotNull(found.tornTail(), at);
        assertTrue(found.damaged().isEmpty() && found.suspect().isEmpty(), at + found);
        assertTrue(opened.entries().size() >= 3, at);
      } else if (bit / 8 >= first && bit / 8 != lastGroup - 1) {
        assertTrue(!found.damaged().isEmpty() || !found.suspect().isEmpty(), at + found);
      }
    }
  }

  @Test
  void afterACleanStopNothingIsCut() throws Exception {
    byte[] whole = journal(true);
    List<JournalEntry> all = entries(whole);
    int first = lineStart(whole, 2);
    int closing = lineStart(whole, 7);
    for (int bit = first * 8; bit < closing * 8; bit++) {
      JournalFiles.Opened opened = flipped(whole, bit);
      String at = "bit " + bit + " (byte " + bit / 8 + ")" + opened.found();
      neverInvented(all, opened, at);
      // The last line break joins the last entry to the closing line: both are unreadable then.
      if (bit / 8 < closing - 1) {
        assertFalse(
            opened.found().damaged().isEmpty() && opened.found().suspect().isEmpty(), at);
        assertEquals(null, opened.found().tornTail(), at);
      } else {
        assertNotNull(opened.found().tornTail(), at);
      }
    }
  }

  private static JournalFiles.Opened flipped(byte[] whole, int bit) {
    byte[] bytes = whole.clone();
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
    SimDisk disk = new SimDisk(bit);
    disk.put(JournalFiles.file(1), bytes);
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    boolean cut = opened.result() != null && opened.found().tornTail() != null;
    if (!cut) {
      assertTrue(
          java.util.Arrays.equals(bytes, disk.bytes(JournalFiles.file(1))),
          "damage, and yet the file was touched, bit " + bit);
    }
    return opened;
  }

  private List<JournalEntry> entries(byte[] whole) {
    SimDisk disk = new SimDisk(1);
    disk.put(JournalFiles.file(1), whole);
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    assertEquals(5, opened.entries().size());
    return opened.entries();
  }

  /** Everything handed out is what was written, and of each process nothing after a hole. */
  private static void neverInvented(List<JournalEntry> all, JournalFiles.Opened opened, String at) {
    Map<String, Long> last = new java.util.HashMap<>();
    for (JournalEntry entry : opened.entries()) {
      if (!all.contains(entry)) {
        fail(at + " invented " + entry);
      }
      long previous = last.getOrDefault(entry.process().toString(), 0L);
      assertEquals(previous + 1, entry.sequence(), at);
      last.put(entry.process().toString(), entry.sequence());
    }
    if (opened.entries().size() < all.size()) {
      assertFalse(opened.isClean(), at);
    }
  }
}
