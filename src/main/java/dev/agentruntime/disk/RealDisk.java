package dev.agentruntime.disk;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machine's file system. What it makes belongs to its user alone where the file system has such
 * rights; what is there keeps those that it has. Safe for every thread.
 */
public final class RealDisk implements Disk {

  // POSIX drops a process's lock when *any* descriptor of the file is closed, so a lock file that
  // this JVM holds must never be opened by it again.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final int CHUNK = 1 << 20;

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    if (Files.isDirectory(absolute)) {
      return;
    }
    Path parent = absolute.getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    try {
      Path unused = Files.createDirectory(absolute, mode(absolute, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(absolute)) {
        throw e;
      }
    }
    if (parent != null) {
      forceDirectory(parent);
    }
  }

  private static FileAttribute<?>[] mode(Path path, String rights) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))
        }
        : new FileAttribute<?>[0];
  }

  private static FileChannel make(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, Set.of(options), mode(file, "rw-------"));
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    return new ChannelFile(FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return new ChannelFile(
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public void createZeroed(Path file, long size) throws IOException {
    try (FileChannel channel = make(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(size, CHUNK));
      long written = 0;
      while (written < size) {
        zeros.position(0).limit((int) Math.min(zeros.capacity(), size - written));
        written += channel.write(zeros, written);
      }
      channel.force(true);
    }
  }

  @Override
  public boolean createNew(Path file, byte[] content) throws IOException {
    Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), ".claim", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        writeFully(channel, 0, ByteBuffer.wrap(content));
        channel.force(true);
      }
      // A hard link appears whole or not at all, and never over an existing name.
      Files.createLink(file, draft);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Lock lock(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path real = parent == null ? file : parent.toRealPath().resolve(file.getFileName());
    String self = String.valueOf(ProcessHandle.current().pid());
    if (!HELD.add(real)) {
      throw locked(real, self + " (this one)");
    }
    FileChannel channel = null;
    try {
      channel =
          make(real, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw locked(real, holder(channel));
      }
      channel.truncate(0);
      writeFully(channel, 0, ByteBuffer.wrap((self + "\n").getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
      return held(real, channel);
    } catch (IOException | RuntimeException e) {
      HELD.remove(real);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static Lock held(Path real, FileChannel channel) {
    return () -> {
      // A second close must not free the lock of a later holder.
      if (channel.isOpen()) {
        channel.close();
        HELD.remove(real);
      }
    };
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(32);
    channel.read(text, 0);
    String pid = new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).strip();
    return pid.isEmpty() ? "unknown" : pid;
  }

  private static RuntimeFault locked(Path file, String holder) {
    return new RuntimeFault(
        ErrorCode.DIRECTORY_LOCKED,
        "directory " + file.getParent() + " is in use, expected=no other runtime on it,"
            + " actual=held by pid " + holder);
  }

  private static void writeFully(FileChannel channel, long position, ByteBuffer source)
      throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      at += channel.write(source, at);
    }
  }

  private record ChannelFile(FileChannel channel) implements DiskFile {

    @Override
    public int read(long position, byte[] target, int offset, int length) throws IOException {
      return channel.read(ByteBuffer.wrap(target, offset, length), position);
    }

    @Override
    public void write(long position, byte[] source, int offset, int length) throws IOException {
      // In pieces, because the JDK keeps a direct buffer of the largest size ever asked for.
      for (int done = 0; done < length; done += CHUNK) {
        int piece = Math.min(CHUNK, length - done);
        writeFully(channel, position + done, ByteBuffer.wrap(source, offset + done, piece));
      }
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
