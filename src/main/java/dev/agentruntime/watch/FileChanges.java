package dev.agentruntime.watch;

import dev.agentruntime.disk.DirectoryScan;
import dev.agentruntime.disk.FileTree.Version;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a file watch knows and what differs from it. Scans come in, net changes that have been quiet
 * for long enough go out: one at a time per path, each until it is accepted. Without clock, thread
 * or file. Owned by: the process's context.
 *
 * <pre>
 * known    path to the version that fired last, or was there at the beginning
 * pending  path to what a scan saw that is not what is known
 * flying   path to the change that was taken and is not yet accepted
 * </pre>
 */
final class FileChanges {

  /** What happened to a file, all in all. */
  enum Kind {
    CREATED,
    MODIFIED,
    MOVED,
    DELETED;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What fires, and when.
   *
   * @param debounce a path must be quiet for so long
   * @param settle a file must keep its version for so long
   */
  record Rules(Set<Kind> kinds, Duration debounce, Duration settle) {
    long quiet(boolean there) {
      Duration both = there && settle.compareTo(debounce) > 0 ? settle : debounce;
      return both.toNanos();
    }
  }

  /**
   * A net change.
   *
   * @param version of a deleted file the last one known
   * @param from where a moved file was
   * @param seen what was seen on the way, in order of the kinds
   * @param kept of a deleted file: the version that the durable baseline has, null when it has none
   */
  record Change(
      Kind kind,
      String path,
      Version version,
      @Nullable String from,
      List<Kind> seen,
      @Nullable Version kept) {}

  /** A version known, and the one of the same path that is durable in the baseline. */
  private record Known(Version version, @Nullable Version kept) {}

  private static final class Pending {
    private @Nullable Version version;
    private final Set<Kind> seen = EnumSet.noneOf(Kind.class);
    private long since;
    private long checked;
    private @Nullable String from;
    private @Nullable String movedTo;

    private Pending(long now) {
      since = now;
    }

    private void turn(@Nullable Version to, Kind kind, long now) {
      version = to;
      since = now;
      seen.add(kind);
    }
  }

  private record Flight(
      Change change, Pending pending, @Nullable Pending source) {}

  private final Rules rules;
  private final TreeMap<String, Known> known = new TreeMap<>();
  private final TreeMap<String, Pending> pending = new TreeMap<>();
  private final Map<String, Flight> flying = new HashMap<>();
  private final Deque<String> ripe = new ArrayDeque<>();
  private final Set<String> touched = new TreeSet<>();

  FileChanges(Rules rules) {
    this.rules = rules;
  }

  /** Begins with what a durable baseline says. */
  void know(Map<String, Version> baseline) {
    baseline.forEach((path, version) -> known.put(path, new Known(version, version)));
  }

  int knownCount() {
    return known.size();
  }

  // --- Scans in

  /**
   * Compares a scan with what is known.
   *
   * @param now nanoseconds at which the scan began
   * @param silent files that become known without a change when they are new
   */
  void apply(DirectoryScan.Result scan, long now, Predicate<String> silent) {
    scan.files().forEach((path, version) -> present(path, version, now, silent));
    for (String path : missing(scan)) {
      absent(path, now);
    }
    link();
    ripen();
  }

  private void present(String path, Version version, long now, Predicate<String> silent) {
    Version base = base(path);
    Pending change = pending.get(path);
    if (version.equals(base)) {
      drop(path);
    } else if (change == null && base == null && silent.test(path)) {
      remember(path, version);
    } else {
      if (change == null) {
        change = new Pending(now);
        pending.put(path, change);
        change.turn(version, base == null ? Kind.CREATED : Kind.MODIFIED, now);
      } else if (!version.equals(change.version)) {
        unlink(change);
        change.turn(version, change.version == null ? Kind.CREATED : Kind.MODIFIED, now);
      }
      change.checked = now;
    }
  }

  private void absent(String path, long now) {
    Pending change = pending.get(path);
    if (base(path) == null) {
      drop(path);
      return;
    }
    if (change == null) {
      change = new Pending(now);
      pending.put(path, change);
      change.turn(null, Kind.DELETED, now);
    } else if (change.version != null) {
      unlink(change);
      change.turn(null, Kind.DELETED, now);
    }
    change.checked = now;
  }

  /** What was known or seen, lies where the scan looked, and was not found. */
  private List<String> missing(DirectoryScan.Result scan) {
    Set<String> out = new TreeSet<>();
    for (String target : scan.targets()) {
      out.addAll(under(known, target));
      out.addAll(under(pending, target));
    }
    out.removeIf(path -> scan.files().containsKey(path) || !scan.knows(path));
    return List.copyOf(out);
  }

  private static Set<String> under(NavigableMap<String, ?> paths, String target) {
    if (target.equals(DirectoryScan.ALL)) {
      return paths.keySet();
    }
    Set<String> out = new TreeSet<>();
    if (paths.containsKey(target)) {
      out.add(target);
    }
    // '0' follows '/'.
    SortedMap<String, ?> below = paths.subMap(target + "/", target + "0");
    out.addAll(below.keySet());
    return out;
  }

  /** What a path's state is compared with: what is known, or will be when its flight ends well. */
  private @Nullable Version base(String path) {
    Flight flight = flying.get(path);
    if (flight != null) {
      boolean lands = flight.change().path().equals(path);
      return lands && flight.change().kind() != Kind.DELETED ? flight.change().version() : null;
    }
    Known found = known.get(path);
    return found == null ? null : found.version();
  }

  /** A file that went and the same file under another name are one move. */
  private void link() {
    if (!rules.kinds().contains(Kind.MOVED)) {
      return;
    }
    Map<Version, String> gone = new HashMap<>();
    pending.forEach((path, change) -> {
      Version was = base(path);
      if (change.version == null && change.movedTo == null && was != null && was.inode() != 0) {
        gone.put(was, path);
      }
    });
    if (gone.isEmpty()) {
      return;
    }
    pending.forEach((path, change) -> {
      String source =
          change.version == null || change.from != null ? null : gone.remove(change.version);
      Pending left = source == null ? null : pending.get(source);
      if (left != null) {
        change.from = source;
        change.seen.add(Kind.MOVED);
        left.movedTo = path;
      }
    });
  }

  private void drop(String path) {
    Pending change = pending.remove(path);
    if (change != null) {
      unlink(change);
    }
  }

  private void unlink(Pending change) {
    Pending source = change.from == null ? null : pending.get(change.from);
    if (source != null) {
      source.movedTo = null;
    }
    change.from = null;
    Pending target = change.movedTo == null ? null : pending.get(change.movedTo);
    if (target != null) {
      target.from = null;
    }
    change.movedTo = null;
  }

  // --- Changes out

  /** Paths to look at again, to see whether they kept still. */
  Set<String> toCheck(long now) {
    Set<String> out = new TreeSet<>();
    pending.forEach((path, change) -> {
      if (!isRipe(change) && now - change.since >= quiet(change)) {
        out.add(path);
      }
    });
    return out;
  }

  /** Nanoseconds from {@code now} until a path is to be looked at, MAX_VALUE when none is. */
  long untilCheck(long now) {
    long wait = Long.MAX_VALUE;
    for (Pending change : pending.values()) {
      if (!isRipe(change)) {
        wait = Math.min(wait, Math.max(0, change.since + quiet(change) - now));
      }
    }
    return wait;
  }

  private long quiet(Pending change) {
    return rules.quiet(change.version != null);
  }

  private boolean isRipe(Pending change) {
    return change.checked - change.since >= quiet(change);
  }

  /** Lines up what kept still; what is not asked for becomes known at once. */
  private void ripen() {
    List<String> found = new ArrayList<>();
    for (String path : List.copyOf(pending.keySet())) {
      if (isDue(path)) {
        found.add(path);
      }
    }
    found.sort(Comparator.comparingLong(this::age).thenComparing(path -> path));
    ripe.clear();
    ripe.addAll(found);
  }

  private boolean isDue(String path) {
    Pending change = pending.get(path);
    if (change == null || !isRipe(change) || change.movedTo != null || flying.containsKey(path)) {
      return false;
    }
    if (!rules.kinds().contains(kind(path, change))) {
      settle(path, change.version);
      pending.remove(path);
      return false;
    }
    return true;
  }

  /** A path has landed: what was seen of it meanwhile may be due. */
  private void landed(String path) {
    flying.remove(path);
    if (isDue(path)) {
      ripe.add(path);
    }
  }

  private long age(String path) {
    Pending change = pending.get(path);
    return change == null || change.version == null ? 0 : change.version.modified();
  }

  private Kind kind(String path, Pending change) {
    if (change.version == null) {
      return Kind.DELETED;
    }
    if (change.from != null) {
      return Kind.MOVED;
    }
    return known.containsKey(path) ? Kind.MODIFIED : Kind.CREATED;
  }

  /** The next change to offer, oldest file first; null when there is none. */
  @Nullable
  Change next() {
    while (!ripe.isEmpty()) {
      String path = ripe.remove();
      Pending change = pending.get(path);
      if (change != null
          && isDue(path)
          && (change.from == null || !flying.containsKey(change.from))) {
        return fly(path, change);
      }
    }
    return null;
  }

  private Change fly(String path, Pending taken) {
    Known before = known.get(path);
    Version version = taken.version;
    if (version == null) {
      version = before == null ? new Version(0, 0, 0) : before.version();
    }
    Change change = new Change(
        kind(path, taken),
        path,
        version,
        taken.from,
        List.copyOf(taken.seen),
        before == null ? null : before.kept());
    String from = taken.from;
    Flight flight = new Flight(change, taken, from == null ? null : pending.remove(from));
    pending.remove(path);
    flying.put(path, flight);
    if (from != null) {
      flying.put(from, flight);
    }
    return change;
  }

  /** A change is durable with the process: it never comes again. */
  void accepted(Change change) {
    settle(change.path(), change.kind() == Kind.DELETED ? null : change.version());
    landed(change.path());
    if (change.from() != null) {
      settle(change.from(), null);
      landed(change.from());
    }
  }

  /** A change was not taken: it waits for its next turn, unless a newer one took its place. */
  void refused(Change change) {
    Flight flight = flying.get(change.path());
    if (flight == null) {
      return;
    }
    String from = change.from();
    boolean again = pending.putIfAbsent(change.path(), flight.pending()) == null;
    if (from != null) {
      boolean linked =
          flight.source() != null && pending.putIfAbsent(from, flight.source()) == null && again;
      if (!linked) {
        flight.pending().from = null;
        if (flight.source() != null) {
          flight.source().movedTo = null;
        }
      }
    }
    landed(change.path());
    if (from != null) {
      landed(from);
    }
  }

  private void settle(String path, @Nullable Version version) {
    if (version != null) {
      remember(path, version);
    } else if (known.remove(path) != null) {
      touched.add(path);
    }
  }

  private void remember(String path, Version version) {
    Known before = known.get(path);
    known.put(path, new Known(version, before == null ? null : before.kept()));
    touched.add(path);
  }

  // --- The baseline

  /** Paths whose state changed since this was asked for last. */
  Set<String> takeTouched() {
    Set<String> out = new TreeSet<>(touched);
    touched.clear();
    return out;
  }

  int touchedCount() {
    return touched.size();
  }

  /** Paths of which something is to be written again. */
  void touch(Set<String> paths) {
    touched.addAll(paths);
  }

  /** All that a baseline would hold now, for those who remember by path. */
  Map<String, Version> baseline(Predicate<String> which) {
    Map<String, Version> out = new TreeMap<>();
    known.forEach((path, found) -> {
      if (which.test(path)) {
        Flight flight = flying.get(path);
        // The offered deletion names the version of the old baseline, to be known after a crash.
        boolean going = flight != null && flight.change().kind() == Kind.DELETED;
        Version version = going ? found.kept() : found.version();
        if (version != null) {
          out.put(path, version);
        }
      }
    });
    return Collections.unmodifiableMap(out);
  }

  /** A baseline became durable. */
  void kept(Map<String, Version> baseline) {
    baseline.forEach((path, version) -> {
      Known found = known.get(path);
      if (found != null) {
        known.put(path, new Known(found.version(), version));
      }
    });
  }
}
