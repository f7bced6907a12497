package dev.agentruntime.journal;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.journal.Keeping.SavedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of a journal, files in its directory {@code checkpoints}. Two that are good are
 * kept, so that a damaged one costs nothing but time. Blocks; the list of good ones may be read by
 * any thread, all else is for one at a time.
 */
final class Checkpoints {

  private static final int KEPT = 2;

  private final Disk disk;
  private final @Nullable NodeId node;
  private final Path directory;
  private final CopyOnWriteArrayList<CheckpointFile.Header> good = new CopyOnWriteArrayList<>();
  private int newest;

  /** Those of a node, to be read and written. */
  Checkpoints(Disk disk, JournalSettings settings) {
    this(disk, settings.directory(), settings.node());
  }

  /** Those of whatever journal is in a directory, to be read. */
  Checkpoints(Disk disk, Path journal) {
    this(disk, journal, null);
  }

  private Checkpoints(Disk disk, Path journal, @Nullable NodeId node) {
    this.disk = disk;
    this.node = node;
    this.directory = journal.resolve("checkpoints");
  }

  /** Numbers of the files that are there, the newest first. */
  List<Integer> numbers() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (String name : disk.list(directory)) {
      int number = CheckpointFile.number(name);
      if (number > 0) {
        numbers.add(0, number);
        newest = Math.max(newest, number);
      }
    }
    return numbers;
  }

  Path file(int number) {
    return directory.resolve(CheckpointFile.name(number));
  }

  /** Hands out all of one; it throws as {@link CheckpointFile#read}. */
  void read(int number, CheckpointFile.Sink sink) throws IOException {
    CheckpointFile.read(disk, file(number), node, sink);
  }

  /** Begins with the one that a recovery has read whole, null = with none. */
  void begin(CheckpointFile.@Nullable Header used) {
    good.clear();
    if (used != null) {
      good.add(used);
    }
  }

  /** Up to which n, exclusive, two checkpoints fold everything; 0 when there are not two. */
  long folded() {
    return good.size() < KEPT ? 0 : good.get(good.size() - KEPT).from();
  }

  /** Whether the next one has one to build on. */
  boolean hasBase() {
    return !good.isEmpty();
  }

  @Nullable
  SavedImage find(ProcessId process) throws IOException {
    if (good.isEmpty()) {
      return null;
    }
    Map<ProcessId, SavedImage> found = new HashMap<>();
    read(base().number(), new Images() {
      @Override
      public void image(SavedImage image) {
        if (image.process().equals(process)) {
          found.put(process, image);
        }
      }
    });
    return found.get(process);
  }

  private CheckpointFile.Header base() {
    return good.get(good.size() - 1);
  }

  /**
   * Writes one: these images, and those of the one before that are not among them.
   *
   * @param last up to which n everything is durable
   */
  Keeping.Made write(Keeping.Due due, List<SavedImage> images, long last, Instant now)
      throws IOException {
    Map<ProcessId, SavedImage> changed = new HashMap<>();
    images.forEach(image -> changed.put(image.process(), image));
    due.processes().forEach((process, sequence) -> {
      SavedImage image = changed.get(process);
      if (image == null || image.sequence() < sequence) {
        throw new RuntimeFault(
            ErrorCode.INTERNAL,
            "checkpoint, expected=an image of " + process + " at s>=" + sequence + ", actual="
                + (image == null ? "none" : "s=" + image.sequence()));
      }
    });
    disk.createDirectories(directory);
    var unused = numbers();
    int number = newest + 1;
    CheckpointFile.Header header =
        new CheckpointFile.Header(Objects.requireNonNull(node), number, due.from(), last, now);
    Path draft = directory.resolve(CheckpointFile.name(number) + ".new");
    disk.createZeroed(draft, 0);
    Keeping.Made made;
    try (Disk.DiskFile open = disk.openWrite(draft)) {
      CheckpointFile.Writer writer = new CheckpointFile.Writer(open, header);
      copy(writer, changed, due);
      for (SavedImage image : images) {
        writer.image(image);
      }
      Failpoints.hit("checkpoint.beforeSync");
      String digest = writer.end();
      made = new Keeping.Made(
          CheckpointFile.name(number), due.from(), writer.images(), writer.size(), digest);
    }
    Failpoints.hit("checkpoint.beforeRename");
    disk.rename(draft, file(number));
    Failpoints.hit("checkpoint.afterRename");
    disk.forceDirectory(directory);
    newest = number;
    good.add(header);
    return made;
  }

  /** The images of the one before; of a name that began anew, no older one that has ended. */
  private void copy(
      CheckpointFile.Writer writer, Map<ProcessId, SavedImage> changed, Keeping.Due due)
      throws IOException {
    if (good.isEmpty()) {
      return;
    }
    Map<String, Integer> incarnations = new HashMap<>();
    changed.keySet().forEach(id -> newest(incarnations, id));
    read(base().number(), new Images() {
      @Override
      public void image(SavedImage image) {
        newest(incarnations, image.process());
      }
    });
    List<IOException> failed = new ArrayList<>();
    read(base().number(), new Images() {
      @Override
      public void image(SavedImage image) {
        ProcessId id = image.process();
        boolean superseded = incarnations.getOrDefault(id.name().value(), 0) > id.incarnation()
            && !due.processes().containsKey(id);
        if (!changed.containsKey(id) && !superseded && failed.isEmpty()) {
          try {
            writer.image(image);
          } catch (IOException e) {
            failed.add(e);
          }
        }
      }
    });
    if (!failed.isEmpty()) {
      throw failed.get(0);
    }
  }

  private static void newest(Map<String, Integer> incarnations, ProcessId id) {
    incarnations.merge(id.name().value(), id.incarnation(), Math::max);
  }

  /** Deletes what is older than the ones that are kept, and what was never finished. */
  void prune() throws IOException {
    while (good.size() > KEPT) {
      good.remove(0);
    }
    for (String name : disk.list(directory)) {
      int number = CheckpointFile.number(name);
      boolean kept =
          good.size() < KEPT || good.stream().anyMatch(header -> header.number() == number);
      if (!kept || (number == 0 && name.endsWith(".new"))) {
        Failpoints.hit("checkpoint.beforeDelete");
        disk.delete(directory.resolve(name));
      }
    }
    disk.forceDirectory(directory);
  }

  /** A sink that wants images only. */
  private abstract static class Images implements CheckpointFile.Sink {
    @Override
    public void header(CheckpointFile.Header header) {
      // Known already.
    }
  }
}
