package dev.agentruntime.journal;

import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Reserve;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Zeroes the next segment ahead of its use, so that a write never waits for blocks. The work runs
 * on the executor it was given, or inside {@link #take} when that comes first.
 *
 * <p>Beside it lies a reserve, a smaller file of zeros. When no segment can be made it becomes the
 * next one, by its name alone, which needs no room: so stops, results and whatever else must be
 * said can still be written on a full disk. From then on there is a shortage, until {@link
 * #replenish} has made both a segment ahead and a reserve again.
 *
 * <p>Owned by: the writer; only the zeroing itself may run elsewhere, and {@link #shortage} may be
 * asked from anywhere.
 */
final class SegmentMaker {

  private static final String DRAFT = ".new";

  private final Disk disk;
  private final JournalSettings settings;
  private final Executor executor;
  private final Reserve reserve;
  private final AtomicReference<@Nullable String> shortage = new AtomicReference<>();
  private @Nullable FutureTask<Segment> ahead;
  private int number;

  SegmentMaker(Disk disk, JournalSettings settings, Executor executor) {
    this.disk = disk;
    this.settings = settings;
    this.executor = executor;
    this.reserve = new Reserve(disk, settings.directory(), settings.reserveBytes());
  }

  /** Why only what must be said is to be taken; null when there is room for all. */
  @Nullable
  String shortage() {
    return shortage.get();
  }

  /** Makes the reserve if there is none, on the executor; without room for it, it is short. */
  void keepReserve() {
    executor.execute(() -> {
      try {
        reserve.make();
      } catch (IOException e) {
        shortage.set("no room for the reserve of " + settings.directory() + ": " + e);
      }
    });
  }

  /** Ends a shortage: makes the reserve and the next segment, or throws. */
  void replenish() throws IOException {
    if (shortage.get() == null) {
      return;
    }
    reserve.make();
    prepare();
    try {
      var made = finish();
      assert made.number() == number;
    } catch (IOException e) {
      // What is tried next time is a new attempt.
      ahead = null;
      throw e;
    }
    shortage.set(null);
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

  /** Deletes segments that were let go, where an end came in between. */
  void dropLetGo(List<Segment.Head> heads, Kept kept) throws IOException {
    for (Segment.Head head : heads) {
      if (head.segment().number() < kept.segment()) {
        disk.delete(head.segment().file());
      }
    }
    disk.forceDirectory(settings.directory());
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
      segment = makeOrReserve();
    }
    ahead = null;
    number++;
    return segment;
  }

  private Segment makeOrReserve() throws IOException {
    ahead = null;
    try {
      return make(number);
    } catch (IOException e) {
      Segment segment = new Segment(settings.directory(), number);
      if (!reserve.become(segment.file())) {
        throw e;
      }
      shortage.set(
          "no room for a segment in " + settings.directory() + ", the reserve is in use: " + e);
      return segment;
    }
  }

  /** Makes the next one anew, whatever was prepared: the disk it was made on has failed since. */
  Segment takeFresh() throws IOException {
    if (ahead != null) {
      ahead.run();
      ahead = null;
    }
    disk.delete(settings.directory().resolve(Segment.name(number)));
    Segment segment = makeOrReserve();
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
