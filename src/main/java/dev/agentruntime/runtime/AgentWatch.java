package dev.agentruntime.runtime;

import dev.agentruntime.core.ProcessName;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the node's agents directory into effect, at the start and whenever it has changed since:
 * it looks four times a second at names, sizes and times, also of the plays in directories below
 * it, and reads once two looks in a row have seen the same, so that a file still being written is
 * not read in the middle. What files say takes effect side by side, and for one process one after
 * the other: who starts or stops slowly holds up nobody else. Owned by: the runtime's context; only
 * {@link #problems} may be read elsewhere.
 */
final class AgentWatch {

  private static final Logger LOG = System.getLogger(AgentWatch.class.getName());
  private static final Duration PERIOD = Duration.ofMillis(250);

  /** The lane of what is said about the directory as a whole; no process or file has this name. */
  private static final String WHOLE = "";

  private final LocalRuntime runtime;
  private final Path directory;
  private final AgentDirectory files;
  private final Lanes lanes;
  private final Map<String, List<String>> said = new ConcurrentSkipListMap<>();
  private Set<Path> referred = Set.of();
  private Map<String, String> marks = Map.of();
  private final Map<String, String> undeployed = new HashMap<>();
  private @Nullable Map<String, String> applied;
  private @Nullable Map<String, String> seen;
  private boolean busy;
  private int asked;
  private Timers.@Nullable Armed look;

  AgentWatch(LocalRuntime runtime, Path directory) {
    this.runtime = runtime;
    this.directory = directory;
    this.files = AgentDirectory.ofNode(runtime, directory, this::again);
    this.lanes = new Lanes(runtime.timers());
  }

  /**
   * Loads the manifests, then goes on, so that whoever goes on does so as its newest one says; then
   * begins to watch, and starts what is new.
   *
   * @param goOn lets everything go on that ran
   */
  Future<Void> begin(Supplier<Future<Void>> goOn) {
    int then = asked;
    return content()
        .compose(content -> files
            .read()
            .compose(reads -> reads == null
                ? files.absent().map(line -> say(WHOLE, List.of(line)))
                : bringAll(reads, content))
            .compose(done -> goOn.get())
            .compose(done -> {
              applied = then == asked ? content : null;
              look = runtime.timers().every(PERIOD, this::look);
              List<Future<Void>> starts = new ArrayList<>();
              for (AgentProcess process : files.begin()) {
                starts.add(lanes.run(
                    process.name().value(),
                    () -> telling(
                        process.name().value(), true, problem -> files.start(process, problem))));
              }
              return Future.all(starts).mapEmpty();
            }));
  }

  /** Looks no more, and begins nothing more. */
  void end() {
    Timers.Armed armed = look;
    if (armed != null) {
      armed.cancel();
    }
    lanes.end();
  }

  /** Loads everything once more, because manifests that were refused may be good now. */
  void again() {
    asked++;
    applied = null;
  }

  /** An operator took one away: its file is not heard before it is another one. */
  void undeployed(ProcessName name) {
    String mark = marks.get(name.value());
    if (mark != null) {
      undeployed.put(name.value(), mark);
      said.remove(name.value());
    }
  }

  /** What is wrong in the directory as it was loaded last, a line each. */
  List<String> problems() {
    return said.values().stream().flatMap(List::stream).toList();
  }

  private void look() {
    if (busy || !runtime.isOpen()) {
      return;
    }
    busy = true;
    LocalRuntime.unheard(content()
        .compose(content -> {
          boolean still = content != null && content.equals(seen);
          if (content == null && seen != null) {
            LOG.log(Level.WARNING, "{0} is gone; what came from it runs on", directory);
          }
          seen = content;
          return still && !content.equals(applied) ? load(content) : Future.succeededFuture();
        })
        .onComplete(done -> busy = false));
  }

  /** Hands out what changed; nobody waits here until it is in effect. */
  private Future<Void> load(Map<String, String> content) {
    int then = asked;
    return files.read().map(reads -> {
      if (reads != null) {
        if (changed(applied, content)) {
          LOG.log(Level.INFO, "loading {0} again, because it changed", directory);
        } else {
          LOG.log(Level.DEBUG, "reading {0} again, for its plays were not followed yet", directory);
        }
        LocalRuntime.unheard(bringAll(reads, content));
        applied = then == asked ? content : null;
      }
      return null;
    });
  }

  /**
   * Whether anything is other than it was read. Which plays lie below it is known only from reading
   * the manifests: one that was not followed then is followed now, and is the same for all we know.
   */
  private boolean changed(@Nullable Map<String, String> before, Map<String, String> now) {
    if (before == null) {
      return true;
    }
    Set<String> all = new TreeSet<>(before.keySet());
    all.addAll(now.keySet());
    all.removeIf(file -> !directory.equals(Path.of(file).getParent())
        && (before.get(file) == null || now.get(file) == null));
    return all.stream().anyMatch(file -> !Objects.equals(before.get(file), now.get(file)));
  }

  // --- Into effect

  private Future<Void> bringAll(
      List<ManifestReader.Read> reads, @Nullable Map<String, String> content) {
    Map<String, String> now = new HashMap<>();
    Set<Path> named = new TreeSet<>();
    Set<String> broken = new HashSet<>();
    Set<String> given = new HashSet<>();
    List<Future<Void>> all = new ArrayList<>();
    for (ManifestReader.Read read : reads) {
      named.addAll(read.plays());
      String name = read.name();
      if (name == null) {
        broken.add(read.source());
      }
      // Of twins, which are both refused, each has its say.
      String lane = name == null || !given.add(name) ? read.source() : name;
      given.add(lane);
      String mark = content == null ? null : content.get(read.source());
      if (mark == null || !mark.equals(undeployed.get(lane))) {
        all.add(lanes.run(lane, () -> telling(lane, false, problem -> files.apply(read, problem))));
      }
      if (mark != null) {
        now.put(lane, mark);
      }
    }
    marks = now;
    undeployed.entrySet().removeIf(each -> !each.getValue().equals(now.get(each.getKey())));
    Path here = directory.toAbsolutePath().normalize();
    named.removeIf(play -> here.equals(play.getParent()));
    referred = named;
    // A process may be on its way whose file has gone again meanwhile.
    Set<String> left = lanes.open();
    left.addAll(said.keySet());
    runtime.processes().keySet().forEach(name -> left.add(name.value()));
    left.removeAll(given);
    for (String lane : left) {
      all.add(lanes.run(lane, () -> telling(lane, false, problem -> gone(lane, broken, problem))));
    }
    return Future.all(all).mapEmpty();
  }

  /** Nothing in the directory has this name, of a process or a file, any more. */
  private Future<Void> gone(String lane, Set<String> broken, Consumer<String> problem) {
    AgentProcess process =
        ProcessName.isValid(lane) ? runtime.processes().get(new ProcessName(lane)) : null;
    return process == null ? Future.succeededFuture() : files.missing(process, broken, problem);
  }

  /**
   * Runs what says what is wrong: the first line takes the place of what was said before, and so
   * does none at the end.
   *
   * @param more whether what was said before stays
   */
  private Future<Void> telling(
      String lane, boolean more, Function<Consumer<String>, Future<Void>> step) {
    List<String> lines = new ArrayList<>(more ? said.getOrDefault(lane, List.of()) : List.of());
    List<String> before = said.getOrDefault(lane, List.of());
    return step.apply(line -> {
          lines.add(line);
          if (!before.contains(line)) {
            LOG.log(Level.WARNING, line);
          }
          say(lane, lines);
        })
        .onComplete(done -> say(lane, lines));
  }

  private @Nullable Void say(String lane, List<String> lines) {
    if (lines.isEmpty()) {
      said.remove(lane);
    } else {
      said.put(lane, List.copyOf(lines));
    }
    return null;
  }

  // --- What lies there

  /**
   * Name to size and time of what lies in the directory, and of the plays below it; null when there
   * is no such directory.
   */
  private Future<@Nullable Map<String, String>> content() {
    Set<Path> plays = referred;
    return runtime.vertx().executeBlocking(() -> read(directory, plays), false);
  }

  private static @Nullable Map<String, String> read(Path directory, Set<Path> plays) {
    Map<String, String> content = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      files.forEach(file -> content.put(file.toString(), mark(file)));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    plays.forEach(play -> content.put(play.toString(), mark(play)));
    return content;
  }

  /** What changes when a file does. */
  private static String mark(Path file) {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      return is.size() + " " + is.lastModifiedTime() + is.fileKey();
    } catch (IOException e) {
      return FileFaults.reason(e);
    }
  }
}
