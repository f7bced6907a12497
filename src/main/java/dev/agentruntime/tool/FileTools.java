package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.disk.MountedFiles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The tools with which an agent reads the files of its mounts: {@code file_list, file_read}. A path
 * begins with the logical name of a mount, as in {@code manual/chapter-1.md}. They read on threads
 * of their own. Safe on every thread.
 */
public final class FileTools {

  /** What one call reads when the agent does not say. */
  static final int READ_BYTES = 16 << 10;

  /** A file system that hangs holds these threads, and nobody else's. */
  private static final int THREADS = 4;

  private final MountedFiles files;
  private final Worker worker;
  private final Map<String, String> mounts;

  private FileTools(MountedFiles files, Worker worker, Map<String, String> mounts) {
    this.files = files;
    this.worker = worker;
    this.mounts = new TreeMap<>(mounts);
  }

  /** Does what blocks, away from event loops, a bounded number of tasks at a time. */
  public interface Worker {
    /** Runs a task; the future fails with what it threw. */
    <T> Future<T> run(Callable<T> task);
  }

  /**
   * Makes the tools of a process.
   *
   * @param files below which root
   * @param worker does what blocks
   */
  public record Host(MountedFiles files, Worker worker) {

    /** The machine's files below a root, read on a few threads. */
    public static Host of(Vertx vertx, Path root) {
      WorkerExecutor pool = vertx.createSharedWorkerExecutor("file-mounts", THREADS);
      return new Host(new MountedFiles(root), new Worker() {
        @Override
        public <T> Future<T> run(Callable<T> task) {
          return pool.executeBlocking(task, false);
        }
      });
    }

    /**
     * The tools over some mounts; none when there are no mounts.
     *
     * @param mounts paths below the root, by logical name
     * @throws RuntimeFault INVALID_CONFIG when a path is absolute or leads up
     */
    public List<Tool> tools(Map<String, String> mounts) {
      if (mounts.isEmpty()) {
        return List.of();
      }
      mounts.forEach((name, path) -> {
        Path given = Path.of(path);
        if (name.isBlank()
            || name.indexOf('/') >= 0
            || given.isAbsolute()
            || given.normalize().startsWith("..")) {
          throw new RuntimeFault(
              ErrorCode.INVALID_CONFIG,
              "file_mounts: " + name + ", expected=a path below the directory of the manifests,"
                  + " actual=" + path);
        }
      });
      FileTools tools = new FileTools(files, worker, mounts);
      return List.of(
          tools.tool(
              "file_list",
              "Lists the files you may read: without a path the mounts, with one what is in it.",
              "\"path\":{\"type\":\"string\",\"description\":\"a mount, or a directory in one, as"
                  + " in manual/images\"}",
              "",
              tools::list),
          tools.tool(
              "file_read",
              "Reads a text file, or a piece of it. A piece says where the next one begins.",
              "\"path\":{\"type\":\"string\",\"description\":\"mount and file, as in"
                  + " manual/chapter-1.md\"},\"offset\":{\"type\":\"integer\",\"description\":"
                  + "\"where to begin, in bytes; 0 if not said\"},\"max_bytes\":{\"type\":"
                  + "\"integer\",\"description\":\"1 to " + MountedFiles.READ_BYTES_MAX
                  + "; " + READ_BYTES + " if not said\"}",
              "\"path\"",
              tools::read));
    }
  }

  /** What a call does on a worker. */
  private interface Reader {
    String read(Map<String, @Nullable Object> arguments) throws IOException;
  }

  private Tool tool(
      String name, String description, String properties, String required, Reader reader) {
    ToolDefinition definition = new ToolDefinition(
        name,
        description,
        BuiltinTools.schema(properties, required),
        ToolDefinition.Policy.READ_ONLY);
    return new Tool() {
      @Override
      public ToolDefinition definition() {
        return definition;
      }

      @Override
      public Future<Reply> call(Call call) {
        Promise<Reply> answer = Promise.promise();
        call.cancel()
            .onCancel(() ->
                answer.tryFail(new RuntimeFault(ErrorCode.CANCELLED, "the reading was given up")));
        worker
            .run(() -> reply(reader, call.arguments().object()))
            .onComplete(answer::tryComplete, answer::tryFail);
        return answer.future();
      }
    };
  }

  private static Tool.Reply reply(Reader reader, Map<String, @Nullable Object> arguments) {
    try {
      return Tool.Reply.ok(reader.read(arguments));
    } catch (RuntimeFault refusal) {
      return Tool.Reply.error(refusal.failure().message());
    } catch (IOException e) {
      return Tool.Reply.error("it cannot be read: " + FileFaults.reason(e));
    }
  }

  private String list(Map<String, @Nullable Object> arguments) throws IOException {
    if (!(arguments.get("path") instanceof String path) || path.isEmpty()) {
      return Json.of(Map.of("mounts", List.copyOf(mounts.keySet()))).toString();
    }
    MountedFiles.Listing listing = files.list(mount(path), inner(path));
    List<Object> entries = new ArrayList<>();
    for (MountedFiles.Entry entry : listing.entries()) {
      boolean directory = entry.size() < 0;
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", entry.name() + (directory ? "/" : ""));
      if (!directory) {
        one.put("size", entry.size());
      }
      entries.add(one);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("path", path);
    all.put("entries", entries);
    if (listing.more()) {
      all.put("more", true);
    }
    return Json.of(all).toString();
  }

  private String read(Map<String, @Nullable Object> arguments) throws IOException {
    String path = String.valueOf(arguments.get("path"));
    long offset = whole(arguments, "offset", 0, Long.MAX_VALUE, 0);
    int max = (int) whole(arguments, "max_bytes", 1, MountedFiles.READ_BYTES_MAX, READ_BYTES);
    MountedFiles.Piece piece = files.read(mount(path), inner(path), offset, max);
    if (piece.offset() == 0 && piece.next() < 0) {
      return piece.text();
    }
    String rest = piece.next() < 0 ? "the end" : "next_offset " + piece.next();
    return piece.text() + "\n[from byte " + piece.offset() + " of " + piece.size() + "; " + rest
        + "]";
  }

  private static long whole(
      Map<String, @Nullable Object> arguments, String name, long min, long max, long missing) {
    Object value = arguments.get(name);
    if (value == null) {
      return missing;
    }
    if (value instanceof Long number && number >= min && number <= max) {
      return number;
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        name + ", expected=a whole number from " + min + " to " + max + ", actual=" + value);
  }

  private String mount(String path) {
    int slash = path.indexOf('/');
    String name = slash < 0 ? path : path.substring(0, slash);
    String mount = mounts.get(name);
    if (mount == null) {
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND,
          "path " + Json.quote(path) + ", expected=one that begins with " + mounts.keySet());
    }
    return mount;
  }

  private static String inner(String path) {
    int slash = path.indexOf('/');
    String inner = slash < 0 ? "" : path.substring(slash + 1);
    return inner.endsWith("/") ? inner.substring(0, inner.length() - 1) : inner;
  }
}
