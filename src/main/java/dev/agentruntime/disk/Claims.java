package dev.agentruntime.disk;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Which node of a shared data directory may deploy which name. A claim is a file, so it also
 * decides while the node that holds it is away:
 *
 * <pre>
 * data/claims/.id        what this data directory is called, drawn once
 * data/claims/.lock      locked while a file that is not one's own is replaced or removed
 * data/claims/NAME       the node id and a line feed
 * </pre>
 *
 * <p>A claim appears whole or not at all, and it is on disk, its directory entry too, before the
 * method returns. An empty file or one of zeros, as a file system may leave it after a power cut,
 * is nobody's: the next node that asks has the name.
 *
 * <p>Every method blocks and may be called from any thread; nodes in other JVMs may claim at the
 * same time. A node has one instance. Fails with {@link ErrorCode#STORAGE} when the file system
 * refuses or another node is just replacing a file.
 */
public final class Claims {

  private static final int BYTES_MAX = 256;
  private static final Pattern HOLDER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  private final Disk disk;
  private final Path directory;
  private final ReentrantLock door = new ReentrantLock();

  /** The claims of a data directory; nothing is created before the first claim. */
  public Claims(Disk disk, Path dataDirectory) {
    this.disk = disk;
    this.directory = dataDirectory.resolve("claims").toAbsolutePath().normalize();
  }

  /**
   * Claims a name for a node.
   *
   * @return who has it now: {@code node}, or the one who had it before
   */
  public NodeId claim(ProcessName name, NodeId node) {
    Path file = file(name);
    return step("claim process " + name, () -> new NodeId(settle(file, node.value())));
  }

  /** Who has a name, empty when nobody has. */
  public Optional<NodeId> holder(ProcessName name) {
    Path file = file(name);
    return step("read the claim of process " + name, () -> read(file).map(NodeId::new));
  }

  /**
   * Gives back a name of this node.
   *
   * @return whether {@code node} had it
   */
  @CanIgnoreReturnValue
  public boolean release(ProcessName name, NodeId node) {
    Path file = file(name);
    return step("release process " + name, () -> remove(file, node));
  }

  /**
   * Takes away the claim of another node, which is known to have lost its ground.
   *
   * @return whether {@code holder} had it
   */
  public boolean forget(ProcessName name, NodeId holder) {
    Path file = file(name);
    return step("forget the claim of process " + name, () -> alone(() -> remove(file, holder)));
  }

  /**
   * Brings the claims of a node in line with what its journal knows, before it deploys anything:
   * claims what has no claim, and gives back what a crash left between claim and deployment.
   *
   * @param recovered the processes in the node's journal
   * @return those of them that another node has claimed, with that node
   */
  public Map<ProcessName, NodeId> reclaim(Set<ProcessName> recovered, NodeId node) {
    Map<ProcessName, NodeId> lost = new TreeMap<>();
    for (ProcessName name : recovered) {
      NodeId holder = claim(name, node);
      if (!holder.equals(node)) {
        lost.put(name, holder);
      }
    }
    for (ProcessName name : all().keySet()) {
      if (!recovered.contains(name)) {
        release(name, node);
      }
    }
    return lost;
  }

  /** Every claim. */
  public Map<ProcessName, NodeId> all() {
    return step("list the claims", () -> {
      Map<ProcessName, NodeId> all = new TreeMap<>();
      for (String name : disk.list(directory)) {
        if (ProcessName.isValid(name)) {
          read(directory.resolve(name))
              .ifPresent(node -> all.put(new ProcessName(name), new NodeId(node)));
        }
      }
      return all;
    });
  }

  /**
   * What this data directory is called: nodes that read the same id share it.
   *
   * @param draw makes an id (letters and digits) when there is none yet
   */
  public String directoryId(Supplier<String> draw) {
    Path file = directory.resolve(".id");
    return step("name the data directory", () -> {
      Optional<String> known = read(file);
      return known.isPresent() ? known.get() : settle(file, draw.get());
    });
  }

  private Path file(ProcessName name) {
    if (name.isSystem()) {
      throw new IllegalArgumentException("claim, expected a user's process, actual=" + name);
    }
    return directory.resolve(name.value());
  }

  /** What the file says in the end: {@code text}, or what somebody wrote before. */
  private String settle(Path file, String text) throws IOException {
    disk.createDirectories(directory);
    if (create(file, text)) {
      return text;
    }
    Optional<String> holder = read(file);
    return holder.isPresent() ? holder.get() : replaceEmpty(file, text);
  }

  private String replaceEmpty(Path file, String text) throws IOException {
    return alone(() -> {
      if (read(file).isEmpty()) {
        disk.delete(file); // with the lock held only an empty file can be there
      }
      create(file, text);
      return read(file).orElseThrow(() -> new IOException(file + " stays empty"));
    });
  }

  @CanIgnoreReturnValue
  private boolean create(Path file, String text) throws IOException {
    boolean created = disk.createNew(file, (text + "\n").getBytes(StandardCharsets.UTF_8));
    if (created) {
      disk.forceDirectory(directory);
    }
    return created;
  }

  private boolean remove(Path file, NodeId holder) throws IOException {
    boolean held = read(file).equals(Optional.of(holder.value()));
    if (held) {
      disk.delete(file);
      disk.forceDirectory(directory);
    }
    return held;
  }

  private Optional<String> read(Path file) throws IOException {
    byte[] bytes = new byte[BYTES_MAX];
    int length;
    try (DiskFile in = disk.openRead(file)) {
      length = in.read(0, bytes, 0, bytes.length);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    String text = new String(bytes, 0, Math.max(0, length), StandardCharsets.UTF_8)
        .replace('\0', ' ')
        .strip();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!HOLDER.matcher(text).matches()) {
      throw new IOException(file + ", expected a node id, actual=" + Json.quote(text)
          + "; remove the file when no node runs that process");
    }
    return Optional.of(text);
  }

  private <T> T alone(Step<T> step) throws IOException {
    Disk.Lock lock = disk.lock(directory.resolve(".lock"));
    try {
      return step.run();
    } finally {
      lock.close();
    }
  }

  private interface Step<T> {
    T run() throws IOException;
  }

  private <T> T step(String what, Step<T> step) {
    door.lock();
    try {
      return step.run();
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "cannot " + what + " in " + directory + ": " + e, e);
    } catch (RuntimeFault e) {
      if (e.code() == ErrorCode.DIRECTORY_LOCKED) {
        throw new RuntimeFault(
            ErrorCode.STORAGE, "cannot " + what + " right now: " + e.getMessage(), e);
      }
      throw e;
    } finally {
      door.unlock();
    }
  }
}
