package dev.agentruntime.journal;

import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal's directory without a runtime: no lock, no change. Of a journal that is being
 * written it may see the last group half, and call it a torn tail. Blocks; for one thread.
 */
public final class JournalVerifier {

  private final Disk disk;
  private final Path directory;

  /** Looks at the segments in {@code directory}. */
  public JournalVerifier(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /**
   * Checks every CRC, n, s, epoch, link and the form of every entry.
   *
   * @throws RuntimeFault {@code JOURNAL_FORMAT} when a segment is of another version, {@code
   *     JOURNAL_CORRUPT} when none of the files is a segment
   */
  public Report verify() throws IOException {
    return show(line -> {});
  }

  /** {@link #verify} that hands every entry in order to {@code sink}. */
  public Report show(Consumer<Shown> sink) throws IOException {
    List<Segment.Head> heads = Segment.Head.all(disk, directory);
    ScanResult found = new JournalScan(disk, (segment, line, view, process) -> {
          if (!view.compacted()) {
            var unused = EntryCodec.decode(view, process);
          }
          sink.accept(new Shown(
              String.valueOf(segment.file().getFileName()),
              line.lineNumber(),
              process,
              view.sequence(),
              view.kind(),
              line.text()));
        })
        .run(heads, null);
    String node = null;
    for (Segment.Head head : heads) {
      ControlLine.Header header = head.header();
      node = node == null && header != null ? header.node() : node;
    }
    return new Report(
        node,
        heads.size() - found.unused.size(),
        found.tips.size(),
        found.entries,
        found.next - 1,
        found.cleanStop,
        found.tornTail,
        List.copyOf(found.problems));
  }

  /**
   * An entry as it stands in a file.
   *
   * @param file the segment's name
   * @param line from 1
   * @param process whose entry it is
   * @param sequence its {@code s}
   * @param kind its {@code k}
   * @param text the whole line, without the line break
   */
  public record Shown(
      String file, int line, ProcessId process, long sequence, String kind, String text) {}

  /**
   * What was found.
   *
   * @param node whose journal it is, null when no header says so
   * @param segments files with entries
   * @param processes processes with entries, all incarnations
   * @param entries entries in order
   * @param last the n of the last one
   * @param cleanStop whether the journal ends with a closing line
   * @param tornTail the last group when it is not whole, as an opening would cut it; null otherwise
   * @param problems everything that is not as it should be, the torn tail included, {@code
   *     file:line: ...}, the first first; at most 100
   */
  public record Report(
      @Nullable String node,
      int segments,
      int processes,
      long entries,
      long last,
      boolean cleanStop,
      @Nullable String tornTail,
      List<String> problems) {}
}
