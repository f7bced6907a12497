package dev.agentruntime.watch;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileTree.Version;
import dev.agentruntime.trigger.TriggerSink;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files a watch knew, as journaled in {@code trigger_cursor}. Cut in shards by path, so that
 * one change writes a small part again; the head is written after the shards of the first baseline.
 *
 * <pre>
 * ID           {"v":1,"path":"inbox","patterns":["*.csv"],"recursive":true}
 * ID/base-00   {"files":{"a.csv":"size-modified-inode",...}}
 * ...
 * ID/base-63
 * </pre>
 *
 * Owned by: the process's context.
 */
final class WatchBaseline {

  static final int SHARDS = 64;

  private static final System.Logger LOG = System.getLogger(WatchBaseline.class.getName());

  private final String id;
  private final TriggerSink sink;

  /**
   * What a watch was when its baseline was begun.
   *
   * @param path as the manifest has it
   */
  record Head(String path, List<String> patterns, boolean recursive) {
    Json toJson() {
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("v", 1);
      out.put("path", path);
      out.put("patterns", patterns);
      out.put("recursive", recursive);
      return Json.of(out);
    }
  }

  WatchBaseline(String id, TriggerSink sink) {
    this.id = id;
    this.sink = sink;
  }

  /** The head that is durable, null when there is none that can be read. */
  @Nullable
  Head head() {
    Map<String, @Nullable Object> in = object(id);
    if (in == null || !Objects.equals(in.get("v"), 1L)) {
      return null;
    }
    List<String> patterns = new ArrayList<>();
    if (in.get("patterns") instanceof List<?> list) {
      list.forEach(pattern -> patterns.add(String.valueOf(pattern)));
    }
    return new Head(
        String.valueOf(in.get("path")), patterns, Boolean.TRUE.equals(in.get("recursive")));
  }

  /** The versions that are durable. */
  Map<String, Version> files() {
    Map<String, Version> out = new TreeMap<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      Map<String, @Nullable Object> in = object(name(shard));
      if (in != null && in.get("files") instanceof Map<?, ?> files) {
        files.forEach((path, version) -> {
          try {
            out.put(String.valueOf(path), Version.of(String.valueOf(version)));
          } catch (NumberFormatException e) {
            LOG.log(System.Logger.Level.WARNING, "file_watch {0}: {1}", id, e.getMessage());
          }
        });
      }
    }
    return out;
  }

  /** Writes the shards of some paths again; the future completes when they are durable. */
  Future<Void> save(FileChanges changes, Set<String> paths) {
    Set<Integer> shards = new TreeSet<>();
    paths.forEach(path -> shards.add(shard(path)));
    Map<Integer, Map<String, Version>> contents = new HashMap<>();
    changes
        .baseline(path -> shards.contains(shard(path)))
        .forEach((path, version) ->
            contents.computeIfAbsent(shard(path), n -> new TreeMap<>()).put(path, version));
    List<Future<Void>> writes = new ArrayList<>();
    for (int shard : shards) {
      Map<String, Version> files = contents.getOrDefault(shard, Map.of());
      writes.add(sink.saveCursor(name(shard), json(files)).onSuccess(done -> changes.kept(files)));
    }
    return Future.join(writes).mapEmpty();
  }

  /** Writes the head. */
  Future<Void> save(Head head) {
    return sink.saveCursor(id, head.toJson());
  }

  /** Makes every shard empty: they were the baseline of another watch. */
  Future<Void> clear() {
    List<Future<Void>> writes = new ArrayList<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      if (object(name(shard)) != null) {
        writes.add(sink.saveCursor(name(shard), json(Map.of())));
      }
    }
    return Future.join(writes).mapEmpty();
  }

  private static Json json(Map<String, Version> files) {
    Map<String, Object> out = new TreeMap<>();
    files.forEach((path, version) -> out.put(path, version.toString()));
    return Json.of(Map.of("files", out));
  }

  private @Nullable Map<String, @Nullable Object> object(String cursor) {
    Json json = sink.cursor(cursor);
    if (json == null) {
      return null;
    }
    try {
      return json.object();
    } catch (RuntimeFault e) {
      // Another version's cursor: begin anew rather than refuse to run.
      return null;
    }
  }

  private String name(int shard) {
    return id + "/base-" + (shard < 10 ? "0" : "") + shard;
  }

  private static int shard(String path) {
    return Math.floorMod(path.hashCode(), SHARDS);
  }
}
