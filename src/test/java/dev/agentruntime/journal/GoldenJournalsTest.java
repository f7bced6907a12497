package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.Entries;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.sim.SimDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Journals that earlier builds wrote are read, and written again, byte for byte. */
final class GoldenJournalsTest {

  private static final ProcessId PROCESS = Entries.process("golden");

  private static final List<String> KEPT = List.of(
      "00000003.jsonl",
      "00000004.jsonl",
      "00000005.jsonl",
      "00000006.jsonl",
      "kept",
      "checkpoints/00000002.json",
      "checkpoints/00000003.json");

  private static String stored(String path) throws IOException {
    try (InputStream in = GoldenJournalsTest.class.getResourceAsStream(path)) {
      assertNotNull(in, path);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String written() throws Exception {
    SimDisk disk = new SimDisk(1);
    FileJournal journal = FileJournal.byHand(
        disk, new JournalSettings(JournalFiles.DIRECTORY, Entries.NODE, 1 << 16, 1000));
    JournalContract.await(journal.replay((entry, hash) -> {}));
    Entries entries = new Entries();
    for (var data : Entries.everyKind()) {
      var future = journal.append(entries.next(PROCESS, data));
      journal.drain();
      assertTrue(future.succeeded());
    }
    JournalContract.await(journal.close());
    return JournalFiles.text(disk, 1);
  }

  /** A journal whose beginning was let go, compacted, with two checkpoints. */
  @Test
  void keptOne() throws Exception {
    for (boolean damaged : List.of(false, true)) {
      SimDisk disk = new SimDisk(1);
      for (String name : KEPT) {
        byte[] bytes = stored("/journals/kept-v1/" + name).getBytes(StandardCharsets.UTF_8);
        disk.put(JournalFiles.DIRECTORY.resolve(name), bytes);
      }
      if (damaged) {
        disk.put(KeptWorld.CHECKPOINTS.resolve("00000003.json"), new byte[] {'{'});
      }
      KeptWorld world = new KeptWorld(disk);
      world.judge();
      assertEquals(damaged ? 1 : 0, world.found().notes().size());
      assertEquals(damaged ? 15 : 5, world.read);
      assertTrue(world.lines().stream().anyMatch(line -> line.entry() == null));
      assertEquals(40, world.image(Entries.process("a")).sequence());
    }
  }

  @Test
  void formatOne() throws Exception {
    String golden = stored("/journals/v1/00000001.jsonl");
    SimDisk disk = new SimDisk(1);
    disk.put(JournalFiles.file(1), golden.getBytes(StandardCharsets.UTF_8));
    JournalFiles.Opened opened = JournalFiles.replay(disk);
    assertTrue(opened.isClean(), () -> "" + opened.found());
    assertEquals(
        Entries.everyKind(), opened.entries().stream().map(JournalEntry::data).toList());
    assertEquals(List.of(golden.split("\n")), List.of(written().split("\n")));
  }
}
