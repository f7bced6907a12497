package dev.agentruntime.journal;

import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.codec.LineReader;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Failpoints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads segments in order and tells entries, a torn tail and damage apart. Changes nothing.
 *
 * <pre>
 * the next line  | means
 * ---------------+--------------------------------------------------------------------------
 * n = expected   | an entry; what was unreadable before it held none: suspect
 * n &gt; expected   | entries are missing: a torn tail, or damage
 * n &lt; expected   | an entry out of its place: a torn tail, or damage
 * unreadable     | decided by the next readable line; without one, a torn tail
 * </pre>
 *
 * Missing or misplaced entries are a <b>torn tail</b> when their n is not below the g of the last
 * readable entry, and neither a closing line nor the header of a later segment says that they were
 * durable: they belong to the last group, which nobody was told about. The log ends before it. All
 * else is <b>damage</b>: reading goes on behind it. Once the n before a later segment's {@code
 * first} was read, the rest of a segment is void and not looked at.
 *
 * <p>Owned by: one thread; used once.
 */
final class JournalScan {

  private final Disk disk;
  private final Visitor visitor;
  private final HashChain chain = new HashChain();
  private final LineView view = new LineView();
  private final Map<String, ScanResult.Tip> names = new HashMap<>();
  private final List<String> gaps = new ArrayList<>();
  private final ScanResult result = new ScanResult();
  private List<Segment.Head> heads = List.of();
  private @Nullable LogEnd logEnd;
  private long lastGroup;
  private long missing;
  private long attributed;
  private boolean hashKnown = true;
  private boolean cutTail;
  private @Nullable String unreadable;
  private ScanResult.Start start = ScanResult.Start.of(Kept.ALL);

  JournalScan(Disk disk, Visitor visitor) {
    this.disk = disk;
    this.visitor = visitor;
  }

  /** Takes the entries that are in order; for one it cannot use it throws JOURNAL_CORRUPT. */
  interface Visitor {
    void entry(Segment segment, LineReader line, LineView view, ProcessId process);

    /** One that the checkpoint folds. */
    default void folded(Segment segment, LineReader line, LineView view, ProcessId process) {
      // Known already.
    }
  }

  /** Begins after what was let go, or with the images of a checkpoint. */
  JournalScan from(ScanResult.Start begun) {
    start = begun;
    result.next = begun.kept().first();
    begun.tips().forEach((process, tip) -> {
      names.put(process.toString(), tip);
      result.tips.put(process, tip);
    });
    return this;
  }

  /**
   * Reads them all.
   *
   * @param all in order of their numbers
   * @param node whose journal it should be, null = the one that the first header names
   */
  ScanResult run(List<Segment.Head> all, @Nullable String node) throws IOException {
    heads = used(all);
    requireReadable();
    begin();
    String expected = node;
    boolean torn = false;
    for (int i = 0; i < heads.size() && !torn; i++) {
      Segment.Head head = heads.get(i);
      ControlLine.Header header = head.header();
      if (header != null && expected == null) {
        expected = header.node();
      }
      String foreign = header == null ? null : foreign(head, header, expected);
      if (foreign != null) {
        result.suspect(foreign);
      } else {
        segment(i);
        torn = cutTail;
      }
    }
    finish();
    return result;
  }

  /** The first header may say what came before it, if that is not to be read. */
  private void begin() {
    ControlLine.Header first = heads.isEmpty() ? null : heads.get(0).header();
    boolean skips = start.checkpoint() != null
        && first != null
        && first.first() <= start.checkpoint().from();
    if (first != null && (skips || (start.kept().isCut() && first.first() == result.next))) {
      result.next = first.first();
      result.lastHash = first.hash();
    }
  }

  private List<Segment.Head> used(List<Segment.Head> all) {
    int end = all.size();
    while (end > 0 && all.get(end - 1).kind() == Segment.Head.Kind.EMPTY) {
      end--;
    }
    if (end > 0 && all.get(end - 1).kind() == Segment.Head.Kind.TORN) {
      end--;
      result.tornTail =
          all.get(end).segment().file().getFileName() + ":1: byte 0: unfinished header; cut";
      result.problem(result.tornTail);
    }
    result.unused.addAll(all.subList(end, all.size()));
    return all.subList(0, end);
  }

  private void requireReadable() {
    boolean readable = heads.isEmpty();
    for (Segment.Head head : heads) {
      readable |= head.header() != null;
    }
    if (!readable) {
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          heads.get(0).segment().file() + ":1: left untouched, expected=the header of a journal"
              + " segment, actual=something else");
    }
  }

  private static @Nullable String foreign(
      Segment.Head head, ControlLine.Header header, @Nullable String node) {
    String where = head.segment().file().getFileName() + ":1: byte 0: ";
    if (!header.node().equals(node)) {
      return where + "segment not read, expected=node " + node + ", actual=node " + header.node();
    }
    if (header.segment() != head.segment().number()) {
      return where + "segment not read, expected=segment " + head.segment().number()
          + ", actual=segment " + header.segment();
    }
    return null;
  }

  /** The first n of the next segment that has a header: entries from there on are void here. */
  static long bound(List<Segment.Head> heads, int index) {
    ControlLine.Header mine = heads.get(index).header();
    for (int i = index + 1; i < heads.size(); i++) {
      ControlLine.Header header = heads.get(i).header();
      if (header != null
          && header.segment() == heads.get(i).segment().number()
          && (mine == null || header.node().equals(mine.node()))) {
        return header.first();
      }
    }
    return Long.MAX_VALUE;
  }

  private void segment(int index) throws IOException {
    Segment.Head head = heads.get(index);
    Segment segment = head.segment();
    long found = result.found;
    result.segments.add(segment);
    result.group = 0;
    boolean whole = header(head);
    long end = head.end();
    long bound = bound(heads, index);
    segment.range(head.header() == null ? result.next : head.header().first(), bound);
    try (Disk.DiskFile file = disk.openRead(segment.file())) {
      LineReader reader = new LineReader(file, 0, head.limit());
      boolean more = head.header() == null || reader.next();
      while (more && !cutTail && result.next < bound && reader.next()) {
        Failpoints.hit("journal.recovery.read");
        if (line(index, reader)) {
          end = reader.end();
        }
      }
    }
    boolean last = index == heads.size() - 1;
    if (unreadable != null && last && !cutTail) {
      tear(unreadable);
    }
    result.ends.add(end);
    boolean torn = cutTail;
    boolean intact = whole && last && result.found == found + (torn ? 1 : 0);
    result.open = intact ? segment : null;
    result.end = end;
    result.cut = intact && torn;
    for (int rest = index + 1; torn && rest < heads.size(); rest++) {
      result.suspect(
          heads.get(rest).segment().file().getFileName() + ":1: byte 0: segment not read");
    }
  }

  /** Whether the header was read and fits. */
  private boolean header(Segment.Head head) {
    String where = head.segment().file().getFileName() + ":1: byte 0: ";
    ControlLine.Header header = head.header();
    if (header == null && head.kind() == Segment.Head.Kind.UNREADABLE) {
      result.suspect(where + "the header cannot be read");
      return false;
    }
    if (header == null) {
      result.problem(where + "no header, and no entries");
      return false;
    }
    if (header.first() > result.next) {
      String gap = unreadable == null ? where + "entries before it" : unreadable;
      gap(gap + ": missing n=" + result.next + ".." + (header.first() - 1), header.first());
      hashKnown = false;
    } else if (header.first() < result.next) {
      result.suspect(where + "first, expected=" + result.next + ", actual=" + header.first());
    } else if (hashKnown && !Arrays.equals(header.hash(), result.lastHash)) {
      result.suspect(where + "h is not the hash of the entry before it");
    }
    unreadable = null;
    return true;
  }

  /** Takes a piece; whether the good part of the segment now ends behind it. */
  private boolean line(int index, LineReader reader) throws IOException {
    LineView.Form form = reader.whole()
        ? view.parse(reader.buffer(), reader.from(), reader.to())
        : LineView.Form.BAD;
    return switch (form) {
      case BAD -> {
        String why = reader.whole() ? view.problem() : "it does not end with a line break";
        bad(where(index, reader) + "unreadable line, " + why);
        yield false;
      }
      case CONTROL -> control(index, reader);
      case ENTRY -> entry(index, reader);
    };
  }

  private void bad(String text) {
    if (unreadable == null) {
      unreadable = text;
    }
  }

  private boolean control(int index, LineReader reader) {
    ControlLine line = ControlLine.read(reader, heads.get(index).segment().file());
    if (line == null) {
      bad(where(index, reader) + "a control line that makes no sense");
      return false;
    }
    if (!(line instanceof ControlLine.Closing closing) || closing.last() < result.next - 1) {
      result.suspect(where(index, reader) + "a control line that does not belong there");
      return true;
    }
    if (closing.last() >= result.next) {
      bad(where(index, reader) + "entries before it");
      gap(unreadable + ": missing n=" + result.next + ".." + closing.last(), closing.last() + 1);
      hashKnown = false;
    }
    nothingMissing();
    result.cleanStop = true;
    // Written and synced after all before it had been.
    result.group = reader.end();
    return true;
  }

  private boolean entry(int index, LineReader reader) throws IOException {
    if (view.n() != result.next) {
      bad(where(index, reader) + "n, expected=" + result.next + ", actual=" + view.n());
      String what = String.valueOf(unreadable);
      if (isTorn(index, Math.min(view.n(), result.next))) {
        tear(what);
        return false;
      }
      if (view.n() < result.next) {
        unreadable = null;
        misplaced(what);
        return true;
      }
      gap(what + ": missing n=" + result.next + ".." + (view.n() - 1), view.n());
    }
    nothingMissing();
    take(index, reader);
    return true;
  }

  private void misplaced(String what) {
    ScanResult.Tip tip = tip();
    if (tip == null) {
      result.suspect(what);
    } else {
      result.damaged(tip, what);
    }
  }

  private void take(int index, LineReader reader) {
    result.next++;
    result.cleanStop = false;
    result.lastHash = view.hash();
    hashKnown = true;
    if (lastGroup != view.group() || result.group == 0) {
      result.group = reader.start();
    }
    lastGroup = view.group();
    ScanResult.Tip tip = tip();
    if (tip == null) {
      result.suspect(where(index, reader) + "entry without a process, " + view.process());
      return;
    }
    if (start.folds(view, tip)) {
      folded(index, reader, tip);
      return;
    }
    if (tip.sequence() > 0 || !start.kept().isCut()) {
      attributed += Math.max(0, view.sequence() - tip.sequence() - 1);
    }
    String problem = tip.take(view, chain);
    if (problem != null) {
      result.damaged(tip, where(index, reader) + problem);
    } else if (tip.damage() == null) {
      try {
        visitor.entry(heads.get(index).segment(), reader, view, tip.id());
        result.entries++;
      } catch (RuntimeFault e) {
        if (e.code() != ErrorCode.JOURNAL_CORRUPT) {
          throw e;
        }
        result.damaged(tip, where(index, reader) + e.getMessage());
      }
    }
  }

  private void folded(int index, LineReader reader, ScanResult.Tip tip) {
    if (!tip.isSame(view)) {
      result.damaged(
          tip,
          where(index, reader) + "sequence " + view.sequence() + " of " + tip.id()
              + " is not the entry that the checkpoint folds");
    }
    visitor.folded(heads.get(index).segment(), reader, view, tip.id());
  }

  /** The process of the line in view, null when its name is none. */
  private ScanResult.@Nullable Tip tip() {
    String name = view.process();
    ScanResult.Tip known = names.get(name);
    if (known == null) {
      try {
        known = new ScanResult.Tip(ProcessId.parse(name));
        if (start.kept().isCut()) {
          known.midway();
        }
      } catch (RuntimeFault e) {
        return null;
      }
      names.put(name, known);
      result.tips.put(known.id(), known);
    }
    return known;
  }

  private void gap(String text, long next) {
    result.problem(text);
    gaps.add(text);
    missing += next - result.next;
    result.next = next;
    unreadable = null;
  }

  private void nothingMissing() {
    if (unreadable != null) {
      result.suspect(unreadable + "; no entry is missing");
      unreadable = null;
    }
  }

  private void tear(String what) {
    cutTail = true;
    result.tornTail = what + "; cut, the log ends with n=" + (result.next - 1);
    result.problem(result.tornTail);
    result.cleanStop = false;
    unreadable = null;
  }

  private boolean isTorn(int index, long n) throws IOException {
    if (logEnd == null) {
      logEnd = LogEnd.read(disk, heads, index);
    }
    return n >= Math.max(lastGroup, logEnd.lastGroup()) && n > logEnd.durable();
  }

  private void finish() {
    if (unreadable != null) {
      result.suspect(unreadable);
    }
    // A gap that no process's own sequence accounts for may have been anybody's.
    if (missing > attributed) {
      for (String gap : gaps) {
        if (result.suspect.size() < ScanResult.FINDINGS_MAX) {
          result.suspect.add(gap);
        }
      }
    }
  }

  private String where(int index, LineReader reader) {
    return heads.get(index).segment().file().getFileName() + ":" + reader.lineNumber() + ": byte "
        + reader.start() + ": ";
  }

  /**
   * What the end of the log says.
   *
   * @param lastGroup g of its last readable entry, 0 without one
   * @param durable everything up to this n was durable, by a closing line or a later header
   */
  record LogEnd(long lastGroup, long durable) {

    static LogEnd read(Disk disk, List<Segment.Head> heads, int from) throws IOException {
      LineView view = new LineView();
      long group = 0;
      long durable = 0;
      for (int i = from; i < heads.size(); i++) {
        long bound = bound(heads, i);
        durable = Math.max(durable, bound == Long.MAX_VALUE ? 0 : bound - 1);
        try (Disk.DiskFile file = disk.openRead(heads.get(i).segment().file())) {
          LineReader reader =
              new LineReader(file, heads.get(i).end(), heads.get(i).limit());
          while (reader.next()) {
            LineView.Form form = reader.whole()
                ? view.parse(reader.buffer(), reader.from(), reader.to())
                : LineView.Form.BAD;
            if (form == LineView.Form.ENTRY && view.n() < bound) {
              group = view.group();
            } else if (form == LineView.Form.CONTROL
                && ControlLine.read(reader, heads.get(i).segment().file())
                    instanceof ControlLine.Closing closing
                && closing.last() < bound) {
              durable = Math.max(durable, closing.last());
            }
          }
        }
      }
      return new LogEnd(group, durable);
    }
  }
}
