package dev.agentruntime.watch;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.disk.DirectoryScan;
import dev.agentruntime.disk.FileTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a watched directory, and sees to it that somebody listens to the very directory that is
 * there. Blocks; used by one worker at a time.
 */
final class WatchLook {

  /** Beyond so many changed paths all is read. */
  static final int PATHS_MAX = 10_000;

  private final TriggerConfig.WatchPolicy policy;
  private final FileTree tree;
  private final SystemChanges.Source source;
  private final Path directory;
  private final DirectoryScan.Wanted wanted;

  WatchLook(
      TriggerConfig.WatchPolicy policy,
      FileTree tree,
      SystemChanges.Source source,
      Path directory,
      DirectoryScan.Wanted wanted) {
    this.policy = policy;
    this.tree = tree;
    this.source = source;
    this.directory = directory;
    this.wanted = wanted;
  }

  /**
   * One look.
   *
   * @param make whether the directory is made when it is not there
   * @param ear listens, null when none does
   */
  record Round(Set<String> targets, boolean make, @Nullable Ear ear) {}

  /**
   * What a look brought.
   *
   * @param result null when the directory is away
   * @param ear listens from now on
   * @param deaf why none does though one should, null otherwise
   */
  record Seen(
      DirectoryScan.@Nullable Result result,
      @Nullable Ear ear,
      @Nullable String deaf) {}

  Seen see(Round round, Executor context, Hearer hearer) throws IOException {
    Path real = tree.directory(directory, round.make());
    FileTree.Entry entry = real == null ? null : tree.entry(real);
    if (real == null || entry == null) {
      return new Seen(null, null, null);
    }
    Ear ear = round.ear();
    String deaf = null;
    if (!policy.polling() && (ear == null || !ear.hears(real, entry.version().inode()))) {
      // Before the scan, so that nothing falls between the two.
      ear = new Ear(real, entry.version().inode(), context, hearer);
      try {
        ear.open = source.open(real, policy.recursive(), ear);
      } catch (IOException | RuntimeException e) {
        deaf = String.valueOf(e);
        ear = null;
      }
    }
    try {
      return new Seen(DirectoryScan.of(tree, real, wanted, round.targets()), ear, deaf);
    } catch (IOException | RuntimeException e) {
      if (ear != null && ear != round.ear()) {
        ear.close();
      }
      throw e;
    }
  }

  /** Who is told, on the process's context. */
  interface Hearer {

    /** These paths below the directory changed somehow. */
    void heard(Ear from, Set<String> paths);

    /** Nothing more will be heard. */
    void ended(Ear from);
  }

  /** Gathers what a source says of one directory. Safe on every thread. */
  static final class Ear implements SystemChanges.Source.Listener {
    private final Path real;
    private final long inode;
    private final Executor context;
    private final Hearer hearer;
    private final Set<String> paths = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean hopping = new AtomicBoolean();
    private SystemChanges.Source.@Nullable Listening open;

    private Ear(Path real, long inode, Executor context, Hearer hearer) {
      this.real = real;
      this.inode = inode;
      this.context = context;
      this.hearer = hearer;
    }

    private boolean hears(Path path, long number) {
      return real.equals(path) && inode == number;
    }

    /** Ends listening. Blocks. */
    void close() throws IOException {
      if (open != null) {
        open.close();
      }
    }

    @Override
    public void changed(Path path) {
      boolean below = path.startsWith(real) && paths.size() < PATHS_MAX;
      hear(below ? real.relativize(path).toString() : DirectoryScan.ALL);
    }

    @Override
    public void overflowed() {
      hear(DirectoryScan.ALL);
    }

    private void hear(String path) {
      paths.add(path);
      if (hopping.compareAndSet(false, true)) {
        context.execute(this::tell);
      }
    }

    private void tell() {
      hopping.set(false);
      Set<String> told = new TreeSet<>(paths);
      paths.removeAll(told);
      hearer.heard(this, told);
    }

    @Override
    public void ended() {
      context.execute(() -> hearer.ended(this));
    }
  }
}
