package dev.agentruntime.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.sim.SimDisk;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Anchors see what a journal alone cannot tell: a history rewritten whole, a tail that is gone. */
final class AnchorsTest {

  private final Audited audited = new Audited(new SimDisk(1));

  /** Three anchors over segments enough, and entries after the last one. */
  private void story() throws Exception {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 6; i++) {
        audited.group("a", "b", "a");
      }
      audited.group("c" + round);
      audited.anchor();
    }
    audited.group("a", "b");
    assertTrue(audited.disk.exists(Audited.segment(3)), "more than one segment");
  }

  @Test
  void whatWasNotTouchedFits() throws Exception {
    story();
    JournalVerifier.Report report = audited.verify();
    assertEquals(List.of(), report.problems());
    assertEquals(3, report.anchors());
    assertEquals(57, report.anchored());
    assertEquals(59, report.read().last());
  }

  @Test
  void anchorsGoOnAcrossRestarts() throws Exception {
    story();
    for (int life = 0; life < 3; life++) {
      Future<Journal.Replayed> replayed = audited.restart();
      assertTrue(replayed.succeeded(), () -> "" + replayed.cause());
      audited.group("b");
      audited.anchor();
      audited.anchor();
    }
    JournalVerifier.Report report = audited.verify();
    assertEquals(List.of(), report.problems());
    assertEquals(6, report.anchors());
    assertEquals(62, report.anchored());
  }

  @Test
  void theTailThatIsGoneIsSeen() throws Exception {
    story();
    audited.disk.put(Audited.segment(3), new byte[Audited.SEGMENT]);
    int number = 4;
    while (audited.disk.exists(Audited.segment(number))) {
      audited.disk.delete(Audited.segment(number++));
    }
    JournalVerifier.Report report = audited.verify();
    assertEquals(null, report.read().tornTail());
    assertEquals(List.of(), report.read().problems());
    assertTrue(
        report.problems().get(0).matches("anchors.jsonl:[23]: the anchor of .* does not fit: .*"),
        () -> "" + report.problems());
    Journal.Replayed found = audited.restart().result();
    assertTrue(found.suspect().get(0).contains("the anchors say that n=57 was durable"));
  }

  @Test
  void anEntryThatWasLastAndIsGoneIsSeen() throws Exception {
    audited.group("a");
    audited.group("b");
    audited.anchor();
    List<String> lines =
        new ArrayList<>(List.of(audited.text(Audited.segment(1)).split("\n")));
    lines.remove(2);
    audited.put(1, String.join("\n", lines) + "\n");
    JournalVerifier.Report report = audited.verify();
    assertEquals(List.of(), report.read().problems());
    assertTrue(
        report.problems().get(0).contains("vouches for n=2, and the journal ends with n=1"),
        () -> "" + report.problems());
  }

  /** The history of a process written anew, with right links, right CRCs and the same n. */
  @Test
  void aRewrittenHistoryIsSeen() throws Exception {
    audited.group("a", "b", "a");
    audited.anchor();
    Audited forged = new Audited(new SimDisk(2));
    forged.append("a", new DeployEntry.ProcessRemoved("gone from a"));
    forged.append("b", new DeployEntry.ProcessRemoved("gain from b"));
    forged.append("a", new DeployEntry.ProcessRemoved("gone from a"));
    forged.drain();
    forged.disk.put(Audited.ANCHORS, audited.disk.bytes(Audited.ANCHORS));
    JournalVerifier.Report report = forged.verify();
    assertEquals(List.of(), report.read().problems());
    assertEquals(1, report.problems().size());
    assertTrue(
        report.problems().get(0).startsWith("anchors.jsonl:1: ")
            && report.problems().get(0).contains("n=1..3 are not the entries"),
        () -> "" + report.problems());
  }

  @Test
  void everyByteOfAnAnchorCounts() throws Exception {
    audited.group("a", "b");
    audited.anchor();
    audited.group("a");
    audited.anchor();
    byte[] whole = audited.disk.bytes(Audited.ANCHORS);
    for (int i = 0; i < whole.length - 1; i++) {
      byte[] bytes = whole.clone();
      bytes[i] ^= 1;
      audited.disk.put(Audited.ANCHORS, bytes);
      assertFalse(audited.verify().problems().isEmpty(), "byte " + i);
    }
  }

  @Test
  void aMissingAnchorIsSeen() throws Exception {
    story();
    List<String> lines = new ArrayList<>(List.of(audited.text(Audited.ANCHORS).split("\n")));
    lines.remove(1);
    audited.disk.put(
        Audited.ANCHORS, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    assertTrue(audited.verify().problems().get(0).contains("anchors are missing"));
  }

  @Test
  void anAnchorThatWasNotFinishedIsWrittenOver() throws Exception {
    story();
    byte[] whole = audited.disk.bytes(Audited.ANCHORS);
    audited.disk.put(Audited.ANCHORS, java.util.Arrays.copyOf(whole, whole.length - 20));
    assertEquals(List.of(), audited.verify().problems());
    assertTrue(audited.restart().succeeded());
    audited.anchor();
    JournalVerifier.Report report = audited.verify();
    assertEquals(List.of(), report.problems());
    assertEquals(59, report.anchored());
  }

  @Test
  void aJournalThatIsGoneIsNoFreshNode() throws Exception {
    story();
    for (int number = 1; audited.disk.exists(Audited.segment(number)); number++) {
      audited.disk.delete(Audited.segment(number));
    }
    Future<Journal.Replayed> refused = audited.restart();
    RuntimeFault fault = (RuntimeFault) refused.cause();
    assertEquals(ErrorCode.JOURNAL_CORRUPT, fault.code());
    assertTrue(fault.failure().message().contains("anchors.jsonl away to begin anew"));
    audited.disk.delete(Audited.ANCHORS);
    assertTrue(audited.restart().succeeded());
  }

  @Test
  void anotherNodesAnchorsAreRefused() throws Exception {
    story();
    audited.disk.put(
        Audited.ANCHORS,
        audited
            .text(Audited.ANCHORS)
            .replace("\"node-1\"", "\"node-2\"")
            .getBytes(StandardCharsets.UTF_8));
    RuntimeFault fault = (RuntimeFault) audited.restart().cause();
    assertTrue(fault.failure().message().contains("expected=node node-1, actual=node node-2"));
  }
}
