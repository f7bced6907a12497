package dev.agentruntime.runtime;

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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the node's agents directory into effect, at the start and whenever it has changed since:
 * it looks four times a second at names, sizes and times, and loads once two looks in a row have
 * seen the same, so that a file still being written is not read in the middle. Owned by: the
 * runtime's context; only {@link #problems} may be read elsewhere.
 */
final class AgentWatch {

  private static final Logger LOG = System.getLogger(AgentWatch.class.getName());
  private static final Duration PERIOD = Duration.ofMillis(250);

  private final LocalRuntime runtime;
  private final Path directory;
  private final AtomicReference<List<String>> problems = new AtomicReference<>(List.of());
  private @Nullable Map<String, String> applied;
  private @Nullable Map<String, String> seen;
  private boolean busy;
  private int asked;
  private Timers.@Nullable Armed look;

  AgentWatch(LocalRuntime runtime, Path directory) {
    this.runtime = runtime;
    this.directory = directory;
  }

  /**
   * Loads the manifests, then goes on, so that whoever goes on does so as its newest one says; then
   * starts what is new, and begins to watch.
   *
   * @param goOn lets everything go on that ran
   */
  Future<Void> begin(Supplier<Future<Void>> goOn) {
    int then = asked;
    return content().compose(content -> {
      AgentDirectory files = AgentDirectory.ofNode(runtime, directory);
      return files
          .load()
          .compose(found -> goOn.get().compose(done -> files.startNew()).map(failed -> {
            report(found, failed);
            applied = then == asked ? content : null;
            look = runtime.timers().every(PERIOD, this::look);
            return null;
          }));
    });
  }

  /** Looks no more. */
  void end() {
    Timers.Armed armed = look;
    if (armed != null) {
      armed.cancel();
    }
  }

  /** Loads everything once more, because manifests that were refused may be good now. */
  void again() {
    asked++;
    applied = null;
  }

  /** What is wrong in the directory as it was loaded last, a line each. */
  List<String> problems() {
    return Objects.requireNonNull(problems.get());
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

  private Future<Void> load(Map<String, String> content) {
    int then = asked;
    AgentDirectory files = AgentDirectory.ofNode(runtime, directory);
    return files
        .load()
        .compose(found -> files.startNew().map(failed -> {
          LOG.log(Level.INFO, "loaded {0} again, because it changed", directory);
          report(found, failed);
          applied = then == asked ? content : null;
          return null;
        }));
  }

  private void report(List<String> found, List<String> failed) {
    List<String> all = new ArrayList<>(found);
    all.addAll(failed);
    all.forEach(line -> LOG.log(Level.WARNING, line));
    problems.set(List.copyOf(all));
  }

  /** Name to size and time of what lies in the directory; null when there is no such directory. */
  private Future<@Nullable Map<String, String>> content() {
    return runtime.vertx().executeBlocking(() -> read(directory), false);
  }

  private static @Nullable Map<String, String> read(Path directory) {
    Map<String, String> content = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        try {
          BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
          content.put(file.toString(), is.size() + " " + is.lastModifiedTime() + is.fileKey());
        } catch (NoSuchFileException e) {
          LOG.log(Level.DEBUG, "{0} is gone again; the next look sees it so", file);
        }
      }
      return content;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
