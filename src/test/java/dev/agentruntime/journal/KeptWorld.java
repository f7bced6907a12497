package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.Entries;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.journal.Keeping.Due;
import dev.agentruntime.journal.Keeping.SavedImage;
import dev.agentruntime.sim.SimDisk;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A journal that is kept short, driven by hand. The image of a process is the list of what it was
 * told, so that a fold that lacks an entry, or has one twice, is seen.
 */
final class KeptWorld {

  static final Path CHECKPOINTS = JournalFiles.DIRECTORY.resolve("checkpoints");
  static final Path ARCHIVE = Path.of("/archive");

  /** What a process was told. */
  private static final class Told {
    private final List<String> entries = new ArrayList<>();
    private byte[] hash = HashChain.start();
    private long bytes;
  }

  final SimDisk disk;
  final Set<String> acknowledged = new LinkedHashSet<>();
  private final Map<ProcessId, Told> told = new TreeMap<>((a, b) -> ("" + a).compareTo("" + b));
  private FileJournal journal;
  private Journal.Replayed found;
  Instant now = Entries.TIME;
  int read;

  KeptWorld(SimDisk disk) {
    this.disk = disk;
    this.journal = FileJournal.byHand(disk, JournalFiles.settings());
    this.found = recover();
  }

  /** Starts again on whatever the disk holds. */
  void restart() {
    disk.kill();
    journal = FileJournal.byHand(disk, JournalFiles.settings());
    found = recover();
  }

  private Journal.Replayed recover() {
    Future<Journal.Replayed> recovered = journal.recover(new Journal.Folding() {
      @Override
      public void restart() {
        told.clear();
        read = 0;
      }

      @Override
      public void image(SavedImage image) {
        Told known = new Told();
        for (Object each :
            (List<?>) Objects.requireNonNull(image.image().object().get("told"))) {
          known.entries.add(String.valueOf(each));
        }
        known.hash = image.hash();
        known.bytes = image.bytes();
        told.put(image.process(), known);
      }

      @Override
      public void accept(JournalEntry entry, byte[] hash) {
        Told known = told.computeIfAbsent(entry.process(), any -> new Told());
        known.entries.add(shown(entry));
        known.hash = hash;
        read++;
      }
    });
    if (recovered.failed()) {
      throw new AssertionError("not recovered", recovered.cause());
    }
    return recovered.result();
  }

  private static String shown(JournalEntry entry) {
    return entry.sequence() + " " + entry.data().kind();
  }

  FileJournal journal() {
    return journal;
  }

  Journal.Replayed found() {
    return found;
  }

  boolean isClean() {
    return found.damaged().isEmpty() && found.suspect().isEmpty();
  }

  /** All that was acknowledged is there, in order, each once. */
  void judge() {
    assertTrue(isClean(), () -> "" + found);
    told.forEach((process, known) -> {
      for (int i = 0; i < known.entries.size(); i++) {
        assertTrue(
            known.entries.get(i).startsWith((i + 1) + " "), () -> process + " " + known.entries);
      }
    });
    for (String each : acknowledged) {
      String[] parts = each.split(" ", 2);
      Told known = told.get(Entries.process(parts[0]));
      assertTrue(known != null && known.entries.contains(parts[1]), () -> each + " is lost");
    }
  }

  /** One run of each of these processes: five entries, one group each. */
  void runs(String... names) {
    for (String name : names) {
      ProcessId process = Entries.process(name);
      long at = told.computeIfAbsent(process, any -> new Told()).entries.size();
      InvocationId run = new InvocationId("run-" + at);
      append(
          name,
          new EntryData.TriggerAccepted(new TriggerEvent(
              "e-" + at,
              "t",
              "webhook",
              now,
              Json.of("body".repeat(20)),
              Json.EMPTY,
              null,
              false)));
      append(name, new EntryData.InvocationStart(run, List.of("e-" + at), 1, 1, "", Map.of()));
      append(
          name,
          new EntryData.ModelReply(
              run,
              1,
              new Message.Assistant("words".repeat(20), List.of()),
              Message.Usage.NONE,
              "",
              null));
      append(
          name,
          new EntryData.ToolResult(
              run, 1, "look", EntryData.ToolOutcome.OK, "seen".repeat(20), List.of(), List.of()));
      append(
          name,
          new EntryData.InvocationResult(
              run, EntryData.Outcome.COMPLETED, Message.Usage.NONE, 5, null, List.of()));
    }
  }

  void append(String name, EntryData data) {
    ProcessId process = Entries.process(name);
    Told known = told.computeIfAbsent(process, any -> new Told());
    now = now.plus(Duration.ofSeconds(1));
    JournalEntry entry = new JournalEntry(process, known.entries.size() + 1, 1, now, data);
    EncodedEntry encoded = EntryCodec.encode(entry, known.hash);
    known.entries.add(shown(entry));
    known.hash = encoded.hash();
    known.bytes += encoded.head().length;
    Future<Void> appended = journal.append(encoded);
    while (journal.drain()) {
      // until it is written
    }
    if (!appended.succeeded()) {
      throw new IllegalStateException("cut off", appended.cause());
    }
    acknowledged.add(name + " " + shown(entry));
  }

  SavedImage image(ProcessId process) {
    Told known = told.getOrDefault(process, new Told());
    return new SavedImage(
        process,
        known.entries.size(),
        1,
        known.hash,
        known.bytes,
        Json.of(Map.of("told", List.copyOf(known.entries))));
  }

  /** A round; the disk may refuse it. */
  @CanIgnoreReturnValue
  Future<Keeping.Made> checkpoint() {
    Future<Due> due = journal.keeping().due();
    if (due.failed()) {
      return Future.failedFuture(due.cause());
    }
    List<SavedImage> images = new ArrayList<>();
    due.result().processes().keySet().forEach(process -> images.add(image(process)));
    return journal.keeping().checkpoint(due.result(), images, now);
  }

  /** Compacts all there is; null = keeps the process whole. */
  @CanIgnoreReturnValue
  Future<Boolean> compact(Map<String, @Nullable Set<String>> open) {
    Future<Boolean> did =
        journal.keeping().compact(process -> open.get(process.name().value()));
    while (did.succeeded() && did.result()) {
      did = journal.keeping().compact(process -> open.get(process.name().value()));
    }
    return did;
  }

  static Map<String, @Nullable Set<String>> settled(String... names) {
    Map<String, @Nullable Set<String>> all = new HashMap<>();
    for (String name : names) {
      all.put(name, Set.of());
    }
    return all;
  }

  /** The journal as those without a runtime read it. */
  List<JournalReader.Line> lines() {
    List<JournalReader.Line> lines = new ArrayList<>();
    try {
      JournalReader.Report report =
          new JournalReader(disk, JournalFiles.DIRECTORY).read(lines::add);
      assertEquals(List.of(), report.problems());
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    return lines;
  }

  Path newest() {
    List<String> names = disk.list(CHECKPOINTS);
    return CHECKPOINTS.resolve(names.get(names.size() - 1));
  }
}
