package dev.agentruntime.journal;

import dev.agentruntime.codec.LineReader;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Failpoints;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a {@link JournalLog} short. It touches closed segments only, and of those only such as two
 * checkpoints fold; what it needs of the rest it asks the writer for.
 */
final class LogKeeping implements Keeping {

  private static final System.Logger LOG = System.getLogger(LogKeeping.class.getName());
  private static final int WINDOW = 1 << 18;

  private final Disk disk;
  private final JournalSettings settings;
  private final JournalLog log;
  private final Threads threads;
  private final Set<Integer> left = new HashSet<>();
  private final AtomicReference<@Nullable Size> size = new AtomicReference<>();

  LogKeeping(Disk disk, JournalSettings settings, JournalLog log, Threads threads) {
    this.disk = disk;
    this.settings = settings;
    this.log = log;
    this.threads = threads;
  }

  /** Where work is done. */
  interface Threads {
    /** On the writer's, between two groups. */
    <T> Future<T> writer(Callable<T> task);

    /** On the keeper's own. */
    <T> Future<T> own(Callable<T> task);
  }

  @Override
  public long unfolded() {
    return log.unfolded();
  }

  @Override
  public Future<Due> due() {
    return threads.writer(log::due);
  }

  @Override
  public Future<Made> checkpoint(Due due, List<SavedImage> images, Instant now) {
    return threads
        .writer(log::last)
        .compose(last -> threads.own(() -> write(due, images, last, now)))
        .compose(made -> threads.writer(() -> {
          log.folded(due);
          return made;
        }));
  }

  private Made write(Due due, List<SavedImage> images, long last, Instant now) throws IOException {
    try {
      Made made = log.checkpoints().write(due, images, last, now);
      log.checkpoints().prune();
      measure();
      return made;
    } catch (RuntimeFault e) {
      if (e.code() == ErrorCode.JOURNAL_CORRUPT) {
        // The one before cannot be built on: the next round begins with nothing.
        log.checkpoints().begin(null);
      }
      throw e;
    }
  }

  @Override
  public Future<@Nullable SavedImage> saved(ProcessId process) {
    return threads.own(() -> log.checkpoints().find(process));
  }

  @Override
  public Future<Boolean> compact(Rule rule) {
    return threads.own(() -> compactOne(rule));
  }

  private boolean compactOne(Rule rule) throws IOException {
    long folded = log.checkpoints().folded();
    Kept kept = kept();
    for (Segment segment : log.segments()) {
      if (segment.bound() > folded) {
        return false;
      }
      if (segment.number() > kept.compacted() && !left.contains(segment.number())) {
        String problem = new Compaction(disk, segment, rule).run(settings.directory());
        if (problem != null) {
          left.add(segment.number());
          LOG.log(System.Logger.Level.WARNING, problem);
        } else if (left.isEmpty()) {
          keep(kept.compactedTo(segment.number()));
        } else {
          left.add(segment.number());
        }
        measure();
        return true;
      }
    }
    return false;
  }

  @Override
  public Future<Integer> retire(Retention retention, Instant now) {
    return threads.own(() -> {
      int gone = 0;
      while (retireOne(retention, now)) {
        gone++;
      }
      if (gone > 0) {
        measure();
      }
      return gone;
    });
  }

  private boolean retireOne(Retention retention, Instant now) throws IOException {
    List<Segment> segments = List.copyOf(log.segments());
    if (segments.size() < 2 || segments.get(0).bound() > log.checkpoints().folded()) {
      return false;
    }
    Segment oldest = segments.get(0);
    Segment next = segments.get(1);
    Instant since = begun(next);
    boolean old =
        !retention.age().isZero() && since != null && since.isBefore(now.minus(retention.age()));
    boolean many = retention.bytes() > 0 && bytes(segments) > retention.bytes();
    if (since == null || !(old || many)) {
      return false;
    }
    Path archive = retention.archive();
    if (archive != null) {
      archive(oldest, archive);
    }
    keep(new Kept(
        next.number(), next.first(), since, Math.max(kept().compacted(), oldest.number())));
    log.segments().remove(oldest);
    Failpoints.hit("retention.beforeDelete");
    disk.delete(oldest.file());
    disk.forceDirectory(settings.directory());
    return true;
  }

  /** When the first entry of a segment was written, null when it has none that can be read. */
  private @Nullable Instant begun(Segment segment) throws IOException {
    LineView view = new LineView();
    try (Disk.DiskFile open = disk.openRead(segment.file())) {
      LineReader reader = new LineReader(open, 0, Long.MAX_VALUE);
      while (reader.next()) {
        if (reader.whole()
            && view.parse(reader.buffer(), reader.from(), reader.to()) == LineView.Form.ENTRY) {
          return view.time();
        }
      }
    }
    return null;
  }

  private long bytes(List<Segment> segments) {
    long bytes = 0;
    for (Segment segment : segments) {
      try (Disk.DiskFile open = disk.openRead(segment.file())) {
        bytes += open.size();
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "{0}: no size: {1}", segment.file(), e);
      }
    }
    return bytes;
  }

  private void archive(Segment segment, Path directory) throws IOException {
    disk.createDirectories(directory);
    String name = settings.node() + "-" + segment.file().getFileName();
    Path draft = directory.resolve(name + ".new");
    disk.createZeroed(draft, 0);
    byte[] window = new byte[WINDOW];
    try (Disk.DiskFile from = disk.openRead(segment.file());
        Disk.DiskFile to = disk.openWrite(draft)) {
      long position = 0;
      int read = from.read(0, window, 0, WINDOW);
      while (read > 0) {
        to.write(position, window, 0, read);
        position += read;
        read = from.read(position, window, 0, WINDOW);
      }
      to.force();
    }
    disk.rename(draft, directory.resolve(name));
    disk.forceDirectory(directory);
  }

  private Kept kept() {
    return Objects.requireNonNull(log.kept().get());
  }

  private void keep(Kept next) throws IOException {
    next.write(disk, settings.directory(), settings.node());
    log.kept().set(next);
  }

  private void measure() {
    List<Segment> segments = List.copyOf(log.segments());
    size.set(new Size(segments.size(), bytes(segments), kept().since()));
  }

  @Override
  public @Nullable Size size() {
    return size.get();
  }
}
