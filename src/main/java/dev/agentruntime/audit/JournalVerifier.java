package dev.agentruntime.audit;

import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.journal.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Checks a node's journal, and its anchors against it. Changes nothing, and needs no runtime; where
 * one is running, what it is just writing is left out. Blocks; for one thread.
 */
public final class JournalVerifier {

  private final Disk disk;
  private final Path journal;
  private final Path anchors;

  /**
   * Looks at a journal.
   *
   * @param journal the directory of its segments
   * @param anchors the file of its anchors, which may not be there
   */
  public JournalVerifier(Disk disk, Path journal, Path anchors) {
    this.disk = disk;
    this.journal = journal;
    this.anchors = anchors;
  }

  /**
   * Checks everything.
   *
   * @throws RuntimeFault {@code JOURNAL_FORMAT} when a file is of another version, {@code
   *     JOURNAL_CORRUPT} when no segment can be read
   */
  public Report verify() throws IOException {
    Report first = once(false);
    if (first.read().tornTail() == null) {
      return first;
    }
    // A torn tail that is longer at a second look is a group on its way to the disk.
    Report second = once(false);
    boolean written = second.read().last() > first.read().last();
    return written ? once(true) : second;
  }

  private Report once(boolean written) throws IOException {
    AnchorCheck check = AnchorCheck.of(disk, anchors);
    JournalReader reader = new JournalReader(disk, journal);
    check.begin(reader.first());
    JournalReader.Report read = reader.read(check::entry);
    check.end(Objects.requireNonNullElse(read.node(), ""), read.last());
    List<String> problems = new ArrayList<>(read.problems());
    if (written) {
      problems.remove(read.tornTail());
    }
    problems.addAll(check.problems());
    return new Report(read, written, check.fitting(), check.anchored(), List.copyOf(problems));
  }

  /**
   * What was found.
   *
   * @param read what the segments say
   * @param written whether somebody is writing the journal right now
   * @param anchors how many anchors fit
   * @param anchored up to which n the journal is vouched for, 0 = by no anchor
   * @param problems all that is wrong, in segments and anchors, the first first
   */
  public record Report(
      JournalReader.Report read,
      boolean written,
      int anchors,
      long anchored,
      List<String> problems) {}
}
