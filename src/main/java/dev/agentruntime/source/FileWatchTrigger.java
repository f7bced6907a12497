package dev.agentruntime.source;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.DirectoryScan;
import dev.agentruntime.disk.FileTree.Version;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.source.WatchLook.Ear;
import dev.agentruntime.source.WatchLook.Round;
import dev.agentruntime.source.WatchLook.Seen;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerDeps;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Fires for changes of files. The truth is a comparison of what a scan found with what is known;
 * what the system tells only makes a scan come earlier. So lost events, overflows and restarts all
 * end in the same comparison.
 *
 * <p>Each version of a file has one dedup key, so that it fires once also when a crash came between
 * its acceptance and the next baseline. A directory that is away is reported and waited for;
 * nothing in it counts as deleted meanwhile.
 *
 * <p>Owned by: the process's context. Files are looked at on workers.
 */
final class FileWatchTrigger implements Trigger, WatchLook.Hearer {

  /** How long word of changes is gathered before a scan. */
  static final Duration GATHER_MIN = Duration.ofMillis(10);

  static final Duration GATHER_MAX = Duration.ofMillis(100);

  /** A watch that hears nothing, or whose directory is away, looks so often at least. */
  static final Duration UNEASY = Duration.ofSeconds(5);

  /** When the baseline is written after a start, and after later changes. */
  static final Duration SAVE_FIRST = Duration.ofSeconds(10);

  static final Duration SAVE_LATER = Duration.ofMinutes(10);

  /** The baseline is written at once when so many paths changed. */
  static final int SAVE_COUNT = 10_000;

  /** The start of a process waits for the first scan no longer. */
  static final Duration START_MAX = Duration.ofSeconds(15);

  private static final System.Logger LOG = System.getLogger(FileWatchTrigger.class.getName());

  private final TriggerConfig.FileWatch config;
  private final TriggerDeps deps;
  private final FileWatches files;
  private final WatchLook looks;
  private final Path directory;
  private final DirectoryScan.Wanted wanted;
  private final FileChanges changes;
  private final WatchOffers offers;

  private @Nullable WatchBaseline baseline;
  private @Nullable Ear ear;
  private boolean there = true;
  private Predicate<String> silent = path -> false;

  private final Set<String> dirty = new TreeSet<>();
  private long dirtySince;
  private boolean wholeDue = true;
  private long wholeAt;
  private long wholeTook;
  private boolean scanning;
  private boolean saving;
  private boolean saved;
  private Timers.@Nullable Armed next;
  private Timers.@Nullable Armed save;
  private final Map<String, String> reports = new HashMap<>();

  FileWatchTrigger(
      TriggerConfig.FileWatch config,
      TriggerDeps deps,
      FileWatches files,
      SystemChanges.Source source) {
    this.config = config;
    this.deps = deps;
    this.files = files;
    this.directory = files.base().resolve(config.path()).toAbsolutePath().normalize();
    this.wanted = wanted(config.policy().recursive(), config.patterns());
    this.looks = new WatchLook(config.policy(), files.tree(), source, directory, wanted);
    Set<FileChanges.Kind> kinds = EnumSet.noneOf(FileChanges.Kind.class);
    config
        .events()
        .forEach(event -> kinds.add(FileChanges.Kind.valueOf(event.toUpperCase(Locale.ROOT))));
    this.changes = new FileChanges(
        new FileChanges.Rules(kinds, config.policy().debounce(), config.policy().settle()));
    this.offers = new WatchOffers(config, deps, directory, changes, this::saveSoon);
  }

  private static DirectoryScan.Wanted wanted(boolean recursive, List<String> patterns) {
    List<Glob> globs = patterns.stream().map(Glob::of).toList();
    return new DirectoryScan.Wanted(
        recursive, path -> globs.stream().anyMatch(glob -> glob.matches(path)));
  }

  @Override
  public String id() {
    return config.id();
  }

  @Override
  public String type() {
    return config.type();
  }

  // --- Start and stop

  @Override
  public Future<Void> start(TriggerSink sink) {
    WatchBaseline kept = new WatchBaseline(id(), sink);
    baseline = kept;
    offers.start(sink);
    WatchBaseline.Head head =
        new WatchBaseline.Head(config.path(), config.patterns(), config.policy().recursive());
    WatchBaseline.Head before = kept.head();
    remember(kept, head, before);
    Promise<Void> started = Promise.promise();
    Timers.Armed limit = deps.timers().after(START_MAX, () -> {
      if (started.tryComplete()) {
        report("slow", "the first look at " + directory + " takes long, it goes on");
      }
    });
    // A directory that held files and is away may be one that is not mounted yet.
    Round first = new Round(Set.of(DirectoryScan.ALL), changes.knownCount() == 0, null);
    look(first).onComplete(done -> {
      limit.cancel();
      if (baseline == null) {
        started.tryComplete();
      } else if (done.failed()) {
        started.tryFail(unwatchable(done.cause()));
      } else {
        saveAll(kept, head.equals(before) ? null : head)
            .onComplete(written -> started.tryComplete());
      }
    });
    return started.future();
  }

  /** What is known at the start, and which new files are not news. */
  private void remember(
      WatchBaseline kept, WatchBaseline.Head head, WatchBaseline.@Nullable Head before) {
    boolean initial = !config.policy().fireInitial();
    if (before == null || !before.path().equals(head.path())) {
      changes.touch(kept.files().keySet());
      silent = path -> initial;
      return;
    }
    Map<String, Version> known = new TreeMap<>(kept.files());
    Set<String> strange = new TreeSet<>(known.keySet());
    strange.removeIf(wanted::has);
    changes.touch(strange);
    known.keySet().removeAll(strange);
    changes.know(known);
    if (initial && !before.equals(head)) {
      DirectoryScan.Wanted earlier = wanted(before.recursive(), before.patterns());
      silent = path -> !earlier.has(path);
    }
  }

  private RuntimeFault unwatchable(Throwable cause) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "file_watch " + Json.quote(id()) + " of " + deps.process() + ": watch_path " + directory
            + ", expected=a directory that can be read or made, actual=" + cause,
        cause);
  }

  @Override
  public Future<Void> stop() {
    WatchBaseline kept = baseline;
    baseline = null;
    offers.stop();
    cancel(next);
    cancel(save);
    Future<Void> written = kept == null || changes.touchedCount() == 0
        ? Future.succeededFuture()
        : kept.save(changes, changes.takeTouched());
    Future<Void> closed = close(ear);
    ear = null;
    return Future.join(written.recover(this::notKept), closed).mapEmpty();
  }

  private static void cancel(Timers.@Nullable Armed timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  private Future<Void> close(@Nullable Ear old) {
    if (old == null) {
      return Future.succeededFuture();
    }
    return files
        .worker()
        .<Void>run(() -> {
          old.close();
          return null;
        })
        .recover(cause -> {
          LOG.log(System.Logger.Level.WARNING, "file_watch " + id() + " did not close", cause);
          return Future.succeededFuture();
        });
  }

  // --- Looking

  private Future<Void> look(Round round) {
    scanning = true;
    if (round.targets().contains(DirectoryScan.ALL)) {
      wholeDue = false;
    }
    long begun = deps.timers().nanos();
    Promise<Void> done = Promise.promise();
    files
        .worker()
        .run(() -> looks.see(round, deps.context(), this))
        .onComplete(seen -> deps.context().execute(() -> {
          scanning = false;
          if (round.targets().contains(DirectoryScan.ALL)) {
            wholeAt = deps.timers().nanos();
            wholeTook = wholeAt - begun;
          }
          if (baseline == null) {
            var unused = close(seen.succeeded() ? seen.result().ear() : null);
            done.complete();
          } else {
            took(seen, begun);
            done.handle(seen.mapEmpty());
            step();
          }
        }));
    return done.future();
  }

  private void took(AsyncResult<Seen> seen, long begun) {
    if (seen.failed()) {
      // An ear that was opened meanwhile hears for nobody; the next look opens its own.
      there = false;
      report("away", directory + " cannot be looked at: " + seen.cause());
      return;
    }
    Ear now = seen.result().ear();
    if (now != ear) {
      var unused = close(ear);
      ear = now;
    }
    report(
        "deaf",
        seen.result().deaf() == null
            ? null
            : "hears of no changes in " + directory + " and looks every "
                + interval().toMillis() + " ms: " + seen.result().deaf());
    DirectoryScan.Result result = seen.result().result();
    there = result != null && !result.isMissing();
    report("away", there ? null : directory + " is not there; it is watched again when it is back");
    if (result == null || !there) {
      return;
    }
    changes.apply(result, begun, silent);
    if (result.isWhole()) {
      silent = path -> false;
      tell(result);
    }
    saveSoon();
  }

  /** Says once what cannot be watched. */
  private void tell(DirectoryScan.Result result) {
    offers.ignored(result.ignoredCount());
    report(
        "ignored",
        result.ignoredCount() == 0
            ? null
            : "passes over " + result.ignoredCount() + " links and special files, as "
                + result.ignored());
    report(
        "unreadable",
        result.unreadable().isEmpty()
            ? null
            : "cannot read, and so leaves as they were, " + result.unreadable());
    report(
        "truncated",
        result.truncated()
            ? "more than " + DirectoryScan.FILES_MAX + " files or " + DirectoryScan.ENTRIES_MAX
                + " entries in " + directory + ": the rest is not watched"
            : null);
  }

  private void report(String what, @Nullable String text) {
    if (text == null) {
      if (reports.remove(what) != null) {
        LOG.log(System.Logger.Level.INFO, "file_watch {0}: no longer {1}", id(), what);
      }
    } else if (!text.equals(reports.put(what, text))) {
      LOG.log(
          System.Logger.Level.WARNING, "file_watch {0} of {1}: {2}", id(), deps.process(), text);
    }
  }

  /** Does what is due, and arms the timer for what comes next. */
  private void step() {
    if (baseline == null || scanning) {
      return;
    }
    offers.run();
    long now = deps.timers().nanos();
    if (untilWhole(now) <= 0) {
      look(Set.of(DirectoryScan.ALL));
      return;
    }
    Set<String> targets = new TreeSet<>();
    if (there) {
      targets.addAll(changes.toCheck(now));
      if (!dirty.isEmpty() && untilDirty(now) <= 0) {
        targets.addAll(dirty);
        dirty.clear();
      }
    }
    if (!targets.isEmpty()) {
      look(targets);
      return;
    }
    long wait = untilWhole(now);
    if (there) {
      wait = Math.min(wait, changes.untilCheck(now));
      wait = dirty.isEmpty() ? wait : Math.min(wait, untilDirty(now));
    }
    cancel(next);
    // A timer may be early by a part of a millisecond.
    next = deps.timers().after(Duration.ofNanos(wait).plusMillis(1), this::step);
  }

  private void look(Set<String> targets) {
    if (targets.contains(DirectoryScan.ALL)) {
      dirty.clear();
    }
    var unused = look(new Round(targets, false, ear))
        .onFailure(e -> LOG.log(System.Logger.Level.DEBUG, "file_watch: a look failed", e));
  }

  private Duration interval() {
    Duration usual = config.policy().rescan();
    boolean easy = there && (config.policy().polling() || ear != null);
    return easy || usual.compareTo(UNEASY) < 0 ? usual : UNEASY;
  }

  private long untilWhole(long now) {
    // A storm of overflows must not keep a worker busy for ever.
    long pause = Math.max(gather(), 4 * wholeTook);
    return wholeAt + (wholeDue ? pause : interval().toNanos()) - now;
  }

  private long untilDirty(long now) {
    return dirtySince + gather() - now;
  }

  private long gather() {
    long debounce = config.policy().debounce().toNanos();
    return Math.max(GATHER_MIN.toNanos(), Math.min(GATHER_MAX.toNanos(), debounce));
  }

  private void heard(Set<String> paths) {
    if (dirty.isEmpty()) {
      dirtySince = deps.timers().nanos();
    }
    dirty.addAll(paths);
    if (dirty.size() > WatchLook.PATHS_MAX || dirty.contains(DirectoryScan.ALL)) {
      dirty.clear();
      wholeDue = true;
    }
    step();
  }

  @Override
  public void heard(Ear from, Set<String> paths) {
    if (ear == from) {
      heard(paths);
    } else {
      // Its first scan is not back yet, or another one listens in its place.
      wholeDue |= scanning;
    }
  }

  @Override
  public void ended(Ear from) {
    if (ear == from) {
      ear = null;
      wholeDue = true;
      step();
    }
  }

  // --- The baseline

  private void saveSoon() {
    WatchBaseline kept = baseline;
    if (kept == null || saving || changes.touchedCount() == 0) {
      return;
    }
    if (changes.touchedCount() >= SAVE_COUNT) {
      saveNow();
    } else if (save == null) {
      save = deps.timers().after(saved ? SAVE_LATER : SAVE_FIRST, this::saveNow);
    }
  }

  private void saveNow() {
    WatchBaseline kept = baseline;
    cancel(save);
    save = null;
    if (kept != null && !saving) {
      saved = true;
      var unused = saveAll(kept, null);
    }
  }

  /** Writes what changed, then the head when there is one; never fails. */
  private Future<Void> saveAll(WatchBaseline kept, WatchBaseline.@Nullable Head head) {
    Set<String> paths = changes.takeTouched();
    saving = true;
    Future<Void> shards = kept.save(changes, paths);
    Future<Void> written =
        head == null ? shards : Future.join(shards, kept.save(head)).mapEmpty();
    return written.transform(done -> {
      saving = false;
      if (done.failed()) {
        changes.touch(paths);
      }
      saveSoon();
      return done.failed() ? notKept(done.cause()) : Future.succeededFuture();
    });
  }

  private Future<Void> notKept(Throwable cause) {
    LOG.log(
        System.Logger.Level.WARNING,
        "file_watch {0}: its baseline was not kept: {1}",
        id(),
        Failure.of(cause));
    return Future.succeededFuture();
  }
}
