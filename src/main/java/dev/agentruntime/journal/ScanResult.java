package dev.agentruntime.journal;

import dev.agentruntime.codec.HashChain;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a scan found, and where writing goes on. Filled by one {@link JournalScan}, then only read.
 */
final class ScanResult {

  /** Who vouches for how far the journal goes. */
  static final String ANCHORS = "anchors";

  static final String CHECKPOINTS = "checkpoints";

  /** More findings than these are counted, not kept: garbage must not fill the memory. */
  static final int FINDINGS_MAX = 100;

  final List<Segment> segments = new ArrayList<>();

  private final List<Segment> skipped = new ArrayList<>();

  /** Where the good part of each of them ends. */
  final List<Long> ends = new ArrayList<>();

  final Map<ProcessId, Tip> tips = new LinkedHashMap<>();
  final List<String> suspect = new ArrayList<>();

  /** Everything found, in the order of the files. */
  final List<String> problems = new ArrayList<>();

  long entries;
  long next = 1;
  byte[] lastHash = HashChain.start();
  boolean cleanStop;

  @Nullable
  String tornTail;

  /** The segment that may be written on, at {@link #end}; null when a new one is needed. */
  @Nullable
  Segment open;

  long end;

  /** Where its last group begins, of which nobody knows whether it was synced; 0 without one. */
  long group;

  /** Whether what stands there from {@link #end} on is to be zeroed. */
  boolean cut;

  /** Files behind the last one with entries: made ahead, or with a header that was torn. */
  final List<Segment.Head> unused = new ArrayList<>();

  /** How much was found, kept or not. */
  long found;

  void problem(String text) {
    found++;
    if (problems.size() < FINDINGS_MAX) {
      problems.add(text);
    }
  }

  void suspect(String text) {
    problem(text);
    if (suspect.size() < FINDINGS_MAX) {
      suspect.add(text);
    }
  }

  /**
   * Compares the end of the log with what somebody outside knows to have been durable.
   *
   * @param witness who knows: {@link #ANCHORS}, {@link #CHECKPOINTS}
   * @throws RuntimeFault {@code JOURNAL_CORRUPT} when nothing at all is left of it
   */
  void requireUpTo(long anchored, Path directory, String witness) {
    if (next > anchored) {
      return;
    }
    String text = directory + ": the " + witness + " say that n=" + anchored
        + " was durable, actual=the journal ends at n=" + (next - 1);
    if (next == 1) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          text + "; put the journal back, or move the node's " + witness
              + (witness.equals(ANCHORS) ? ".jsonl" : "") + " away to begin anew");
    }
    suspect(text);
  }

  /** The number of the last segment that is not unused, 0 without one. */
  int lastUsed(List<Segment.Head> heads) {
    int last = 0;
    for (Segment.Head head : heads) {
      last = Math.max(last, unused.contains(head) ? 0 : head.segment().number());
    }
    return last;
  }

  /** Segments before those that were read. */
  void skipped(List<Segment> before) {
    skipped.addAll(before);
  }

  /** The segments; those that were read now know how far they are good. */
  List<Segment> durableSegments() {
    for (int i = 0; i < segments.size(); i++) {
      segments.get(i).durableEnd(ends.get(i));
    }
    List<Segment> all = new ArrayList<>(skipped);
    all.addAll(segments);
    return all;
  }

  /** What a reading begins with instead of an empty journal. */
  record Start(Kept kept, CheckpointFile.@Nullable Header checkpoint, Map<ProcessId, Tip> tips) {
    /** With the first entry that is kept. */
    static Start of(Kept kept) {
      return new Start(kept, null, Map.of());
    }

    /** Whether the checkpoint folds the entry in view; one of nobody it knows has ended before. */
    boolean folds(LineView view, Tip tip) {
      return checkpoint != null && (view.n() < checkpoint.from() || view.sequence() <= tip.folded);
    }
  }

  void damaged(Tip tip, String text) {
    problem(text);
    tip.damaged(text);
  }

  Journal.Replayed replayed(List<String> notes) {
    Map<ProcessId, String> damaged = new LinkedHashMap<>();
    for (Tip tip : tips.values()) {
      String damage = tip.damage();
      if (damage != null) {
        damaged.put(tip.id(), damage);
      }
    }
    Map<ProcessId, Long> bytes = new HashMap<>();
    tips.forEach((process, tip) -> bytes.put(process, tip.bytes));
    return new Journal.Replayed(
        entries, cleanStop, tornTail, damaged, List.copyOf(suspect), bytes, List.copyOf(notes));
  }

  /** How far the history of one process was followed. Owned by: one thread, scan or writer. */
  static final class Tip {

    private final ProcessId id;
    private long sequence;
    private long epoch;
    private long bytes;
    private byte[] hash = HashChain.start();
    private long folded;
    private boolean midway;
    private @Nullable String damage;

    Tip(ProcessId id) {
      this.id = id;
    }

    /** One whose first entries are in an image. */
    static Tip of(Keeping.SavedImage image) {
      Tip tip = new Tip(image.process());
      tip.sequence = image.sequence();
      tip.folded = image.sequence();
      tip.epoch = image.epoch();
      tip.bytes = image.bytes();
      tip.hash = image.hash();
      return tip;
    }

    /** Its first entries may have been let go: whatever comes first is taken as it is. */
    void midway() {
      midway = true;
    }

    /** Whether an entry that its image folds is the one that it should be. */
    boolean isSame(LineView view) {
      return view.sequence() != folded || Arrays.equals(view.hash(), hash);
    }

    ProcessId id() {
      return id;
    }

    /** The sequence of its last entry, 0 before the first. */
    long sequence() {
      return sequence;
    }

    void sequence(long last) {
      sequence = last;
    }

    /** What is wrong with it, null when nothing is. */
    @Nullable
    String damage() {
      return damage;
    }

    void damaged(String what) {
      if (damage == null) {
        damage = what;
      }
    }

    /**
     * What keeps the line from being the next entry, null when nothing does. Either way it is the
     * last one from now on, so that one break is told once.
     */
    @Nullable
    String take(LineView view, HashChain chain) {
      long expected = sequence + 1;
      String problem = midway && view.sequence() > 1 ? null : problem(view, chain, expected);
      midway = false;
      if (view.sequence() >= expected) {
        bytes += view.headLength();
        sequence = view.sequence();
        epoch = Math.max(epoch, view.epoch());
        hash = view.hash();
      }
      return problem;
    }

    private @Nullable String problem(LineView view, HashChain chain, long expected) {
      if (view.sequence() != expected) {
        return "sequence of " + id + ", expected=" + expected + ", actual=" + view.sequence();
      }
      if (view.epoch() < epoch) {
        return "epoch of " + id + ", expected>=" + epoch + ", actual=" + view.epoch();
      }
      return view.follows(chain, hash)
          ? null
          : "hash chain of " + id + " is broken at sequence " + expected;
    }
  }
}
