package dev.agentruntime.audit;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.journal.JournalReader;
import dev.agentruntime.journal.Keeping.SavedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A process folded from the files of a journal, by the same rules as in a running node.
 *
 * @param process which incarnation
 * @param position the sequence of the last entry that was folded
 * @param digest of its image there, as {@code GET /api/v1/processes/{name}?digest=true} says it
 */
public record OfflineImage(ProcessId process, long position, String digest) {

  /**
   * Folds the newest incarnation of a process.
   *
   * @param at up to this sequence; 0 = all there is
   * @throws RuntimeFault {@code PROCESS_NOT_FOUND} when there is no such process, {@code NOT_FOUND}
   *     when it does not go so far, {@code JOURNAL_CORRUPT} when its history is broken
   */
  public static OfflineImage fold(Disk disk, Path journal, ProcessName name, long at)
      throws IOException {
    JournalReader reader = new JournalReader(disk, journal);
    Fold fold = new Fold(name, at, reader.image(name, at));
    JournalReader.Report report = reader.read(fold::take);
    ProcessImage image = fold.image;
    if (image == null) {
      throw new RuntimeFault(ErrorCode.PROCESS_NOT_FOUND, "no process " + name + " in " + journal);
    }
    String damage = report.damaged().get(image.id().toString());
    if (damage != null && (at == 0 || image.sequence() < at)) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, damage);
    }
    if (image.sequence() < at) {
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND,
          "sequence of " + image.id() + ", expected<=" + image.sequence() + ", actual=" + at);
    }
    return new OfflineImage(image.id(), image.sequence(), ImageDigest.of(image));
  }

  private static final class Fold {
    private final ProcessName name;
    private final long at;
    private @Nullable ProcessImage image;

    Fold(ProcessName name, long at, @Nullable SavedImage from) {
      this.name = name;
      this.at = at;
      this.image = from == null ? null : ImageReader.read(from.image());
    }

    void take(JournalReader.Line line) {
      ProcessId id = line.process();
      if (!id.name().equals(name)
          || (image != null && id.incarnation() < image.id().incarnation())) {
        return;
      }
      ProcessImage folded = image;
      if (folded == null || !folded.id().equals(id)) {
        folded = new ProcessImage(id);
        image = folded;
      }
      if ((at > 0 && line.sequence() > at) || line.sequence() <= folded.sequence()) {
        return;
      }
      JournalEntry entry = line.entry();
      if (entry == null) {
        throw new RuntimeFault(
            ErrorCode.NOT_FOUND,
            "sequence " + line.sequence() + " of " + id
                + ": its data was dropped by compaction, so the image cannot be folded to a place"
                + " before the older checkpoint");
      }
      folded.apply(entry);
    }
  }
}
