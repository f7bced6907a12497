package dev.agentruntime.journal;

import dev.agentruntime.disk.Disk;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Zeroes the next segment ahead of its use, so that a write never waits for blocks. The work runs
 * on the executor it was given, or inside {@link #take} when that comes first.
 *
 * <p>Owned by: the writer; only the zeroing itself may run elsewhere.
 */
final class SegmentMaker {

  private static final String DRAFT = ".new";

  private final Disk disk;
  private final JournalSettings settings;
  private final Executor executor;
  private @Nullable FutureTask<Segment> ahead;
  private int number;

  SegmentMaker(Disk disk, JournalSettings settings, Executor executor) {
    this.disk = disk;
    this.settings = settings;
    this.executor = executor;
  }

  static boolean isDraft(String name) {
    return name.endsWith(DRAFT);
  }

  /** What a killed writer left in memory becomes durable before anybody builds on it. */
  void sync(List<Segment.Head> heads) throws IOException {
    for (String name : disk.list(settings.directory())) {
      if (isDraft(name)) {
        disk.delete(settings.directory().resolve(name));
      }
    }
    disk.forceDirectory(settings.directory());
    for (int i = heads.size() - 1; i >= 0; i--) {
      if (heads.get(i).kind() != Segment.Head.Kind.EMPTY) {
        try (Disk.DiskFile last = disk.openWrite(heads.get(i).segment().file())) {
          last.force();
        }
        return;
      }
    }
  }

  /** Deletes what no entry is in; whether the next segment is there already, all zeros. */
  boolean dropUnused(ScanResult found, int nextNumber) throws IOException {
    boolean spare = false;
    for (Segment.Head head : found.unused) {
      Segment segment = head.segment();
      boolean usable = head.kind() == Segment.Head.Kind.EMPTY && segment.number() == nextNumber;
      if (usable) {
        try (Disk.DiskFile zeros = disk.openRead(segment.file())) {
          usable = zeros.size() == settings.segmentBytes();
        }
      }
      spare |= usable;
      if (!usable) {
        disk.delete(segment.file());
      }
    }
    disk.forceDirectory(settings.directory());
    return spare;
  }

  /** Goes on with this number; {@code spare} tells that its file is there and all zeros. */
  void start(int next, boolean spare) {
    number = next;
    ahead = null;
    if (spare) {
      FutureTask<Segment> ready = new FutureTask<>(() -> new Segment(settings.directory(), next));
      ready.run();
      ahead = ready;
    }
  }

  /** Begins to make the next one, unless it is being made already. */
  void prepare() {
    if (ahead == null) {
      int next = number;
      FutureTask<Segment> task = new FutureTask<>(() -> make(next));
      ahead = task;
      executor.execute(task);
    }
  }

  /** The next one, made now if it is not there yet. */
  Segment take() throws IOException {
    prepare();
    Segment segment;
    try {
      segment = finish();
    } catch (IOException e) {
      // The room that was missing then may be there now.
      ahead = null;
      segment = make(number);
    }
    ahead = null;
    number++;
    return segment;
  }

  /** Makes the next one anew, whatever was prepared: the disk it was made on has failed since. */
  Segment takeFresh() throws IOException {
    if (ahead != null) {
      ahead.run();
      ahead = null;
    }
    disk.delete(settings.directory().resolve(Segment.name(number)));
    Segment segment = make(number);
    number++;
    return segment;
  }

  /** Waits for what was begun, so that a closed log has no thread that still makes files. */
  void close() {
    try {
      if (ahead != null) {
        var spare = finish();
        assert spare.number() == number;
      }
    } catch (IOException e) {
      // The next opening does without it.
      System.getLogger(SegmentMaker.class.getName())
          .log(System.Logger.Level.INFO, "{0}: no spare segment: {1}", settings.directory(), e);
    }
    ahead = null;
  }

  private Segment finish() throws IOException {
    FutureTask<Segment> task = ahead;
    if (task == null) {
      return make(number);
    }
    // Runs it here if nobody began; if somebody did, waits.
    task.run();
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IOException("segment " + Segment.name(number) + ": " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a segment was made", e);
    }
  }

  private Segment make(int next) throws IOException {
    Segment segment = new Segment(settings.directory(), next);
    var draft = settings.directory().resolve(Segment.name(next) + DRAFT);
    boolean made = false;
    try {
      disk.createZeroed(draft, settings.segmentBytes());
      disk.rename(draft, segment.file());
      disk.forceDirectory(settings.directory());
      made = true;
    } finally {
      if (!made) {
        disk.delete(draft);
      }
    }
    return segment;
  }
}
