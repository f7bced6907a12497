package dev.agentruntime.journal;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.codec.Entries;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.sim.SimDisk;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Journals on a simulated disk, driven by hand. */
final class JournalFiles {

  static final Path DIRECTORY = Path.of("/data/journal");
  static final int SEGMENT = 4096;

  private JournalFiles() {}

  static JournalSettings settings() {
    return new JournalSettings(DIRECTORY, Entries.NODE, SEGMENT, 64);
  }

  /** With a reserve, half as large as a segment. */
  static JournalSettings reserved() {
    return new JournalSettings(DIRECTORY, Entries.NODE, SEGMENT, 64, SEGMENT / 2, () -> -1);
  }

  static Path file(int number) {
    return DIRECTORY.resolve(Segment.name(number));
  }

  static FileJournal open(SimDisk disk) {
    return FileJournal.byHand(disk, settings());
  }

  /** Opens, replays, and keeps what was handed out. */
  static Opened replay(SimDisk disk) {
    FileJournal journal = open(disk);
    List<JournalEntry> entries = new ArrayList<>();
    Future<Journal.Replayed> replayed = journal.replay((entry, hash) -> entries.add(entry));
    return new Opened(journal, entries, replayed.result(), replayed.cause());
  }

  record Opened(
      FileJournal journal,
      List<JournalEntry> entries,
      Journal.@Nullable Replayed result,
      @Nullable Throwable cause) {

    Journal.Replayed found() {
      if (result == null) {
        throw new AssertionError("the replay failed", cause);
      }
      return result;
    }

    RuntimeFault fault() {
      if (cause instanceof RuntimeFault fault) {
        return fault;
      }
      throw new AssertionError("expected a fault", cause);
    }

    boolean isClean() {
      Journal.Replayed found = found();
      return found.tornTail() == null
          && found.damaged().isEmpty()
          && found.suspect().isEmpty();
    }
  }

  /** One group of the entries of these processes. */
  @CanIgnoreReturnValue
  static List<Future<Void>> group(FileJournal journal, Entries entries, String... processes) {
    List<Future<Void>> futures = new ArrayList<>();
    for (String process : processes) {
      futures.add(journal.append(entries.next(process)));
    }
    while (journal.drain()) {
      // until all is written
    }
    return futures;
  }

  /** How far a file is written. */
  static int written(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  static String text(SimDisk disk, int number) {
    byte[] bytes = disk.bytes(file(number));
    return new String(bytes, 0, written(bytes), StandardCharsets.UTF_8);
  }

  static void put(SimDisk disk, int number, String text) {
    byte[] bytes = new byte[Math.max(SEGMENT, text.length())];
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(content, 0, bytes, 0, content.length);
    disk.put(file(number), bytes);
  }

  static EntryData small() {
    return new DeployEntry.ProcessRemoved("gone");
  }
}
