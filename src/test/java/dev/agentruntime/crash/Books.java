package dev.agentruntime.crash;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.JournalSettings;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the journal of a stopped node says, read without any of its processes.
 *
 * @param all of all processes, in the order of the file
 * @param entries by process name, in order
 * @param report what was found besides entries
 */
record Books(
    List<JournalEntry> all, Map<String, List<JournalEntry>> entries, Journal.Replayed report) {

  /** Reads a journal; no runtime may have it open. */
  static Books read(Path directory) {
    List<JournalEntry> all = new ArrayList<>();
    Map<String, List<JournalEntry>> entries = new TreeMap<>();
    FileJournal journal = FileJournal.byHand(
        new RealDisk(), new JournalSettings(directory, new NodeId("node-1"), 64 << 20, 1_000));
    Journal.Replayed report = now(journal.replay((entry, hash) -> {
      all.add(entry);
      entries
          .computeIfAbsent(entry.process().name().value(), name -> new ArrayList<>())
          .add(entry);
    }));
    Future<Void> closed = journal.close();
    if (closed.failed()) {
      throw new AssertionError(closed.cause());
    }
    return new Books(all, entries, report);
  }

  /**
   * Reads a copy, for a journal that goes on: reading one says that its last stop was clean.
   *
   * @param copy a directory that is not there yet
   */
  static Books readCopy(Path directory, Path copy) {
    try (DirectoryStream<Path> segments = Files.newDirectoryStream(directory, "*.jsonl")) {
      Files.createDirectories(copy);
      for (Path segment : segments) {
        byte[] bytes = Files.readAllBytes(segment);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
          end--;
        }
        Files.write(copy.resolve(segment.getFileName()), Arrays.copyOf(bytes, end));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read(copy);
  }

  private static <T> T now(Future<T> done) {
    if (!done.succeeded()) {
      throw new AssertionError(done.cause());
    }
    return done.result();
  }

  /** All entries of a process. */
  List<JournalEntry> of(String process) {
    return entries.getOrDefault(process, List.of());
  }

  /** The invocation of each event id that a run was started for. */
  Map<String, List<InvocationId>> invocations(String process) {
    Map<String, List<InvocationId>> byEvent = new LinkedHashMap<>();
    for (JournalEntry entry : of(process)) {
      if (entry.data() instanceof EntryData.InvocationStart start && start.attempt() == 1) {
        start
            .eventIds()
            .forEach(event ->
                byEvent.computeIfAbsent(event, id -> new ArrayList<>()).add(start.invocation()));
      }
    }
    return byEvent;
  }

  /** How many entries of a kind a process has. */
  long count(String process, String kind) {
    return of(process).stream()
        .filter(entry -> entry.data().kind().equals(kind))
        .count();
  }
}
