package dev.agentruntime.verticle;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.FileFaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * The jars of a node, each under its own digest: {@code data/<node>/verticles/<sha256>.jar}. All
 * methods block.
 */
record JarStore(Disk disk, Path directory) {

  private static final String SUFFIX = ".jar";

  /** Keeps a jar; it survives the loss of power when this returns. */
  void keep(String sha256, byte[] jar) {
    try {
      disk.createDirectories(directory);
      if (!disk.exists(file(sha256)) || !Hex.sha256(bytes(sha256)).equals(sha256)) {
        Path draft = directory.resolve(sha256 + ".new");
        disk.createZeroed(draft, 0);
        try (Disk.DiskFile open = disk.openWrite(draft)) {
          open.write(0, jar, 0, jar.length);
          open.force();
        }
        disk.rename(draft, file(sha256));
      }
      disk.forceDirectory(directory);
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.STORAGE, "the jar was not kept: " + FileFaults.reason(e), e);
    }
  }

  /**
   * Reads a jar back.
   *
   * @throws RuntimeFault STORAGE when it is not there or not what it was
   */
  byte[] read(String sha256) {
    try {
      byte[] jar = bytes(sha256);
      if (!Hex.sha256(jar).equals(sha256)) {
        throw new RuntimeFault(
            ErrorCode.STORAGE, file(sha256) + ", expected=the jar of that digest");
      }
      return jar;
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, file(sha256) + " cannot be read: " + FileFaults.reason(e), e);
    }
  }

  private byte[] bytes(String sha256) throws IOException {
    try (Disk.DiskFile open = disk.openRead(file(sha256))) {
      int size = (int) Math.min(open.size(), JarCheck.JAR_BYTES_MAX + 1L);
      byte[] bytes = new byte[size];
      int read = 0;
      while (read < size) {
        int more = open.read(read, bytes, read, size - read);
        if (more <= 0) {
          break;
        }
        read += more;
      }
      return read == size ? bytes : Arrays.copyOf(bytes, read);
    }
  }

  /** Lets go of every jar but these. */
  void keepOnly(Set<String> digests) {
    try {
      for (String name : disk.list(directory)) {
        boolean wanted = name.endsWith(SUFFIX)
            && digests.contains(name.substring(0, name.length() - SUFFIX.length()));
        if (!wanted) {
          disk.delete(directory.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "jars were not deleted: " + FileFaults.reason(e), e);
    }
  }

  private Path file(String sha256) {
    return directory.resolve(sha256 + SUFFIX);
  }
}
