package dev.agentruntime.disk;

import dev.agentruntime.disk.FileTree.Entry;
import dev.agentruntime.disk.FileTree.Kind;
import dev.agentruntime.disk.FileTree.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads which files a directory holds, in which version: the truth that a file watch compares with
 * what it knows. Opens no file, follows no link. Blocks; for one worker at a time.
 */
public final class DirectoryScan {

  /** Most files of one watch that are told apart; what is beyond is not seen. */
  public static final int FILES_MAX = 100_000;

  /** Most directory entries that are looked at, of whatever kind. */
  public static final int ENTRIES_MAX = 1_000_000;

  /** The target that stands for everything. */
  public static final String ALL = "";

  private static final int NAMED_MAX = 10;

  /**
   * Which files are meant.
   *
   * @param recursive whether those in directories below are
   * @param paths holds for the path of a file that is meant
   */
  public record Wanted(boolean recursive, Predicate<String> paths) {
    /** Whether a file is meant, by its path below the directory. */
    public boolean has(String relative) {
      return (recursive || relative.indexOf('/') < 0) && paths.test(relative);
    }
  }

  /**
   * What was found.
   *
   * @param targets what was looked at, with all below
   * @param files path below the directory to version
   * @param unreadable paths of which nothing is known, and why
   * @param ignored a few links and special files, and what they are
   * @param ignoredCount how many there are
   * @param truncated whether there is more than was looked at
   * @param inode of the directory itself, -1 when it is not there
   */
  public record Result(
      Set<String> targets,
      SortedMap<String, Version> files,
      Map<String, String> unreadable,
      Map<String, String> ignored,
      int ignoredCount,
      boolean truncated,
      long inode) {

    /** Whether the directory is not there. */
    public boolean isMissing() {
      return inode < 0;
    }

    /** Whether all was looked at. */
    public boolean isWhole() {
      return targets.contains(ALL);
    }

    /** Whether a file that was not found is known not to be there. */
    public boolean knows(String path) {
      return !truncated && !isMissing() && !isBelow(path, unreadable.keySet());
    }
  }

  private final FileTree tree;
  private final Path root;
  private final Wanted wanted;
  private final int filesMax;
  private final TreeMap<String, Version> files = new TreeMap<>();
  private final Map<String, String> unreadable = new HashMap<>();
  private final Map<String, String> ignored = new TreeMap<>();
  private final Map<String, Boolean> directories = new HashMap<>();
  private final Deque<Entry> open = new ArrayDeque<>();
  private final Deque<String> openNames = new ArrayDeque<>();
  private int ignoredCount;
  private int entries;
  private boolean truncated;

  private DirectoryScan(FileTree tree, Path root, Wanted wanted, int filesMax) {
    this.tree = tree;
    this.root = root;
    this.wanted = wanted;
    this.filesMax = filesMax;
  }

  /**
   * Looks.
   *
   * @param targets paths below {@code root}: files, directories, or what may be gone
   * @throws IOException when the directory itself cannot be looked at
   */
  public static Result of(FileTree tree, Path root, Wanted wanted, Set<String> targets)
      throws IOException {
    return of(tree, root, wanted, targets, FILES_MAX);
  }

  static Result of(FileTree tree, Path root, Wanted wanted, Set<String> targets, int filesMax)
      throws IOException {
    return new DirectoryScan(tree, root, wanted, filesMax).run(outermost(targets));
  }

  private Result run(Set<String> targets) throws IOException {
    Entry top = tree.entry(root);
    boolean there = top != null && top.kind() == Kind.DIRECTORY;
    if (top != null && there) {
      for (String target : targets) {
        look(top, target);
      }
    }
    return new Result(
        targets,
        files,
        unreadable,
        ignored,
        ignoredCount,
        truncated,
        top != null && there ? top.version().inode() : -1);
  }

  private void look(Entry top, String target) {
    try {
      Entry entry = target.isEmpty() ? top : find(target);
      if (entry != null) {
        take(target, entry);
      }
    } catch (IOException e) {
      unreadable.put(target, why(e));
    }
    while (!open.isEmpty() && !truncated) {
      Entry directory = open.pop();
      String name = openNames.pop();
      try {
        tree.list(directory.path(), each -> {
          take(name.isEmpty() ? each.name() : name + "/" + each.name(), each);
          return !truncated;
        });
      } catch (IOException e) {
        unreadable.put(name, why(e));
      }
    }
  }

  /** What is at a path that no link is part of. */
  private @Nullable Entry find(String target) throws IOException {
    for (int slash = target.indexOf('/'); slash >= 0; slash = target.indexOf('/', slash + 1)) {
      String above = target.substring(0, slash);
      Boolean is = directories.get(above);
      if (is == null) {
        Entry entry = tree.entry(root.resolve(above));
        is = entry != null && entry.kind() == Kind.DIRECTORY;
        directories.put(above, is);
      }
      if (!is) {
        return null;
      }
    }
    return tree.entry(root.resolve(target));
  }

  private void take(String relative, Entry entry) {
    if (++entries > ENTRIES_MAX) {
      truncated = true;
      return;
    }
    switch (entry.kind()) {
      case DIRECTORY -> {
        if (wanted.recursive() || relative.isEmpty()) {
          open.push(entry);
          openNames.push(relative);
        }
      }
      case FILE -> {
        if (wanted.has(relative)) {
          truncated = files.size() == filesMax;
          if (!truncated && files.putIfAbsent(relative, entry.version()) != null) {
            ignore(relative, "another file of the same shown name");
          }
        }
      }
      case LINK -> ignore(relative, "a symbolic link");
      case SPECIAL -> ignore(relative, "a pipe, socket or device");
    }
  }

  private void ignore(String relative, String what) {
    ignoredCount++;
    if (ignored.size() < NAMED_MAX) {
      ignored.put(relative, what);
    }
  }

  private static String why(IOException e) {
    String message = e.getMessage();
    return e.getClass().getSimpleName().replace("Exception", "").toLowerCase(Locale.ROOT)
        + (message == null ? "" : " " + message);
  }

  /** The targets without those that lie within others. */
  private static Set<String> outermost(Set<String> targets) {
    Set<String> reachable = new TreeSet<>();
    targets.forEach(target -> reachable.add(resolvable(target)));
    if (reachable.contains(ALL)) {
      return Set.of(ALL);
    }
    Set<String> out = new HashSet<>();
    for (String target : reachable) {
      int slash = target.lastIndexOf('/');
      if (slash < 0 || !isBelow(target.substring(0, slash), reachable)) {
        out.add(target);
      }
    }
    return out;
  }

  /** A name that is shown in place of bytes opens nothing: the directory above it does. */
  private static String resolvable(String target) {
    int escaped = target.indexOf('\\');
    int broken = target.indexOf('\uFFFD');
    int first = escaped < 0 ? broken : broken < 0 ? escaped : Math.min(escaped, broken);
    if (first < 0) {
      return target;
    }
    int slash = target.lastIndexOf('/', first);
    return slash < 0 ? ALL : target.substring(0, slash);
  }

  /** Whether a path or one above it is among others. */
  private static boolean isBelow(String path, Set<String> others) {
    if (others.isEmpty()) {
      return false;
    }
    String at = path;
    while (!at.isEmpty()) {
      if (others.contains(at)) {
        return true;
      }
      at = at.substring(0, Math.max(0, at.lastIndexOf('/')));
    }
    return others.contains(ALL);
  }
}
