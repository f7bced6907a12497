package dev.agentruntime.verticle;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The folder {@code lib} of the agents directory: each jar in it is a verticle of its file's name,
 * under the same rules as any other. It looks twice a second at names, sizes and times, and acts
 * once two looks in a row have seen the same. What could not be deployed is tried again, later each
 * time, unless the jar itself is at fault. Owned by: the context it was made on.
 */
final class LibFolder {

  /** Who deployed a verticle that comes from here. */
  static final String BY = "lib";

  private static final Logger LOG = System.getLogger(LibFolder.class.getName());
  private static final Duration PERIOD = Duration.ofMillis(400);
  private static final String SUFFIX = ".jar";

  private static final Duration BACKOFF = Duration.ofSeconds(1);
  private static final Duration BACKOFF_MAX = Duration.ofMinutes(1);

  /** What no other try mends: the jar has to be another one. */
  private static final Set<ErrorCode> FINAL = Set.of(ErrorCode.INVALID_JAR, ErrorCode.INVALID_NAME);

  /** Among the content, where no file can have this name. */
  private static final String DIGESTS = "/digests";

  private final Verticles verticles;
  private final AgentRuntime runtime;
  private final Path folder;
  private Map<String, String> applied = Map.of();
  private Map<String, String> seen = Map.of();
  private final Map<String, Refused> refused = new ConcurrentSkipListMap<>();
  private boolean busy;

  /** The node stops: what a look had begun with goes on at the next start. */
  private boolean ended;

  private Timers.@Nullable Armed look;

  LibFolder(Verticles verticles, AgentRuntime runtime, Path folder) {
    this.verticles = verticles;
    this.runtime = runtime;
    this.folder = folder;
  }

  /** What is deployed under a name. */
  record Known(String by, @Nullable String sha256, boolean up) {}

  /**
   * A file that could not be deployed.
   *
   * @param tries so far, from 1
   * @param retryAt null = not before it is another file
   */
  private record Refused(
      String problem, int tries, @Nullable Instant retryAt) {

    Refused again(Throwable cause, Instant now) {
      boolean last = cause instanceof RuntimeFault fault && FINAL.contains(fault.code());
      Duration pause = BACKOFF.multipliedBy(1L << Math.min(tries, 10));
      return new Refused(
          String.valueOf(cause.getMessage()),
          tries + 1,
          last ? null : now.plus(pause.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : pause));
    }
  }

  /** Brings everything in the folder into effect; what cannot be is among the node's warnings. */
  Future<Void> load() {
    return runtime.killSwitch().isOn()
        ? Future.succeededFuture()
        : content().compose(content -> apply(content, content.keySet()));
  }

  void watch() {
    look = runtime.timers().every(PERIOD, this::look);
  }

  void end() {
    ended = true;
    Timers.Armed armed = look;
    if (armed != null) {
      armed.cancel();
    }
  }

  private void look() {
    // What changes while all work is ended takes effect at the lift.
    if (busy || runtime.killSwitch().isOn()) {
      return;
    }
    busy = true;
    content()
        .compose(content -> {
          boolean still = content.equals(seen);
          seen = content;
          if (!still) {
            return Future.<Void>succeededFuture();
          }
          if (!content.equals(applied)) {
            refused.clear();
            return apply(content, content.keySet());
          }
          Set<String> due = due();
          return due.isEmpty() ? Future.<Void>succeededFuture() : apply(content, due);
        })
        .onComplete(done -> {
          busy = false;
          if (done.failed()) {
            LOG.log(Level.WARNING, folder + " cannot be looked at", done.cause());
          }
        });
  }

  private Set<String> due() {
    Instant now = runtime.timers().now();
    Set<String> due = new TreeSet<>();
    refused.forEach((file, known) -> {
      if (known.retryAt() != null && !now.isBefore(known.retryAt())) {
        due.add(file);
      }
    });
    return due;
  }

  /** Takes these files, and what is gone away. */
  private Future<Void> apply(Map<String, String> content, Set<String> files) {
    return verticles.known().compose(known -> {
      Future<Void> chain = Future.succeededFuture();
      for (String file : files) {
        if (file.equals(DIGESTS)) {
          continue;
        }
        chain = chain.compose(done -> take(file, known).transform(taken -> {
          if (taken.succeeded()) {
            refused.remove(file);
          } else {
            refuse(file, taken.cause());
          }
          return Future.succeededFuture();
        }));
      }
      for (Map.Entry<String, Known> each : known.entrySet()) {
        if (each.getValue().by().equals(BY) && !content.containsKey(each.getKey() + SUFFIX)) {
          chain = chain.compose(done ->
              ended ? Future.succeededFuture() : verticles.undeploy(each.getKey(), true, BY));
        }
      }
      return chain.map(done -> {
        applied = content;
        List<String> problems = new ArrayList<>();
        refused.forEach((file, why) -> problems.add(folder.resolve(file) + ": " + why.problem()));
        runtime.extensions().report(problems);
        return null;
      });
    });
  }

  private void refuse(String file, Throwable cause) {
    Refused before = refused.get(file);
    Refused now = (before == null ? new Refused("", 0, null) : before)
        .again(cause, runtime.timers().now());
    refused.put(file, now);
    if (before == null || !before.problem().equals(now.problem())) {
      LOG.log(Level.WARNING, "{0}: {1}", folder.resolve(file), now.problem());
    }
  }

  /** Adds to what is deployed, by name, what of the files could not be. */
  void add(Map<String, Json> shown) {
    refused.forEach((file, why) -> {
      String name = file.substring(0, file.length() - SUFFIX.length());
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("name", name);
      all.put("state", why.retryAt() == null ? "refused" : "retrying");
      all.put("by", BY);
      Json deployed = shown.get(name);
      if (deployed != null) {
        all.putAll(deployed.object());
      }
      all.put("problem", folder.resolve(file) + ": " + why.problem());
      all.put("retry_at", why.retryAt() == null ? null : why.retryAt().toString());
      shown.put(name, Json.of(all));
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
        .compose(
            jar -> ended || (known != null && known.up() && Hex.sha256(jar).equals(known.sha256()))
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
