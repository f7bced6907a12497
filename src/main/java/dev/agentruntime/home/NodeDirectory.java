package dev.agentruntime.home;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.FileFaults;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A node and the directory it keeps everything in, {@code <data>/<node id>}, taken for itself.
 *
 * @param node its id
 * @param path its directory
 * @param lock what holds the directory until it is closed
 * @param <L> the kind of lock
 */
public record NodeDirectory<L>(NodeId node, Path path, L lock) {

  /** How many directories are tried before giving up. */
  public static final int NODES_MAX = 1_000;

  // What lies beside the node directories.
  private static final Set<String> RESERVED = Set.of("claims");

  /**
   * Takes the directory of the node that a configuration asks for, by locking {@code lock} in it.
   * Blocks.
   *
   * @throws RuntimeFault as {@link #take(Path, String, boolean, Function)}, naming the holder's
   *     process id; {@link ErrorCode#STORAGE} when the file system refuses
   */
  public static NodeDirectory<Disk.Lock> take(Disk disk, RuntimeConfig config) {
    return take(
        config.dataDir(), config.node(), config.cluster().enabled(), path -> lock(disk, path));
  }

  private static Disk.Lock lock(Disk disk, Path path) {
    try {
      disk.createDirectories(path);
      // An embedded runtime holds its journal only: that makes the node somebody's as well.
      Path journal = path.resolve("journal").resolve("lock");
      if (disk.exists(journal)) {
        disk.lock(journal).close();
      }
      return disk.lock(path.resolve("lock"));
    } catch (FileAlreadyExistsException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "data directory, expected=a directory, actual=" + e.getFile() + ", which is a file",
          e);
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.STORAGE, "cannot lock " + path + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    String why = FileFaults.reason(e);
    return e instanceof FileSystemException fault && fault.getFile() != null
        ? fault.getFile() + ": " + why
        : why;
  }

  /** The configuration with this node's id in it. */
  public RuntimeConfig applyTo(RuntimeConfig config) {
    return new RuntimeConfig(
        node.value(),
        config.dataDir(),
        config.agentsDir(),
        config.control(),
        config.ingress(),
        config.drainTimeout(),
        config.journal(),
        config.http(),
        config.cluster(),
        config.models(),
        config.memory(),
        config.outboundAllow(),
        config.verticles(),
        config.observe(),
        config.hooks());
  }

  /**
   * Takes the directory of a node: the one named; else {@code node-1}; in a cluster the first of
   * {@code node-1, node-2, ...} that nobody holds. Taking is what finds out, so that two nodes
   * started together never choose the same one.
   *
   * @param data the data directory
   * @param named the id the user gave, null = none
   * @param cluster whether to go on when {@code node-1} is held
   * @param take locks a directory; throws {@link ErrorCode#DIRECTORY_LOCKED} when it is held
   * @throws RuntimeFault {@link ErrorCode#DIRECTORY_LOCKED} as {@code take} threw it, when there is
   *     no other to try; {@link ErrorCode#INVALID_NAME} when the id cannot be a node's
   */
  public static <L> NodeDirectory<L> take(
      Path data, @Nullable String named, boolean cluster, Function<Path, L> take) {
    if (named != null && RESERVED.contains(named)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_NAME,
          "node id \"" + named + "\" is not allowed, the data directory uses that name itself");
    }
    if (named != null || !cluster) {
      return of(data, new NodeId(named == null ? "node-1" : named), take);
    }
    for (int i = 1; i <= NODES_MAX; i++) {
      try {
        return of(data, new NodeId("node-" + i), take);
      } catch (RuntimeFault held) {
        if (held.code() != ErrorCode.DIRECTORY_LOCKED) {
          throw held;
        }
      }
    }
    throw new RuntimeFault(
        ErrorCode.DIRECTORY_LOCKED,
        "node directories in " + data + ", expected a free one of node-1 to node-" + NODES_MAX
            + ", actual=all held; name another with --node");
  }

  private static <L> NodeDirectory<L> of(Path data, NodeId node, Function<Path, L> take) {
    Path path = data.resolve(node.value());
    return new NodeDirectory<>(node, path, take.apply(path));
  }
}
