package dev.agentruntime.cli;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.time.SystemTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the doctor looks at in the data directory. It leaves nothing behind. */
final class DiskChecks {

  private static final long MIB = 1 << 20;
  private static final int PROBES = 16;
  private static final int PROBE_BYTES = 4_096;

  /** A sync that takes longer makes every acknowledged event wait noticeably. */
  private static final double SLOW_MILLIS = 20;

  /** File systems that forget everything with the power. */
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  private DiskChecks() {}

  static List<Finding> of(RuntimeConfig config) {
    List<Finding> all = new ArrayList<>();
    Path data = config.dataDir().toAbsolutePath().normalize();
    Path there = nearest(data);
    if (there == null || !Files.isDirectory(there)) {
      all.add(Finding.fail(
          "data",
          data + ", expected=a directory, actual=" + there + ", which is a file",
          "name another one: --data DIR, or data_dir in the settings"));
      return all;
    }
    try {
      String took = synced(there);
      all.add(Finding.ok(
          "data",
          there.equals(data) ? data.toString() : data + ", which the first start will make"));
      all.add(sync(took, there));
    } catch (IOException e) {
      all.add(Finding.fail(
          "data",
          there + " cannot be written: " + FileFaults.reason(e),
          "make it writable for the user that runs the node, or name another one: --data DIR"));
    }
    all.addAll(open(data, NodeFiles.of(config).home()));
    all.add(space(there, config));
    all.add(lock(NodeFiles.of(config)));
    return all;
  }

  /** A node's directory that every user may look into; what a node makes itself, none other may. */
  private static List<Finding> open(Path data, Path home) {
    return SettingsChecks.isOpen(data) && SettingsChecks.isOpen(home)
        ? List.of(Finding.warn(
            "data",
            home + " can be looked into by every user of this machine",
            "chmod -R go-rwx " + data))
        : List.of();
  }

  /** The node whose directory is looked at. */
  static String node(RuntimeConfig config) {
    return config.node() == null ? "node-1" : config.node();
  }

  /** The directory itself, or the nearest one above that is there. */
  private static @Nullable Path nearest(Path directory) {
    Path at = directory;
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return at;
  }

  /** Writes and syncs a few times; answers the median and the worst, in milliseconds. */
  private static String synced(Path directory) throws IOException {
    Path probe = Files.createTempFile(directory, ".doctor", ".tmp");
    try (FileChannel file = FileChannel.open(probe, StandardOpenOption.WRITE)) {
      double[] millis = new double[PROBES];
      for (int i = 0; i < PROBES; i++) {
        long start = SystemTime.nanos();
        int unused = file.write(ByteBuffer.allocate(PROBE_BYTES), (long) i * PROBE_BYTES);
        file.force(false);
        millis[i] = (SystemTime.nanos() - start) / 1e6;
      }
      Arrays.sort(millis);
      return String.format(Locale.ROOT, "%.2f %.2f", millis[PROBES / 2], millis[PROBES - 1]);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  private static Finding sync(String took, Path there) throws IOException {
    String[] millis = took.split(" ", -1);
    String type = Files.getFileStore(there).type();
    String what =
        "a write is safe after " + millis[0] + " ms, at worst " + millis[1] + " ms, on " + type;
    if (IN_MEMORY.contains(type)) {
      return Finding.warn(
          "sync",
          what + "; that is memory, and nothing in it outlives the machine's power",
          "name a directory on a disk: --data DIR");
    }
    return sync(what, Double.parseDouble(millis[0]));
  }

  static Finding sync(String what, double median) {
    return median <= SLOW_MILLIS
        ? Finding.ok("sync", what)
        : Finding.warn(
            "sync",
            what + "; every acknowledged event waits for one",
            "put the data directory on a faster disk");
  }

  private static Finding space(Path there, RuntimeConfig config) {
    try {
      FileStore store = Files.getFileStore(there);
      long least =
          (long) config.journal().segmentBytes() + config.journal().safeguards().reserveBytes();
      return space(store.getUsableSpace(), least);
    } catch (IOException e) {
      return Finding.warn(
          "space", "unknown: " + FileFaults.reason(e), "look with df, there is no other way here");
    }
  }

  /**
   * What free room means.
   *
   * @param free bytes
   * @param least what a node takes at its first start, bytes
   */
  static Finding space(long free, long least) {
    String what = free / MIB + " MiB free";
    String mend = "make room, or name another directory: --data DIR";
    if (free < least) {
      return Finding.fail("space", what + ", expected=at least " + least / MIB + " MiB", mend);
    }
    return free < 8 * least
        ? Finding.warn("space", what + ", which is a few files of the journal", mend)
        : Finding.ok("space", what);
  }

  /** Whether a node holds the directory now. */
  private static Finding lock(NodeFiles files) {
    if (!Files.exists(files.lock())) {
      return Finding.ok("lock", "no node has run here");
    }
    try {
      Long holder = files.holder();
      return Finding.ok("lock", holder == null ? "free" : "a node runs here, pid " + holder);
    } catch (RuntimeFault e) {
      return Finding.fail(
          "lock",
          String.valueOf(e.getMessage()),
          "give the directory to the user that runs the node: chown -R");
    }
  }
}
