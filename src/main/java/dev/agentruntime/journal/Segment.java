package dev.agentruntime.journal;

import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.LineReader;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A segment that holds entries, as readers see it: up to where it is durable, and where each
 * process begins in it. The writer adds, any thread reads.
 */
final class Segment {

  private static final int WINDOW = 1 << 16;
  private static final Pattern NAME_OF_PROCESS = Pattern.compile(".+#[1-9][0-9]{0,8}");
  private static final Index CHANGING = new Index();
  private static final Pattern NAME = Pattern.compile("[0-9]{8}\\.jsonl");

  private final int number;
  private final Path file;
  private final AtomicLong durableEnd = new AtomicLong();
  private final AtomicLong first = new AtomicLong();
  private final AtomicLong bound = new AtomicLong(Long.MAX_VALUE);
  private final AtomicReference<@Nullable Index> index = new AtomicReference<>(new Index());

  Segment(Path directory, int number) {
    this.number = number;
    this.file = directory.resolve(name(number));
  }

  /** {@code 00000001.jsonl} for 1. */
  static String name(int number) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, 8 - digits.length())) + digits + ".jsonl";
  }

  /** The number of a file of that name, 0 when it is no segment. */
  static int number(String name) {
    return NAME.matcher(name).matches() ? Integer.parseInt(name.substring(0, 8)) : 0;
  }

  int number() {
    return number;
  }

  Path file() {
    return file;
  }

  /** Everything before this offset is durable, or was never there. */
  long durableEnd() {
    return durableEnd.get();
  }

  void durableEnd(long end) {
    durableEnd.set(end);
  }

  /** The n of its first entry. */
  long first() {
    return first.get();
  }

  /** Entries with this n or a higher one are void here; the largest number = none. */
  long bound() {
    return bound.get();
  }

  /** Entries from {@code from} on; those from {@code to} on are void, or a later segment's. */
  void range(long from, long to) {
    first.set(from);
    bound.set(to);
  }

  /** Notes where an entry stands, if it is its process's first here. */
  void note(ProcessId process, long sequence, long offset) {
    Index known = index.get();
    if (known != null) {
      known.note(process, sequence, offset);
    }
  }

  /** Where processes begin is not known: who reads it looks first. */
  void skip() {
    index.set(null);
  }

  /** It is being written anew: whoever reads it meanwhile looks for himself. */
  void hide() {
    index.set(CHANGING);
  }

  /** It is known from now on. */
  void show(Index known, long end) {
    durableEnd.set(end);
    index.set(known);
  }

  /** Where processes begin in a segment. The writer adds, any thread reads. */
  static final class Index {
    private final ConcurrentHashMap<ProcessId, Mark> marks = new ConcurrentHashMap<>();

    void note(ProcessId process, long sequence, long offset) {
      if (!marks.containsKey(process)) {
        marks.put(process, new Mark(sequence, offset));
      }
    }
  }

  /**
   * Makes what was read of a segment the truth before anything is built on it: its last group is
   * written again and forced, and whatever stands behind it is zeroed.
   */
  static void settle(Disk.DiskFile file, long group, long end) throws IOException {
    rewrite(file, group, end);
    // Also without a cut: what stands behind zeros must never be taken for an entry later.
    zeroTail(file, end);
  }

  /**
   * After a sync that failed the system counts the pages as clean and still shows them: a later
   * sync alone would keep nothing of them.
   */
  private static void rewrite(Disk.DiskFile file, long start, long end) throws IOException {
    byte[] window = new byte[WINDOW];
    for (long at = start; at < end; ) {
      int read = file.read(at, window, 0, (int) Math.min(WINDOW, end - at));
      if (read <= 0) {
        throw new IOException("ends at byte " + at + ", expected=" + end);
      }
      file.write(at, window, 0, read);
      at += read;
    }
    file.force();
  }

  /** Zeroes whatever stands from {@code start} on, and forces it; a clean tail is only read. */
  static void zeroTail(Disk.DiskFile file, long start) throws IOException {
    byte[] window = new byte[WINDOW];
    byte[] zeros = new byte[WINDOW];
    boolean changed = false;
    long at = start;
    int read = file.read(at, window, 0, WINDOW);
    while (read > 0) {
      if (Arrays.mismatch(window, 0, read, zeros, 0, read) >= 0) {
        file.write(at, zeros, 0, read);
        changed = true;
      }
      at += read;
      read = file.read(at, window, 0, WINDOW);
    }
    if (changed) {
      file.force();
    }
  }

  /** Zeroes the tail of the last: void by the next header anyway, but plain to read now. */
  static void zeroTail(Disk disk, List<Segment> all) {
    if (all.isEmpty()) {
      return;
    }
    Segment last = all.get(all.size() - 1);
    try (Disk.DiskFile old = disk.openWrite(last.file)) {
      zeroTail(old, last.durableEnd());
    } catch (IOException e) {
      System.getLogger(Segment.class.getName())
          .log(System.Logger.Level.WARNING, "{0}: tail not zeroed: {1}", last.file, e);
    }
  }

  /** Writes the first line, and keeps the file open. */
  Disk.DiskFile begin(Disk disk, byte[] header) throws IOException {
    Disk.DiskFile opened = disk.openWrite(file);
    boolean ready = false;
    try {
      opened.write(0, header, 0, header.length);
      opened.force();
      ready = true;
    } finally {
      if (!ready) {
        opened.close();
      }
    }
    return opened;
  }

  /**
   * The wanted entries that are durable, from all segments, which stand in order; null when the
   * first one wanted stands before all of them.
   */
  static @Nullable List<Journal.JournalLine> read(Disk disk, List<Segment> all, Wanted wanted)
      throws IOException {
    int from = all.size();
    boolean found = false;
    while (from > 0 && !found) {
      Mark mark = all.get(--from).index(disk).marks.get(wanted.process);
      found = mark != null && mark.sequence() <= wanted.from;
    }
    if (!found && !all.isEmpty() && all.get(0).number > 1) {
      return null;
    }
    List<Journal.JournalLine> lines = new ArrayList<>();
    for (int i = from; i < all.size() && lines.size() < wanted.limit; i++) {
      all.get(i).read(disk, wanted, lines);
    }
    return lines;
  }

  /** The sequence of a process's first entry in these, 0 when there is none. */
  static long first(Disk disk, List<Segment> all, ProcessId process) throws IOException {
    for (Segment segment : all) {
      Mark mark = segment.index(disk).marks.get(process);
      if (mark != null) {
        return mark.sequence();
      }
    }
    return 0;
  }

  /** Looks where processes begin, unless that is known. */
  private Index index(Disk disk) throws IOException {
    Index known = index.get();
    if (known != null && known != CHANGING) {
      return known;
    }
    Index fresh = new Index();
    LineView view = new LineView();
    long end = 0;
    try (Disk.DiskFile opened = disk.openRead(file)) {
      LineReader reader = new LineReader(opened, 0, Long.MAX_VALUE);
      while (reader.next()) {
        boolean entry = reader.whole()
            && view.parse(reader.buffer(), reader.from(), reader.to()) == LineView.Form.ENTRY;
        if (entry && view.n() >= bound()) {
          break;
        }
        end = reader.end();
        if (entry && NAME_OF_PROCESS.matcher(view.process()).matches()) {
          fresh.note(ProcessId.parse(view.process()), view.sequence(), reader.start());
        }
      }
    }
    if (known == null) {
      durableEnd.set(end);
      var unused = index.compareAndSet(null, fresh);
    }
    return fresh;
  }

  /** Adds the wanted entries that are durable to {@code lines}. */
  private void read(Disk disk, Wanted wanted, List<Journal.JournalLine> lines) throws IOException {
    Index known = index(disk);
    Mark mark = known.marks.get(wanted.process);
    if (mark == null) {
      return;
    }
    byte[] id = wanted.process.toString().getBytes(StandardCharsets.US_ASCII);
    LineView view = new LineView();
    try (Disk.DiskFile opened = disk.openRead(file)) {
      // A file that was written anew meanwhile is read from its beginning.
      long start = index.get() == known ? mark.offset : 0;
      LineReader reader = new LineReader(opened, start, start == 0 ? Long.MAX_VALUE : durableEnd());
      while (lines.size() < wanted.limit && reader.next()) {
        if (reader.whole()
            && view.parse(reader.buffer(), reader.from(), reader.to()) == LineView.Form.ENTRY
            && view.n() < bound()
            && view.isOf(id)
            && view.sequence() >= wanted.from) {
          lines.add(new Journal.JournalLine(EntryCodec.shown(view, wanted.process), reader.text()));
        }
      }
    }
  }

  /** Entries of one process from a sequence on, until so many are found. */
  record Wanted(ProcessId process, long from, int limit) {}

  /** The first entry of a process in a segment. */
  record Mark(long sequence, long offset) {}

  /**
   * What the first line of a segment says.
   *
   * @param segment which one
   * @param limit how far it may be read
   * @param header null when there is none that can be read
   * @param end where the header ends, 0 without one
   * @param kind what the file looks like
   */
  static record Head(
      Segment segment, long limit, ControlLine.@Nullable Header header, long end, Kind kind) {

    /** What a file looks like from its beginning. */
    enum Kind {
      GOOD,
      /** Nothing but zeros: made ahead, never used. */
      EMPTY,
      /** Nothing but a few bytes that begin like a header: a header that was never finished. */
      TORN,
      /** Something else. */
      UNREADABLE
    }

    /** Those of segments in use, as far as they are durable. */
    static List<Head> durable(Disk disk, List<Segment> segments) throws IOException {
      List<Head> heads = new ArrayList<>();
      for (Segment segment : segments) {
        // One that was skipped is closed, and void from the next one's beginning on.
        long end = segment.durableEnd();
        heads.add(read(disk, segment, end == 0 ? Long.MAX_VALUE : end));
      }
      return heads;
    }

    /** Those of all segments in a directory, in order. */
    static List<Head> all(Disk disk, Path directory) throws IOException {
      List<Head> heads = new ArrayList<>();
      for (String name : disk.list(directory)) {
        int number = number(name);
        if (number > 0) {
          heads.add(read(disk, new Segment(directory, number), Long.MAX_VALUE));
        }
      }
      return heads;
    }

    /** Reads it; an unknown format is a fault of {@code JOURNAL_FORMAT}. */
    static Head read(Disk disk, Segment segment, long limit) throws IOException {
      try (Disk.DiskFile opened = disk.openRead(segment.file())) {
        return read(opened, segment, limit);
      }
    }

    private static Head read(Disk.DiskFile file, Segment segment, long limit) throws IOException {
      LineReader reader = new LineReader(file, 0, limit);
      if (!reader.next()) {
        return new Head(segment, limit, null, 0, Kind.EMPTY);
      }
      LineView view = new LineView();
      if (reader.whole()
          && view.parse(reader.buffer(), reader.from(), reader.to()) == LineView.Form.CONTROL) {
        ControlLine line = ControlLine.read(reader, segment.file());
        if (line instanceof ControlLine.Header header && reader.start() == 0) {
          return new Head(segment, limit, header, reader.end(), Kind.GOOD);
        }
      }
      boolean torn = reader.start() == 0
          && reader.end() <= ControlLine.HEADER_MAX
          && beginsLikeHeader(reader)
          && !reader.next();
      return new Head(segment, limit, null, 0, torn ? Kind.TORN : Kind.UNREADABLE);
    }

    private static boolean beginsLikeHeader(LineReader reader) {
      String head = "{\"format\":" + ControlLine.FORMAT;
      for (int i = 0; i < Math.min(head.length(), reader.to() - reader.from()); i++) {
        if (reader.buffer()[reader.from() + i] != head.charAt(i)) {
          return false;
        }
      }
      return true;
    }
  }
}
