package dev.agentruntime.journal;

import dev.agentruntime.codec.ControlLine;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.LineReader;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.journal.Keeping.SavedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal's directory without a runtime: no lock, no change. Of a journal that is being
 * written it may see the last group half, and call it a torn tail. Blocks; for one thread.
 */
public final class JournalReader {

  private final Disk disk;
  private final Path directory;

  /** Looks at the segments in {@code directory}. */
  public JournalReader(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /**
   * Checks every CRC, n, s, epoch, link and the form of every entry, and hands every entry that is
   * in order to {@code sink}.
   *
   * @throws RuntimeFault {@code JOURNAL_FORMAT} when a segment is of another version, {@code
   *     JOURNAL_CORRUPT} when none of the files is a segment
   */
  public Report read(Consumer<Line> sink) throws IOException {
    Kept kept = Kept.read(disk, directory);
    List<Segment.Head> heads = new ArrayList<>();
    for (Segment.Head head : Segment.Head.all(disk, directory)) {
      if (head.segment().number() >= kept.segment()) {
        heads.add(head);
      }
    }
    ScanResult found = new JournalScan(
            disk, (segment, line, view, process) -> sink.accept(line(segment, line, view, process)))
        .from(ScanResult.Start.of(kept))
        .run(heads, null);
    String node = null;
    for (Segment.Head head : heads) {
      ControlLine.Header header = head.header();
      node = node == null && header != null ? header.node() : node;
    }
    Map<String, String> damaged = new LinkedHashMap<>();
    found
        .replayed(List.of())
        .damaged()
        .forEach((process, what) -> damaged.put(process.toString(), what));
    return new Report(
        node,
        heads.size() - found.unused.size(),
        found.tips.size(),
        found.entries,
        kept.first(),
        found.next - 1,
        found.cleanStop,
        found.tornTail,
        damaged,
        List.copyOf(found.suspect),
        List.copyOf(found.problems));
  }

  /** The n of the first entry that is kept, 1 when nothing was let go. */
  public long first() throws IOException {
    return Kept.read(disk, directory).first();
  }

  /**
   * The newest image of a process in a checkpoint, of its newest incarnation there.
   *
   * @param at folding no entry after this sequence; 0 = however many
   * @return null when there is none
   */
  public @Nullable SavedImage image(ProcessName name, long at) throws IOException {
    Checkpoints checkpoints = new Checkpoints(disk, directory);
    for (int number : checkpoints.numbers()) {
      AtomicReference<@Nullable SavedImage> found = new AtomicReference<>();
      try {
        CheckpointFile.read(disk, checkpoints.file(number), null, new CheckpointFile.Sink() {
          @Override
          public void header(CheckpointFile.Header header) {
            // Whose it is does not matter here.
          }

          @Override
          public void image(SavedImage image) {
            SavedImage known = found.get();
            boolean newer =
                known == null || known.process().incarnation() < image.process().incarnation();
            if (image.process().name().equals(name) && newer) {
              found.set(image);
            }
          }
        });
      } catch (RuntimeFault e) {
        System.getLogger(JournalReader.class.getName())
            .log(System.Logger.Level.INFO, "{0}", e.getMessage());
        continue;
      }
      SavedImage image = found.get();
      if (image != null && (at == 0 || image.sequence() <= at)) {
        return image;
      }
    }
    return null;
  }

  private static Line line(Segment segment, LineReader line, LineView view, ProcessId process) {
    return new Line(
        new Place(String.valueOf(segment.file().getFileName()), line.lineNumber(), line.start()),
        process,
        view.sequence(),
        view.n(),
        view.kind(),
        view.hash(),
        view.compacted() ? null : EntryCodec.decode(view, process),
        line.text());
  }

  /**
   * Where a line stands.
   *
   * @param file the segment's name
   * @param line from 1
   * @param offset of its first byte in the file
   */
  public record Place(String file, int line, long offset) {}

  /**
   * An entry as it stands in a file.
   *
   * @param place where
   * @param process whose entry it is
   * @param sequence its {@code s}
   * @param n its {@code n}
   * @param kind its {@code k}
   * @param hash its {@code h}, 32 bytes
   * @param entry what it says, null when compaction dropped its data
   * @param text the whole line, without the line break
   */
  public record Line(
      Place place,
      ProcessId process,
      long sequence,
      long n,
      String kind,
      byte[] hash,
      @Nullable JournalEntry entry,
      String text) {}

  /**
   * What was found.
   *
   * @param node whose journal it is, null when no header says so
   * @param segments files with entries
   * @param processes processes with entries, all incarnations
   * @param entries entries in order
   * @param first the n of the first one that is kept, 1 when nothing was let go
   * @param last the n of the last one
   * @param cleanStop whether the journal ends with a closing line
   * @param tornTail the last group when it is not whole, as an opening would cut it; null otherwise
   * @param damaged processes whose history is broken, and what is wrong first
   * @param suspect damage that cannot be told to belong to a process: it may be anybody's
   * @param problems everything that is not as it should be, the torn tail included, {@code
   *     file:line: byte offset: ...}, the first first; at most 100
   */
  public record Report(
      @Nullable String node,
      int segments,
      int processes,
      long entries,
      long first,
      long last,
      boolean cleanStop,
      @Nullable String tornTail,
      Map<String, String> damaged,
      List<String> suspect,
      List<String> problems) {}
}
