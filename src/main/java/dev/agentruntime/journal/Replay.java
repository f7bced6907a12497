package dev.agentruntime.journal;

import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.LineReader;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.Keeping.SavedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a journal: the newest checkpoint that can be read, if any is wanted, and then the
 * entries that it does not fold. Segments before those are not looked at. Used once, by one thread.
 */
final class Replay {

  private final Disk disk;
  private final JournalSettings settings;
  private final Checkpoints checkpoints;
  private final Journal.EntrySink sink;
  private final Journal.@Nullable Folding folding;
  private final List<String> notes = new ArrayList<>();
  private CheckpointFile.@Nullable Header used;

  /** A reading of every entry, or with a {@link Journal.Folding} of what is needed. */
  Replay(Disk disk, JournalSettings settings, Checkpoints checkpoints, Journal.EntrySink sink) {
    this.disk = disk;
    this.settings = settings;
    this.checkpoints = checkpoints;
    this.sink = sink;
    this.folding = sink instanceof Journal.Folding wanted ? wanted : null;
  }

  /** Sees every entry that is handed out, and those that it reads and a checkpoint folds. */
  interface Watch {
    void seen(LineView view, ProcessId process);
  }

  /**
   * Reads.
   *
   * @param all of the segments, in order
   */
  ScanResult run(List<Segment.Head> all, Kept kept, Watch watch) throws IOException {
    List<Segment.Head> heads = new ArrayList<>();
    for (Segment.Head head : all) {
      if (head.segment().number() >= kept.segment()) {
        heads.add(head);
      }
    }
    ScanResult.Start start =
        folding == null ? ScanResult.Start.of(kept) : checkpoint(heads, kept, folding);
    int from = used == null ? 0 : first(heads, used.from());
    JournalScan.Visitor visitor = new JournalScan.Visitor() {
      @Override
      public void entry(Segment segment, LineReader line, LineView view, ProcessId process) {
        segment.note(process, view.sequence(), line.start());
        watch.seen(view, process);
        sink.accept(EntryCodec.decode(view, process), view.hash());
      }

      @Override
      public void folded(Segment segment, LineReader line, LineView view, ProcessId process) {
        segment.note(process, view.sequence(), line.start());
      }
    };
    ScanResult found = new JournalScan(disk, visitor)
        .from(start)
        .run(heads.subList(from, heads.size()), settings.node().value());
    List<Segment> before = new ArrayList<>();
    for (int i = 0; i < from; i++) {
      before.add(skipped(heads, i));
    }
    found.skipped(before);
    if (used != null) {
      found.requireUpTo(used.last(), settings.directory(), ScanResult.CHECKPOINTS);
    }
    return found;
  }

  /** The checkpoint that was used, null when there was none. */
  CheckpointFile.@Nullable Header used() {
    return used;
  }

  /** Checkpoints that could not be used, and why. */
  List<String> notes() {
    return notes;
  }

  private ScanResult.Start checkpoint(List<Segment.Head> heads, Kept kept, Journal.Folding into)
      throws IOException {
    for (int number : checkpoints.numbers()) {
      Map<ProcessId, ScanResult.Tip> tips = new HashMap<>();
      List<CheckpointFile.Header> read = new ArrayList<>();
      into.restart();
      try {
        checkpoints.read(number, new CheckpointFile.Sink() {
          @Override
          public void header(CheckpointFile.Header header) {
            requireStart(heads, kept, header);
            read.add(header);
          }

          @Override
          public void image(SavedImage image) {
            into.image(image);
            tips.put(image.process(), ScanResult.Tip.of(image));
          }
        });
        used = read.get(0);
        return new ScanResult.Start(kept, used, tips);
      } catch (RuntimeFault e) {
        if (e.code() == ErrorCode.JOURNAL_FORMAT) {
          throw e;
        }
        notes.add("checkpoint " + CheckpointFile.name(number) + " is not used: "
            + e.failure().message());
      }
    }
    into.restart();
    return ScanResult.Start.of(kept);
  }

  /** What it does not fold must be there. */
  private static void requireStart(
      List<Segment.Head> heads, Kept kept, CheckpointFile.Header header) {
    if (header.from() < kept.first() || (!heads.isEmpty() && first(heads, header.from()) < 0)) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "it needs the entries from n=" + header.from() + " on, which are not all there");
    }
  }

  /** The last segment that begins with an n not after this one, -1 when there is none. */
  private static int first(List<Segment.Head> heads, long n) {
    for (int i = heads.size() - 1; i >= 0; i--) {
      ControlLine.Header header = heads.get(i).header();
      if (header != null && header.first() <= n) {
        return i;
      }
    }
    return -1;
  }

  private static Segment skipped(List<Segment.Head> heads, int index) {
    Segment segment = heads.get(index).segment();
    ControlLine.Header header = heads.get(index).header();
    segment.range(
        header == null ? Long.MAX_VALUE : header.first(), JournalScan.bound(heads, index));
    segment.skip();
    return segment;
  }
}
