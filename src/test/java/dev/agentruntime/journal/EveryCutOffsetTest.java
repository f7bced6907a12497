package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.Entries;
import dev.agentruntime.sim.SimDisk;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A journal that ends anywhere: nothing before the cut is lost, and it can be written on. */
final class EveryCutOffsetTest {

  private byte[] journal(boolean cleanStop) throws Exception {
    SimDisk disk = new SimDisk(1);
    FileJournal journal = JournalFiles.replay(disk).journal();
    Entries entries = new Entries();
    JournalFiles.group(journal, entries, "a", "b");
    JournalFiles.group(journal, entries, "a");
    JournalFiles.group(journal, entries, "b", "a", "b");
    if (cleanStop) {
      JournalContract.await(journal.close());
    }
    return disk.bytes(JournalFiles.file(1));
  }

  @Test
  void aFileCutShort() throws Exception {
    byte[] whole = journal(false);
    for (int cut = 0; cut <= JournalFiles.written(whole); cut++) {
      check(whole, cut, Arrays.copyOf(whole, cut));
    }
  }

  @Test
  void aTailOfZeros() throws Exception {
    byte[] whole = journal(true);
    for (int cut = 0; cut <= JournalFiles.written(whole); cut++) {
      byte[] bytes = whole.clone();
      Arrays.fill(bytes, cut, bytes.length, (byte) 0);
      check(whole, cut, bytes);
    }
  }

  @Test
  void garbageBehindTheCut() throws Exception {
    byte[] whole = journal(false);
    for (int cut = 200; cut <= JournalFiles.written(whole); cut += 7) {
      byte[] bytes = Arrays.copyOf(Arrays.copyOf(whole, cut), whole.length);
      for (int i = cut; i < Math.min(cut + 300, bytes.length); i++) {
        bytes[i] = (byte) (i * 31 + 7);
      }
      SimDisk disk = new SimDisk(cut);
      disk.put(JournalFiles.file(1), bytes);
      JournalFiles.Opened opened = JournalFiles.replay(disk);
      assertEquals(lines(whole, cut), opened.entries().size(), "cut at " + cut);
      assertNotNull(opened.found().tornTail(), "cut at " + cut);
      goesOn(disk, opened);
    }
  }

  private static void check(byte[] whole, int cut, byte[] bytes) throws Exception {
    SimDisk disk = new SimDisk(cut);
    disk.put(JournalFiles.file(1), bytes);
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    String at = "cut at " + cut + ": " + opened.found();
    assertEquals(lines(whole, cut), opened.entries().size(), at);
    assertTrue(opened.found().damaged().isEmpty() && opened.found().suspect().isEmpty(), at);
    if (cut == 0 || whole[cut - 1] == '\n') {
      assertNull(opened.found().tornTail(), at);
    } else {
      assertNotNull(opened.found().tornTail(), at);
    }
    goesOn(disk, opened);
  }

  /** Whole lines before the cut, without header and closing line. */
  private static long lines(byte[] whole, int cut) {
    String text = new String(whole, 0, cut, java.nio.charset.StandardCharsets.UTF_8);
    return Stream.of(text.split("\n", -1))
        .filter(line -> line.startsWith("{\"p\"") && line.endsWith("\"}"))
        .filter(line -> text.contains(line + "\n"))
        .count();
  }

  /** It takes new entries, and a second opening finds nothing left to cut. */
  private static void goesOn(SimDisk disk, JournalFiles.Opened opened) throws Exception {
    Entries entries = new Entries();
    JournalFiles.group(opened.journal(), entries, "new")
        .forEach(future -> assertTrue(future.succeeded(), () -> "" + future.cause()));
    JournalContract.await(opened.journal().close());
    JournalFiles.Opened again = JournalFiles.replay(disk);
    assertTrue(again.isClean(), () -> "" + again.found());
    assertTrue(again.found().cleanStop());
    assertEquals(opened.entries().size() + 1, again.entries().size());
    assertEquals(
        List.of(),
        new JournalReader(disk, JournalFiles.DIRECTORY).read(line -> {}).problems());
  }
}
