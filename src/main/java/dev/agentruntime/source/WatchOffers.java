package dev.agentruntime.source;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.FileTree.Version;
import dev.agentruntime.source.FileChanges.Change;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerSink;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Offers the changes of a file watch, a bounded number at a time. What is refused for now stays
 * with {@link FileChanges} and is offered again after a growing pause. Owned by: the process's
 * context.
 */
final class WatchOffers {

  /** Offers on their way at a time. */
  static final int WINDOW = 64;

  static final Duration RETRY_FIRST = Duration.ofMillis(250);
  static final Duration RETRY_MAX = Duration.ofSeconds(5);

  /** Longer paths enter a dedup key by their digest. */
  private static final int KEY_PATH_MAX = 200;

  private static final System.Logger LOG = System.getLogger(WatchOffers.class.getName());

  private final TriggerConfig.FileWatch config;
  private final TriggerDeps deps;
  private final Path directory;
  private final FileChanges changes;
  private final Runnable afterwards;
  private @Nullable TriggerSink sink;
  private Timers.@Nullable Armed retry;
  private Duration pause = RETRY_FIRST;
  private int inFlight;
  private int ignored;
  private boolean looping;

  /**
   * Offers of one watch.
   *
   * @param directory as the events name it, absolute
   * @param afterwards run when a change was accepted
   */
  WatchOffers(
      TriggerConfig.FileWatch config,
      TriggerDeps deps,
      Path directory,
      FileChanges changes,
      Runnable afterwards) {
    this.config = config;
    this.deps = deps;
    this.directory = directory;
    this.changes = changes;
    this.afterwards = afterwards;
  }

  void start(TriggerSink to) {
    sink = to;
  }

  void stop() {
    sink = null;
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
  }

  /** How many links and special files lie in the directory. */
  void ignored(int count) {
    ignored = count;
  }

  /** Offers what is due and has room. */
  void run() {
    if (looping) {
      return;
    }
    looping = true;
    TriggerSink open = sink;
    while (open != null && retry == null && inFlight < WINDOW) {
      Change change = changes.next();
      if (change == null) {
        break;
      }
      inFlight++;
      open.offer(event(change)).onComplete(answer -> {
        inFlight--;
        if (answer.succeeded()) {
          accepted(change);
        } else {
          refused(change, Failure.of(answer.cause()));
        }
        run();
      });
      open = sink;
    }
    looping = false;
  }

  private void accepted(Change change) {
    pause = RETRY_FIRST;
    changes.accepted(change);
    afterwards.run();
  }

  private void refused(Change change, Failure failure) {
    boolean again = failure.code().retryable() || failure.code() == ErrorCode.PROCESS_STOPPED;
    if (failure.code() == ErrorCode.KEY_REUSED) {
      // The version was accepted before; only what was seen on the way to it differs.
      accepted(change);
    } else if (!again) {
      LOG.log(
          System.Logger.Level.WARNING,
          "file_watch {0}: {1} of {2} is passed over: {3}",
          config.id(),
          change.kind().word(),
          Json.quote(change.path()),
          failure);
      accepted(change);
    } else {
      changes.refused(change);
      if (sink != null && retry == null) {
        retry = deps.timers().after(pause, () -> {
          retry = null;
          run();
        });
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : doubled;
      }
    }
  }

  private TriggerEvent event(Change change) {
    return new TriggerEvent(
        deps.ids().next(),
        config.id(),
        config.type(),
        deps.timers().now(),
        payload(change),
        metadata(change),
        key(change),
        false);
  }

  /**
   * One per version, whatever it was taken for: after a crash the same version may look created
   * where it was modified.
   */
  private static String key(Change change) {
    boolean there = change.kind() != FileChanges.Kind.DELETED;
    Version kept = change.kept();
    String version = (there || kept == null ? change.version() : kept).toString();
    String path = change.path();
    return (there ? "" : "deleted:") + version + ":"
        + (path.length() > KEY_PATH_MAX ? Hex.sha256(path) : path);
  }

  private Json payload(Change change) {
    String path = change.path();
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("path", absolute(path));
    out.put("filename", path.substring(path.lastIndexOf('/') + 1));
    out.put("relative", path);
    out.put("event_type", change.kind().word());
    out.put("event_types", change.seen().stream().map(FileChanges.Kind::word).toList());
    out.put("size", change.version().size());
    out.put("mtime", time(change.version().modified()).toString());
    if (change.from() != null) {
      out.put("from", absolute(change.from()));
    }
    return Json.of(out);
  }

  private Json metadata(Change change) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("watch_path", config.path());
    out.put("patterns", config.patterns());
    out.put("version", change.version().toString());
    if (ignored > 0) {
      out.put("ignored", ignored);
    }
    return Json.of(out);
  }

  private String absolute(String relative) {
    return directory + "/" + relative;
  }

  private static Instant time(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
