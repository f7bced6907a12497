package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.Entries;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.sim.SimDisk;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that refuse, and power that goes: what was acknowledged is there, and in order. */
final class FailStopTest {

  /** Writes as a runtime would: forgets on failure, rebuilds from the journal, goes on. */
  private static final class Client {
    private final SimDisk disk;
    private final JournalSettings settings;
    private FileJournal journal;
    private final Map<ProcessId, JournalEntry> last = new HashMap<>();
    private final Map<ProcessId, byte[]> hashes = new HashMap<>();
    private final List<String> acknowledged = new ArrayList<>();
    private int failures;
    private int told;

    Client(SimDisk disk) {
      this(disk, JournalFiles.settings());
    }

    Client(SimDisk disk, JournalSettings settings) {
      this.disk = disk;
      this.settings = settings;
      this.journal = FileJournal.byHand(disk, settings);
      begin();
    }

    void restart() {
      journal = FileJournal.byHand(disk, settings);
      begin();
    }

    private void begin() {
      journal.onFailure(fault -> told++);
      rebuild();
    }

    void rebuild() {
      last.clear();
      hashes.clear();
      List<String> seen = new ArrayList<>();
      Journal.Replayed found = journal
          .replay((entry, hash) -> {
            last.put(entry.process(), entry);
            hashes.put(entry.process(), hash);
            seen.add(entry.process() + ":" + entry.sequence());
          })
          .result();
      assertTrue(
          found != null && found.damaged().isEmpty() && found.suspect().isEmpty(),
          () -> "" + found);
      assertTrue(seen.containsAll(acknowledged), () -> acknowledged + " not all in " + seen);
    }

    void group(String... names) {
      List<EncodedEntry> sent = new ArrayList<>();
      List<Future<Void>> futures = new ArrayList<>();
      for (String name : names) {
        ProcessId process = Entries.process(name);
        JournalEntry before = last.get(process);
        JournalEntry entry = new JournalEntry(
            process,
            before == null ? 1 : before.sequence() + 1,
            1,
            Entries.TIME,
            JournalFiles.small());
        EncodedEntry encoded =
            EntryCodec.encode(entry, hashes.getOrDefault(process, HashChain.start()));
        last.put(process, entry);
        hashes.put(process, encoded.hash());
        sent.add(encoded);
        futures.add(journal.append(encoded));
      }
      while (journal.drain()) {
        // until all is told
      }
      boolean failed = false;
      for (int i = 0; i < futures.size(); i++) {
        if (futures.get(i).succeeded()) {
          assertFalse(failed, "acknowledged after a failure");
          acknowledged.add(sent.get(i).process() + ":" + sent.get(i).sequence());
        } else {
          failed = true;
          RuntimeFault fault = (RuntimeFault) futures.get(i).cause();
          assertEquals(ErrorCode.JOURNAL_CLOSED, fault.code());
        }
      }
      failures += failed ? 1 : 0;
    }

    boolean reopen() {
      boolean opened = journal.reopen().succeeded();
      if (opened) {
        rebuild();
      }
      return opened && journal.replenish().succeeded();
    }
  }

  private static void run(Client client, int groups) {
    for (int i = 0; i < groups; i++) {
      client.group("a", "b", "a");
      if (!client.journal.accepting()) {
        int attempts = 0;
        while (!client.reopen()) {
          attempts++;
          assertTrue(attempts < 10, "it never opens again");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyCallFailsOnce(int times) {
    everyCallFails(times, JournalFiles.settings());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyCallFailsOnceWithAReserve(int times) {
    everyCallFails(times, JournalFiles.reserved());
  }

  private static void everyCallFails(int times, JournalSettings settings) {
    long nth = 1;
    boolean hit = true;
    while (hit) {
      SimDisk disk = new SimDisk(nth);
      Client client = new Client(disk, settings);
      disk.failAt(nth, times);
      long before = disk.mutations();
      run(client, 25);
      hit = disk.mutations() - before >= nth;
      assertEquals(client.failures > 0, client.told > 0, "call " + nth);
      disk.heal();
      disk.crash();
      client.restart();
      run(client, 2);
      client.journal.close().onFailure(e -> {
        throw new AssertionError(e);
      });
      client.restart();
      nth++;
    }
    assertTrue(nth > 50, "only " + nth + " calls");
  }

  @Test
  void aClosedJournalFailsEverythingUntilItIsOpenedAgain() throws Exception {
    SimDisk disk = new SimDisk(1);
    Client client = new Client(disk);
    client.group("a");
    disk.failAt(2, 1);
    client.group("a", "b");
    assertEquals(1, client.failures);
    assertFalse(client.journal.accepting());
    client.group("b");
    assertEquals(2, client.failures);
    assertTrue(client.reopen());
    assertTrue(client.journal.accepting());
    client.group("a", "b");
    assertEquals(2, client.failures);
    assertEquals(List.of("a#1:1", "a#1:2", "b#1:1"), client.acknowledged);
    assertTrue(disk.exists(JournalFiles.file(2)), "it goes on in a new segment");
  }

  /**
   * A sync failed and the JVM ended: the next one reads what the system still has in memory, though
   * its pages count as clean. What is written behind it holds only if that is on the disk too.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aStartAfterAFailedSyncBuildsOnNothingThatThePowerCanTake(int seed) {
    SimDisk disk = new SimDisk(seed);
    Client client = new Client(disk);
    // The first sync of a segment is that of its header.
    for (int life = 0; life < 4; life++) {
      disk.failAt(life == 0 ? 5 : 2, 1);
      while (client.journal.accepting()) {
        client.group("a", "b", "a");
      }
      disk.kill();
      client.restart();
      client.group("b", "a");
      assertTrue(client.journal.accepting());
      disk.crash();
      client.restart();
    }
    assertEquals(4, client.failures);
  }

  @Test
  void onAFullDiskTheReserveTakesWhatMustBeSaid() {
    SimDisk disk = new SimDisk(1);
    Client client = new Client(disk, JournalFiles.reserved());
    disk.room(3 * JournalFiles.SEGMENT + JournalFiles.SEGMENT / 2);
    int groups = 0;
    while (client.journal.accepting()) {
      client.group("a", "b");
      assertTrue(++groups < 1_000, "the disk is never full");
    }
    assertEquals(0, client.failures, "what was taken is kept");
    assertTrue(String.valueOf(client.journal.shortage()).contains("No space left"));
    int taken = client.acknowledged.size();
    client.group("a");
    client.group("b");
    assertEquals(taken + 2, client.acknowledged.size(), "stops can still be written");
    assertTrue(client.journal.replenish().failed(), "there is no room");
    assertFalse(client.journal.accepting());
    // A start on the full disk finds everything, and takes no more than it did before.
    disk.kill();
    client.restart();
    assertFalse(client.journal.accepting());
    client.group("a");
    assertEquals(0, client.failures);
    disk.room(Long.MAX_VALUE);
    assertTrue(client.journal.replenish().succeeded());
    assertTrue(client.journal.accepting());
    run(client, 10);
    assertEquals(0, client.failures);
    disk.crash();
    client.restart();
  }

  @Test
  void whenTheReserveIsFullTooTheJournalClosesAndComesBack() {
    SimDisk disk = new SimDisk(1);
    Client client = new Client(disk, JournalFiles.reserved());
    disk.room(2 * JournalFiles.SEGMENT);
    int groups = 0;
    while (client.failures == 0) {
      client.group("a", "b");
      assertTrue(++groups < 1_000, "the disk is never full");
    }
    assertTrue(groups > 0 && !client.reopen(), "there is no room to open it again");
    disk.kill();
    client.restart();
    disk.room(8 * JournalFiles.SEGMENT);
    while (!client.reopen()) {
      assertTrue(++groups < 1_100, "it never opens again");
    }
    run(client, 3);
    assertTrue(client.journal.accepting());
    assertEquals(null, client.journal.shortage());
    assertTrue(disk.exists(JournalFiles.DIRECTORY.resolve("reserve")));
  }

  @Test
  void aFullQueueIsSaid() throws Exception {
    FileJournal journal = JournalFiles.replay(new SimDisk(1)).journal();
    Entries entries = new Entries();
    List<Future<Void>> futures = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      assertTrue(journal.accepting(), "after " + i);
      futures.add(journal.append(entries.next("a")));
    }
    assertFalse(journal.accepting());
    for (int i = 48; i < 64; i++) {
      futures.add(journal.append(entries.next("a")));
    }
    assertEquals(
        ErrorCode.OVERLOADED,
        JournalContract.fault(journal.append(entries.next("b"))).code());
    journal.drain();
    assertTrue(futures.get(0).succeeded());
    while (journal.drain()) {
      // the rest, in further segments
    }
    assertTrue(journal.accepting());
    futures.forEach(future -> assertTrue(future.succeeded()));
  }

  @Test
  void powerCutsFromManySeeds() {
    for (long seed = 1; seed <= 150; seed++) {
      SimDisk disk = new SimDisk(seed);
      Client client = new Client(disk);

      for (int life = 0; life < 6; life++) {
        long failAt = (seed * 31 + life * 17L) % 23 + 1;
        disk.failAt(failAt, 1);
        // The first failure is where the power goes: nothing runs after it.
        for (int i = 0; i < 12 && client.journal.accepting(); i++) {
          client.group("a", "b", "c", "a");
        }
        disk.crash();
        try {
          client.restart();
        } catch (AssertionError e) {
          throw new AssertionError("seed " + seed + " life " + life, e);
        }
      }
    }
  }
}
