package dev.agentruntime.verticle;

import dev.agentruntime.core.Hex;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The folder {@code lib} of the agents directory: each jar in it is a verticle of its file's name,
 * under the same rules as any other. It looks twice a second at names, sizes and times, and acts
 * once two looks in a row have seen the same. Owned by: the context it was made on.
 */
final class LibFolder {

  /** Who deployed a verticle that comes from here. */
  static final String BY = "lib";

  private static final Logger LOG = System.getLogger(LibFolder.class.getName());
  private static final Duration PERIOD = Duration.ofMillis(400);
  private static final String SUFFIX = ".jar";

  /** Among the content, where no file can have this name. */
  private static final String DIGESTS = "/digests";

  private final Verticles verticles;
  private final AgentRuntime runtime;
  private final Path folder;
  private Map<String, String> applied = Map.of();
  private Map<String, String> seen = Map.of();
  private boolean busy;
  private Timers.@Nullable Armed look;

  LibFolder(Verticles verticles, AgentRuntime runtime, Path folder) {
    this.verticles = verticles;
    this.runtime = runtime;
    this.folder = folder;
  }

  /** What is deployed under a name. */
  record Known(String by, @Nullable String sha256, boolean up) {}

  /** Brings everything in the folder into effect; what cannot be is among the node's warnings. */
  Future<Void> load() {
    return content().compose(this::apply);
  }

  void watch() {
    look = runtime.timers().every(PERIOD, this::look);
  }

  void end() {
    Timers.Armed armed = look;
    if (armed != null) {
      armed.cancel();
    }
  }

  private void look() {
    if (busy) {
      return;
    }
    busy = true;
    content()
        .compose(content -> {
          boolean still = content.equals(seen);
          seen = content;
          return still && !content.equals(applied) ? apply(content) : Future.succeededFuture();
        })
        .onComplete(done -> {
          busy = false;
          if (done.failed()) {
            LOG.log(Level.WARNING, folder + " cannot be looked at", done.cause());
          }
        });
  }

  private Future<Void> apply(Map<String, String> content) {
    List<String> problems = new ArrayList<>();
    return verticles.known().compose(known -> {
      Future<Void> chain = Future.succeededFuture();
      for (String file : content.keySet()) {
        if (file.equals(DIGESTS)) {
          continue;
        }
        chain = chain.compose(done -> take(file, known).recover(cause -> {
          problems.add(folder.resolve(file) + ": " + cause.getMessage());
          return Future.succeededFuture();
        }));
      }
      for (Map.Entry<String, Known> each : known.entrySet()) {
        if (each.getValue().by().equals(BY) && !content.containsKey(each.getKey() + SUFFIX)) {
          chain = chain.compose(done -> verticles.undeploy(each.getKey(), true, BY));
        }
      }
      return chain.map(done -> {
        applied = content;
        problems.forEach(line -> LOG.log(Level.WARNING, line));
        runtime.extensions().report(problems);
        return null;
      });
    });
  }

  private Future<Void> take(String file, Map<String, Known> all) {
    String name = file.substring(0, file.length() - SUFFIX.length());
    Known known = all.get(name);
    if (known != null && !known.by().equals(BY)) {
      return Future.failedFuture(new IllegalStateException(
          "verticle " + name + " was deployed by " + known.by() + ", so this file is not used"));
    }
    return runtime
        .vertx()
        .executeBlocking(() -> bytes(folder.resolve(file)), false)
        .compose(jar -> known != null && known.up() && Hex.sha256(jar).equals(known.sha256())
            ? Future.succeededFuture()
            : verticles
                .deploy(new VerticleOrder(name, jar, null, null, null, null, true, false, BY))
                .mapEmpty());
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(JarCheck.JAR_BYTES_MAX + 1);
    }
  }

  /**
   * Name to size and time of the jars, and of the file of digests while there are jars; empty when
   * there is no such folder.
   */
  private Future<Map<String, String>> content() {
    Path digests = runtime.config().verticles().allowFile();
    return runtime.vertx().executeBlocking(() -> read(folder, digests), false);
  }

  private static Map<String, String> read(Path folder, @Nullable Path digests) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        try {
          BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
          if (is.isRegularFile() && !name.startsWith(".")) {
            content.put(name, is.size() + " " + is.lastModifiedTime() + is.fileKey());
          }
        } catch (NoSuchFileException e) {
          LOG.log(Level.DEBUG, "{0} is gone again: {1}", file, FileFaults.reason(e));
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Map.of();
    }
    if (!content.isEmpty() && digests != null && Files.exists(digests)) {
      content.put(DIGESTS, Files.size(digests) + " " + Files.getLastModifiedTime(digests));
    }
    return content;
  }
}
