package dev.agentruntime.journal;

import static dev.agentruntime.journal.KeptWorld.settled;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.codec.Entries;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.journal.Keeping.Retention;
import dev.agentruntime.sim.SimDisk;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Checkpoints, compaction and retention, and every place where they may be cut off. */
final class KeepingTest {

  private static final Retention OLD = new Retention(Duration.ofSeconds(5), 0, KeptWorld.ARCHIVE);

  /** Two checkpoints over some segments, and a little after them. */
  private static KeptWorld world() {
    KeptWorld world = new KeptWorld(new SimDisk(1));
    world.runs("a", "b", "a", "b", "a", "b");
    assertTrue(world.checkpoint().succeeded());
    world.runs("a", "a", "a");
    assertTrue(world.checkpoint().succeeded());
    world.runs("a");
    return world;
  }

  private static SimDisk copy(SimDisk disk) {
    SimDisk copy = new SimDisk(2);
    for (Path directory :
        List.of(JournalFiles.DIRECTORY, KeptWorld.CHECKPOINTS, KeptWorld.ARCHIVE)) {
      disk.list(directory)
          .forEach(name -> copy.put(directory.resolve(name), disk.bytes(directory.resolve(name))));
    }
    return copy;
  }

  @Test
  void aStartReadsTheCheckpointAndWhatCameAfter() {
    KeptWorld world = world();
    world.restart();

    world.judge();
    assertEquals(5, world.read, "the last run only");
    assertEquals(List.of(), world.found().notes());
    world.runs("b");
    world.restart();
    world.judge();
    assertEquals(10, world.read);
  }

  @Test
  void aProcessWithNothingNewIsCarriedOn() {
    KeptWorld world = world();
    for (int i = 0; i < 4; i++) {
      world.runs("a");
      assertTrue(world.checkpoint().succeeded());
    }
    assertEquals(2, world.disk.list(KeptWorld.CHECKPOINTS).size());
    world.restart();

    world.judge();
    assertEquals(0, world.read);
  }

  @Test
  void aDamagedCheckpointCostsNothingButTime() {
    KeptWorld world = world();
    byte[] good = world.disk.bytes(world.newest());
    for (int at = 0; at < good.length; at += 7) {
      SimDisk disk = copy(world.disk);
      byte[] bad = good.clone();
      bad[at] ^= 4;
      disk.put(world.newest(), at % 3 == 0 ? java.util.Arrays.copyOf(bad, at) : bad);
      KeptWorld other = new KeptWorld(disk);
      other.acknowledged.addAll(world.acknowledged);
      other.judge();
      assertEquals(20, other.read, "from the one before");
      assertEquals(1, other.found().notes().size(), "and says so");
    }
  }

  @Test
  void withoutAnyGoodCheckpointTheWholeJournalIsRead() {
    KeptWorld world = world();
    SimDisk disk = copy(world.disk);
    disk.list(KeptWorld.CHECKPOINTS)
        .forEach(name -> disk.put(KeptWorld.CHECKPOINTS.resolve(name), new byte[] {'x'}));
    KeptWorld other = new KeptWorld(disk);
    other.acknowledged.addAll(world.acknowledged);
    other.judge();

    assertEquals(50, other.read);
    assertEquals(2, other.found().notes().size());
    assertTrue(other.checkpoint().succeeded());
    other.restart();
    other.judge();
    assertEquals(0, other.read);
  }

  @Test
  void anotherVersionIsRefusedUntouched() {
    KeptWorld world = world();
    // Sealed as a later version would seal it.
    dev.agentruntime.codec.Bytes line = new dev.agentruntime.codec.Bytes(64);
    line.ascii("{\"checkpoint\":2").seal(0);
    world.disk.put(world.newest(), line.toByteArray());
    AssertionError refused = assertThrows(AssertionError.class, world::restart);

    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, refused.getCause());
    assertEquals(ErrorCode.JOURNAL_FORMAT, fault.code());
    assertTrue(fault.toString().contains("actual=2"), fault::toString);
    assertArrayEquals(line.toByteArray(), world.disk.bytes(world.newest()));
  }

  @Test
  void aJournalThatEndsBeforeItsCheckpointIsSuspect() {
    KeptWorld world = world();
    List<String> names = world.disk.list(JournalFiles.DIRECTORY);
    for (int i = 3; i < names.size(); i++) {
      if (names.get(i).endsWith(".jsonl")) {
        world.disk.put(JournalFiles.DIRECTORY.resolve(names.get(i)), new byte[0]);
      }
    }
    world.restart();

    assertFalse(world.isClean());
    assertTrue(world.found().suspect().toString().contains("the checkpoints say that n="));
  }

  @Test
  void compactionKeepsTheChainAndDropsDetailsOnly() {
    KeptWorld world = world();
    List<JournalReader.Line> before = world.lines();
    assertTrue(world.compact(settled("a", "b")).succeeded());
    List<JournalReader.Line> after = world.lines();

    assertEquals(before.size(), after.size());
    int dropped = 0;
    for (int i = 0; i < before.size(); i++) {
      assertEquals(before.get(i).n(), after.get(i).n());
      assertArrayEquals(before.get(i).hash(), after.get(i).hash());
      boolean details = Set.of("trigger_event", "model_reply", "tool_result")
          .contains(after.get(i).kind());
      if (after.get(i).entry() == null) {
        assertTrue(details, after.get(i)::text);
        dropped++;
      } else {
        assertEquals(before.get(i).text(), after.get(i).text());
      }
    }
    assertTrue(dropped >= 9, "only " + dropped);
    world.restart();
    world.judge();
    assertEquals(5, world.read);
  }

  @Test
  void whatHasNotSettledAndWhatIsKeptInFullStays() {
    KeptWorld world = world();
    Map<String, Set<String>> rule = settled("a");
    rule.put("a", Set.of("run-5", "e-5"));
    assertTrue(world.compact(rule).succeeded());
    List<JournalReader.Line> lines = world.lines();

    assertTrue(lines.stream()
        .filter(line -> line.process().equals(Entries.process("b")))
        .allMatch(line -> line.entry() != null));
    assertTrue(lines.stream()
        .filter(line -> line.process().equals(Entries.process("a")) && line.sequence() > 5)
        .filter(line -> line.sequence() <= 10)
        .allMatch(line -> line.entry() != null));
    assertTrue(lines.stream().anyMatch(line -> line.entry() == null));
  }

  @Test
  void aDroppedEntryIsReadAsWhatIsLeftOfIt() {
    KeptWorld world = world();
    world.compact(settled("a", "b"));
    for (int life = 0; life < 2; life++) {
      List<Journal.JournalLine> lines =
          world.journal().read(Entries.process("a"), 1, 5).result();
      assertEquals(5, lines.size());
      assertTrue(
          lines.get(2).entry().data() instanceof EntryData.Dropped gone
              && gone.kind().equals("model_reply"),
          () -> "" + lines);
      assertTrue(lines.get(4).entry().data() instanceof EntryData.InvocationResult);
      // The second time from segments that a start has passed over.
      world.restart();
    }
  }

  @Test
  void aSegmentWithDamageIsNotTouched() {
    KeptWorld world = world();
    byte[] bytes = world.disk.bytes(JournalFiles.file(1));
    bytes[700] ^= 1;
    world.disk.put(JournalFiles.file(1), bytes);
    world.restart();
    world.judge();
    assertTrue(world.checkpoint().succeeded());
    assertTrue(world.compact(settled("a", "b")).succeeded());

    assertArrayEquals(bytes, world.disk.bytes(JournalFiles.file(1)));
  }

  @Test
  void whatIsTooOldGoesToTheArchive() {
    KeptWorld world = world();
    byte[] first = world.disk.bytes(JournalFiles.file(1));
    Future<Integer> gone = world.journal().keeping().retire(OLD, world.now);
    assertTrue(gone.result() >= 2, () -> "" + gone);

    assertFalse(world.disk.exists(JournalFiles.file(1)));
    assertArrayEquals(first, world.disk.bytes(KeptWorld.ARCHIVE.resolve("node-1-00000001.jsonl")));
    assertTrue(world.lines().get(0).n() > 1);
    world.restart();
    world.judge();
    assertEquals(5, world.read);
  }

  @Test
  void tooMuchGoesTheOldestFirst() {
    KeptWorld world = world();
    Keeping keeping = world.journal().keeping();
    assertEquals(
        0,
        keeping
            .retire(new Retention(Duration.ofDays(1), 1 << 20, null), world.now)
            .result());
    long kept = 3 * JournalFiles.SEGMENT;
    assertTrue(
        keeping.retire(new Retention(Duration.ZERO, kept, null), world.now).result() > 0);

    Keeping.Size size = Objects.requireNonNull(keeping.size());
    assertTrue(size.bytes() <= kept, () -> "" + size);
    assertTrue(Objects.requireNonNull(size.since()).isAfter(Entries.TIME));
    assertEquals(List.of(), world.disk.list(KeptWorld.ARCHIVE));
  }

  @Test
  void whatIsNotKeptIsRefusedWithTheDate() {
    KeptWorld world = world();
    assertTrue(world.journal().keeping().retire(OLD, world.now).succeeded());
    for (int life = 0; life < 2; life++) {
      long first = world.journal().first(Entries.process("a")).result();
      assertTrue(first > 1);
      assertEquals(
          first,
          world
              .journal()
              .read(Entries.process("a"), first, 1)
              .result()
              .get(0)
              .entry()
              .sequence());
      Future<List<Journal.JournalLine>> refused =
          world.journal().read(Entries.process("a"), first - 1, 1);
      RuntimeFault fault = assertInstanceOf(RuntimeFault.class, refused.cause());
      assertEquals(ErrorCode.NOT_KEPT, fault.code());
      assertTrue(fault.toString().contains("2026-11-22T08:1"), fault::toString);
      world.restart();
    }
  }

  @Test
  void nothingGoesThatTwoCheckpointsDoNotFold() {
    KeptWorld world = new KeptWorld(new SimDisk(1));
    world.runs("a", "b", "a", "b", "a", "b");
    assertTrue(world.checkpoint().succeeded());
    world.compact(settled("a", "b"));
    assertEquals(0, world.journal().keeping().retire(OLD, world.now).result());
    assertTrue(world.lines().stream().allMatch(line -> line.entry() != null));
  }

  /** What a node does over a while; it ends where the disk refuses. */
  private static void script(KeptWorld world) {
    for (int i = 0; i < 3; i++) {
      world.runs("a", "b", "a");
      go(world.checkpoint());
      world.runs("b");
    }
    go(world.compact(settled("a", "b")));
    go(world.journal().keeping().retire(OLD, world.now));
    world.runs("a");
    go(world.checkpoint());
  }

  private static void go(Future<?> done) {
    if (done.failed()) {
      throw new IllegalStateException("cut off", done.cause());
    }
  }

  private static int cutOffEverywhere(long seed, Consumer<SimDisk> end) {
    int cuts = 0;
    boolean whole = false;
    for (int at = 1; !whole; at++) {
      SimDisk disk = new SimDisk(seed + at);
      KeptWorld world = new KeptWorld(disk);
      long before = disk.mutations();
      disk.failAt(at, 1);
      try {
        script(world);
        // One that is tolerated, such as a segment that is made again, ends nothing.
        whole = disk.mutations() < before + at;
      } catch (IllegalStateException cut) {
        cuts++;
      }
      end.accept(disk);
      try {
        world.restart();
        world.judge();
        script(world);
        world.restart();
        world.judge();
      } catch (AssertionError | IllegalStateException e) {
        throw new AssertionError("cut off at " + at, e);
      }
    }
    return cuts;
  }

  /** F11. */
  @Test
  void aKillAtEveryPlaceLeavesTheOldOrTheNew() {
    int cuts = cutOffEverywhere(1, SimDisk::kill);
    assertTrue(cuts > 80, () -> "only " + cuts);
  }

  /** F11 with the power. */
  @Test
  void aPowerCutAtEveryPlaceLeavesTheOldOrTheNew() {
    for (int seed = 0; seed < 2; seed++) {
      int cuts = cutOffEverywhere(seed * 1_000L, SimDisk::crash);
      assertTrue(cuts > 80, () -> "only " + cuts);
    }
  }

  /** F12. */
  @Test
  void aStartThatIsCutOffAnywhereIsJustTriedAgain() {
    KeptWorld world = new KeptWorld(new SimDisk(3));
    script(world);
    int cuts = 0;
    for (int at = 1; at < 40; at++) {
      world.disk.kill();
      world.disk.failAt(at, 1);
      try {
        KeptWorld half = new KeptWorld(world.disk);
        half.disk.heal();
      } catch (AssertionError | RuntimeFault cut) {
        cuts++;
      }
      world.disk.crash();
      world.restart();
      world.judge();
    }
    assertTrue(cuts > 2, "only " + cuts);
  }

  @Test
  void aDraftThatWasNeverFinishedIsSweptAway() {
    KeptWorld world = world();
    Path draft = KeptWorld.CHECKPOINTS.resolve("00000009.json.new");
    world.disk.put(draft, "half".getBytes(StandardCharsets.UTF_8));
    assertTrue(world.checkpoint().succeeded());

    assertFalse(world.disk.exists(draft));
  }
}
